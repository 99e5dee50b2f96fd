// What the form of a payment offers beside the card.

import { note } from "./attempts.js";
import { h, icon } from "./dom.js";
import { formatMoney, isSame, parseAmount } from "./money.js";
import { findTools, post } from "./session.js";
import { fetchConfig } from "./stripe.js";
import { t } from "./strings.js";

/** All that is due, or a part of it. `check()` shows what is wrong with the amount. */
export function partChoice({ amountDue, currency }, payment, { onInput, onChange }) {
  const maximum = formatMoney(amountDue, currency);
  let isPart = !isSame(payment.amount, amountDue);
  const input = h("input", {
    id: "part",
    inputMode: "decimal",
    autocomplete: "off",
    value: isPart ? payment.amount : "",
    "aria-describedby": "part-hint",
    oninput: () => {
      showHint(t("partHint", { maximum }), false);
      onInput();
    },
    onchange: onChange,
  });
  const hint = h("p", { id: "part-hint", className: "hint" });
  const field = h(
    "div",
    { className: "field" },
    h("label", { htmlFor: "part" }, `${t("partAmount")} (${currency})`),
    input,
    hint,
  );
  const toggle = h("button", { type: "button", className: "link option", onclick: () => choose(!isPart) });
  const node = h("div", { className: "part" }, field, toggle);

  function showHint(text, isWrong) {
    hint.textContent = text;
    input.setAttribute("aria-invalid", String(isWrong));
  }
  function choose(wanted) {
    isPart = wanted;
    field.hidden = !isPart;
    toggle.textContent = isPart ? t("payAll") : t("payPart");
    showHint(t("partHint", { maximum }), false);
    if (isPart && node.isConnected) input.focus();
    onInput();
    onChange();
  }
  const read = () => (isPart ? parseAmount(input.value, currency) : amountDue);
  const isRight = () => read() !== null && Number(read()) <= Number(amountDue);

  function check() {
    if (isRight()) return true;
    showHint(t("partWrong", { maximum }), true);
    input.focus();
    return false;
  }
  const choice = { node, check, isRight, amount: () => read() ?? amountDue, isPart: () => isPart };
  queueMicrotask(() => choose(isPart));
  return choice;
}

/** In development: authorize now, and let staff capture it later. See `demo/holds.py`. */
export function holdChoice({ reference, amount, amountDue }, { captureMethod }, page) {
  if (captureMethod === "MANUAL") return h("p", { className: "hint" }, t("holdText"));
  const button = h("button", { type: "button", className: "link option", hidden: true }, t("holdInstead"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    const response = await post("/demo/holds/", { reference });
    note(`save/${(await response.json()).stripeId}`, false);
    page.reload();
  });
  findTools().then(({ isDevelopment }) => {
    button.hidden = !isDevelopment || !isSame(amount, amountDue);
  });
  return button;
}

const TEST_CARDS = [
  ["4242 4242 4242 4242", "cardPays"],
  ["4000 0000 0000 9995", "cardDeclined"],
  ["4000 0000 0000 3220", "cardSecure"],
  ["4000 0000 0000 5126", "cardRefundFails"],
];

/** Stripe's, in test mode: https://docs.stripe.com/testing */
export function testCards() {
  const rows = TEST_CARDS.map(([number, what]) =>
    h("li", {}, h("code", {}, number), h("span", { className: "muted grow" }, t(what)), copyButton(number)),
  );
  const node = h(
    "details",
    { className: "test-cards", hidden: true },
    h("summary", {}, t("testCards")),
    h("p", { className: "hint" }, t("testCardsText")),
    h("ul", {}, rows),
  );
  fetchConfig().then(({ livemode }) => {
    node.hidden = livemode;
  });
  return node;
}

function copyButton(number) {
  const button = h("button", { type: "button", className: "link", "aria-label": t("copy", { number }) }, icon("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(number.replaceAll(" ", ""));
    button.replaceChildren(icon("check"));
  });
  return button;
}
