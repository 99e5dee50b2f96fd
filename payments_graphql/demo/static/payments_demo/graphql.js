// Asks the API: one POST for each query or mutation, and what can go wrong with it.

import { language } from "./strings.js";

/**
 * Where the API is. A page that the site itself serves asks its own origin. Elsewhere the address
 * is in its own address: `?api=http://127.0.0.1:8000`. Only this machine is accepted, or a link could
 * make this page send a password to somebody else. Write your API's address here instead.
 */
export const API = readApiAddress();
export const isOtherOrigin = API !== "";

/** The token of somebody who signed in by password; null for Django's session. See `session.js`. */
export const credentials = { token: null };

/** The request did not arrive, or its answer did not. What it asked for may have happened. */
export class ConnectionError extends Error {}

/** The API refused the whole request, such as UNAUTHENTICATED or LIMIT_EXCEEDED. */
export class RequestError extends Error {
  constructor({ message, extensions = {} }) {
    super(message);
    this.code = extensions.code;
  }
}

/**
 * One id for everything that a click causes. The site logs it, sends it to Stripe, and logs it again
 * with Stripe's webhooks. So an error report with this id leads to everything that happened.
 */
let clickId = crypto.randomUUID();
document.addEventListener("click", () => (clickId = crypto.randomUUID()), { capture: true });

/** For the panel "Behind the scenes". */
export const traffic = new EventTarget();

export function record(entry) {
  traffic.dispatchEvent(new CustomEvent("entry", { detail: { at: Date.now(), ...entry } }));
}

/**
 * The `data` of a query or mutation. Throws `ConnectionError` or `RequestError`.
 *
 * What a customer can cause, such as a declined card, is not thrown: it is in the `errors` of a
 * mutation's payload, beside the payment.
 */
export async function ask(query, variables = {}) {
  const at = Date.now();
  const name = /(?:query|mutation)\s+(\w+)/.exec(query)?.[1];
  const entry = { at, from: "api", title: name, request: { query, variables } };
  try {
    const response = await fetch(`${API}/graphql/`, {
      method: "POST",
      headers: { ...authorization(), "Content-Type": "application/json", Accept: "application/json" },
      credentials: "same-origin",
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    });
    entry.answer = await response.json();
  } catch (cause) {
    record({ ...entry, isFailed: true, answer: { connection: cause.message } });
    throw new ConnectionError("The connection was lost.", { cause });
  }
  const { data, errors } = entry.answer;
  const ms = Date.now() - at;
  record({ ...entry, ms, isFailed: Boolean(errors) });
  if (errors) throw new RequestError(errors[0]);
  return data;
}

/** The payload of a mutation with one `input`: `{ paymentIntent, errors, ... }`. */
export async function mutate(document, input) {
  const [payload] = Object.values(await ask(document, { input }));
  return payload;
}

/**
 * A token, or with a session Django's CSRF token. Browsers also say by themselves that a request
 * comes from the same origin (`Sec-Fetch-Site`), and the API takes that too.
 */
export function authorization() {
  const headers = { "Accept-Language": language(), "X-Request-ID": clickId };
  if (credentials.token) headers.Authorization = `Token ${credentials.token}`;
  else if (readCookie("csrftoken")) headers["X-CSRFToken"] = readCookie("csrftoken");
  return headers;
}

export function readCookie(name) {
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function readApiAddress() {
  const given = new URLSearchParams(location.search).get("api");
  if (!given) return "";
  const { origin, hostname } = new URL(given);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return isLocal && origin !== location.origin ? origin : "";
}

/** The fields of every error in a payload. Put it in each mutation. */
export const ERRORS = `errors {
    code message path retryable
    ... on CardError { declineCode advice }
    ... on AmountError { minimum maximum currency }
    ... on RateLimitedError { retryAfter }
  }`;
