// The page: who is signed in, which part of it is shown, and what all parts share.

import { showBookings } from "./bookings.js";
import { showCheckout } from "./checkout.js";
import { alertBox, emptyState, h, skeleton } from "./dom.js";
import { ConnectionError } from "./graphql.js";
import { buildFooter, buildHeader } from "./frame.js";
import { showMethods } from "./methods.js";
import { buildPanel, clearTimeline } from "./panel.js";
import { showPayment } from "./payment.js";
import { showPayments } from "./payments.js";
import { findMe } from "./session.js";
import { showSignIn } from "./sign-in.js";
import { fetchConfig } from "./stripe.js";
import { language, t } from "./strings.js";

// The part after the # chooses, so that any static server can serve this page.
const ROUTES = [
  [/^#?\/?$/, showBookings],
  [/^#\/bookings\/(.+)$/, showCheckout],
  [/^#\/payments$/, showPayments],
  [/^#\/payments\/(.+)$/, showPayment],
  [/^#\/cards$/, showMethods],
];

// One tab tells the others that something has changed.
const tabs = new BroadcastChannel("payments-demo");
const LISTS = /^(#?\/?|#\/payments|#\/cards)$/;

const skip = document.querySelector(".skip");
const header = document.querySelector("header");
const main = document.querySelector("main");
const aside = document.querySelector("aside");
const footer = document.querySelector("footer");
let me = null;
let leave = new AbortController();
let shownHash = null;

removeRedirectParameters();
await start();

async function start() {
  document.documentElement.lang = language();
  skip.textContent = t("skip");
  main.replaceChildren(skeleton());
  try {
    [me] = await Promise.all([findMe(), fetchConfig()]);
  } catch (error) {
    return fail(error, start);
  }
  header.replaceChildren(...buildHeader(me, start));
  aside.replaceChildren(buildPanel());
  footer.replaceChildren(...buildFooter(start));
  await show();
  return undefined;
}

/** Show what the address says. The old part stops its streams when `leaving` is aborted. */
async function show() {
  leave.abort();
  leave = new AbortController();
  const page = makePage(leave.signal);
  const isNew = location.hash !== shownHash;
  if (isNew) {
    clearTimeline();
    main.replaceChildren(skeleton());
  }
  header.querySelectorAll("nav a").forEach((link) => {
    const isHere = link.hash === (location.hash || "#/");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  try {
    if (me) await find(location.hash)(page);
    else await showSignIn(page, start);
  } catch (error) {
    if (page.leaving.aborted) return;
    if (me && error.code === "UNAUTHENTICATED") await start(); // the session or token has ended
    else fail(error, show);
  }
  if (isNew && shownHash !== null) {
    main.focus({ preventScroll: true }); // a screen reader goes on from here
    scrollTo(0, 0);
  }
  shownHash = location.hash;
}

/** What a part of the page is given. It shows nothing after the visitor has left it. */
function makePage(leaving) {
  const page = {
    leaving,
    show: (...nodes) => {
      if (!leaving.aborted) main.replaceChildren(h("div", { className: "stack" }, nodes));
    },
    reload: show,
    announce: () => tabs.postMessage("changed"),
    notFound: () => page.show(emptyState(t("notFound"), t("notFoundText"))),
  };
  return page;
}

function find(hash) {
  for (const [pattern, view] of ROUTES) {
    const match = pattern.exec(hash);
    if (match) return (page) => view(page, match[1] && decodeURIComponent(match[1]));
  }
  return (page) => page.notFound();
}

function fail(error, again) {
  const isLost = error instanceof ConnectionError;
  const button = h("button", { type: "button", onclick: again }, t("tryAgain"));
  const advice = isLost ? t("checkConnection") : "";
  main.replaceChildren(alertBox(isLost ? t("connectionLost") : error.message, advice, button));
}

/** On the way back from a bank Stripe appends a client secret, which must not stay in the history. */
function removeRedirectParameters() {
  const address = new URL(location.href);
  for (const intent of ["payment_intent", "setup_intent"]) {
    address.searchParams.delete(intent);
    address.searchParams.delete(`${intent}_client_secret`);
  }
  address.searchParams.delete("redirect_status");
  history.replaceState(null, "", address);
}

window.addEventListener("hashchange", show);
tabs.addEventListener("message", () => LISTS.test(location.hash) && me && show());
skip.addEventListener("click", (event) => {
  event.preventDefault(); // the # is the route
  main.focus();
});
