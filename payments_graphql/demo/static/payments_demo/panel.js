// "Behind the scenes": what a step asks, what arrives, and what Stripe knows, as it happens.
//
// A real shop has no such panel. It is for developers.

import { authorization, traffic } from "./graphql.js";
import { h, icon } from "./dom.js";
import { formatDate } from "./money.js";
import { findTools } from "./session.js";
import { t } from "./strings.js";

const MOST_ENTRIES = 60;
const LOOK_EVERY = 1500;
const LOOK_FOR = 45_000;
const KEPT = "payments-demo/panel";

const ARROWS = { api: "→", stripe: "→", webhook: "←", live: "←" };
const SOURCES = { api: "fromApi", stripe: "fromStripe", webhook: "fromWebhook", live: "fromLive" };

const list = h("ol", { className: "timeline" });
const state = h("details", { className: "entry state", hidden: true });
const seen = new Set();
let stripeId = null;
let lookUntil = 0;
let timer = null;
let toggle = null;

/** The panel, open on a wide window unless it was closed. */
export function buildPanel() {
  const isWide = matchMedia("(min-width: 70rem)").matches;
  const isOpen = (localStorage.getItem(KEPT) ?? (isWide ? "open" : "closed")) === "open";
  toggle = h(
    "details",
    { className: "panel", open: isOpen, ontoggle: remember },
    h("summary", {}, h("h2", {}, t("behind")), icon("down")),
    h("p", { className: "hint" }, t("behindText")),
    list,
    state,
  );
  if (!list.children.length) clearTimeline();
  return toggle;
}

/** Another step has begun. */
export function clearTimeline() {
  seen.clear();
  stripeId = null;
  state.hidden = true;
  list.replaceChildren(h("li", { className: "hint" }, t("behindEmpty")));
}

/** Show the webhooks of this payment and its state at Stripe too, in development. */
export async function watchPayment(id) {
  const { isDevelopment } = await findTools();
  if (!isDevelopment) return;
  stripeId = id;
  lookSoon();
}

traffic.addEventListener("entry", ({ detail }) => {
  add(detail);
  lookSoon();
});

function remember() {
  localStorage.setItem(KEPT, toggle.open ? "open" : "closed");
  lookSoon();
}

/** Ask for a while after anything has happened, since webhooks arrive later. */
function lookSoon() {
  lookUntil = Date.now() + LOOK_FOR;
  timer ??= setTimeout(look, 300);
}

async function look() {
  timer = null;
  if (!stripeId || !toggle?.open || document.hidden || Date.now() > lookUntil) return;
  const asked = stripeId;
  try {
    const response = await fetch(`/demo/payments/${asked}/`, { headers: authorization() });
    if (response.ok && asked === stripeId) show(await response.json());
  } catch {
    // The connection is lost. The page says so in the right place.
  }
  timer ??= setTimeout(look, LOOK_EVERY);
}

function show({ webhooks, stripe }) {
  for (const event of webhooks) {
    const { id, type, state, reason, error, payload, receivedAt } = event;
    const key = `${id} ${state}`;
    if (seen.has(key)) continue;
    seen.add(key);
    list.querySelector(`[data-event="${id}"]`)?.remove();
    const note = [state, reason, error].filter(Boolean).join(": ");
    add({ from: "webhook", title: type, note, answer: payload ?? {}, at: Date.parse(receivedAt), id });
  }
  const text = mask(stripe);
  if (state.dataset.text !== text) {
    state.dataset.text = text;
    state.replaceChildren(
      h("summary", {}, h("span", { className: "grow strong" }, t("atStripe")), stripe.status ?? ""),
      block("", text),
    );
  }
  state.hidden = false;
}

function add({ at, from, title, note, ms, request, answer, isFailed, id }) {
  list.querySelector(".hint")?.remove();
  const node = h(
    "li",
    { className: `from-${from}`, "data-at": at, "data-event": id },
    h(
      "details",
      { className: "entry" },
      h(
        "summary",
        {},
        h("span", { className: "source" }, `${ARROWS[from]} ${t(SOURCES[from])}`),
        h("span", { className: "grow title" }, title ?? ""),
        h("span", { className: isFailed ? "bad" : "muted" }, note ?? (ms === undefined ? "" : `${ms} ms`)),
      ),
      h("p", { className: "hint" }, formatDate(at, { timeStyle: "medium" })),
      request ? block(t("request"), tidy(request.query)) : null,
      request && Object.keys(request.variables).length ? block(t("variables"), mask(request.variables)) : null,
      block(t(from === "webhook" ? "payload" : "answer"), mask(answer)),
    ),
  );
  const after = [...list.children].find((other) => Number(other.dataset.at) > at);
  list.insertBefore(node, after ?? null);
  while (list.children.length > MOST_ENTRIES) list.firstElementChild.remove();
}

function block(title, text) {
  return h(
    "div",
    { className: "code" },
    title ? h("p", { className: "hint" }, title) : null,
    h("pre", { tabIndex: 0 }, text),
  );
}

/** A line for each selection; braces inside of arguments stay where they are. */
function tidy(query) {
  let [text, depth, parentheses] = ["", 0, 0];
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const sign of query.replace(/\s+/g, " ").trim()) {
    parentheses += { "(": 1, ")": -1 }[sign] ?? 0;
    if (sign === " " && /\n *$/.test(text)) continue;
    if (sign === "{" && !parentheses) {
      depth += 1;
      text += `{${line()}`;
    } else if (sign === "}" && !parentheses) {
      depth -= 1;
      text = `${text.trimEnd()}${line()}}${line()}`;
    } else text += sign;
  }
  return text.trim();
}

/** Whoever has a client secret can pay with it, so none is shown. */
function mask(value) {
  const text = JSON.stringify(value ?? null, null, 2);
  return text.replace(/_secret_\w+/g, "_secret_•••");
}
