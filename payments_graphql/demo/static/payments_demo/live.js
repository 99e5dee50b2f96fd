// Follows a payment as it changes, by server-sent events over `fetch`.
//
// `EventSource` works on the site's own origin but can't send a token, so this reads the stream
// itself. The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md

import { API, authorization, record } from "./graphql.js";
import { PAYMENT } from "./payment-fields.js";

const SUBSCRIPTION = `subscription FollowPayment($id: ID!) {
  paymentIntentUpdated(id: $id) { ${PAYMENT} }
}`;

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** The API sends a comment every 12 seconds, so a longer silence means a dead connection. */
const LONGEST_SILENCE = 30_000;

/**
 * Call `onChange(paymentIntent)` with the present state and after each change, until it has
 * succeeded or was canceled. Returns a function that stops.
 *
 * A lost connection is opened again, and begins with the present state: no last change is missed.
 * A hidden tab holds no stream, as a browser opens only six connections to a site (HTTP/1.1).
 */
export function follow(id, onChange) {
  const stopping = new AbortController();
  run(id, onChange, stopping.signal);
  return () => stopping.abort();
}

async function run(id, onChange, stopped) {
  let wait = FIRST_WAIT;
  let version = -1;
  while (!stopped.aborted) {
    await untilVisible(stopped);
    const connection = connect(stopped);
    try {
      for await (const { event, data } of readEvents(id, connection)) {
        if (event === "complete") return;
        const { data: result, errors } = JSON.parse(data);
        if (errors) return; // not the caller's payment, or signed out: nothing would change that
        wait = FIRST_WAIT;
        const payment = result.paymentIntentUpdated;
        if (payment.version === version) continue; // the present state, known already
        version = payment.version;
        record({ from: "live", title: payment.status, answer: { data: result } });
        onChange(payment);
      }
    } catch (error) {
      if (error.isFinal) return;
    } finally {
      connection.abort();
    }
    // Half of it at random, so that not all pages return at the same moment.
    await pause(wait / 2 + (Math.random() * wait) / 2, stopped);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

/** Aborted by the caller, when the tab is hidden, or after a silence. */
function connect(stopped) {
  const connection = new AbortController();
  const onHide = () => document.hidden && connection.abort();
  document.addEventListener("visibilitychange", onHide, { signal: connection.signal });
  stopped.addEventListener("abort", () => connection.abort(), { signal: connection.signal });
  if (stopped.aborted) connection.abort();
  return connection;
}

async function* readEvents(id, connection) {
  const response = await fetch(`${API}/graphql/`, {
    method: "POST",
    headers: { ...authorization(), "Content-Type": "application/json", Accept: "text/event-stream" },
    credentials: "same-origin",
    body: JSON.stringify({ query: SUBSCRIPTION, variables: { id } }),
    signal: connection.signal,
  });
  // 429 and 503: too many streams for now. Other refusals are final.
  if (!response.ok && response.status !== 429 && response.status < 500) {
    throw Object.assign(new Error(`Refused: ${response.status}`), { isFinal: true });
  }
  if (!response.ok) throw new Error(`Not now: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const silence = setTimeout(() => connection.abort(), LONGEST_SILENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    text += value;
    const blocks = text.split(/\r?\n\r?\n/); // an empty line ends an event
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split(/\r?\n/).map((line) => [line.split(":", 1)[0], line.replace(/^\w*: ?/, "")]),
      );
      if (fields.event) yield fields;
    }
  }
}

function pause(ms, stopped) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    window.addEventListener("online", resolve, { once: true, signal: stopped });
    stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function untilVisible(stopped) {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => {
    const onChange = () => !document.hidden && resolve();
    document.addEventListener("visibilitychange", onChange, { signal: stopped });
    stopped.addEventListener("abort", resolve, { once: true });
  });
}
