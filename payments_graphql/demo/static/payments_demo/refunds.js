// Gives money back: all of it or a part.

import { begin, recall, settle } from "./attempts.js";
import { alertBox, h } from "./dom.js";
import { ERRORS, mutate } from "./graphql.js";
import { formatDate, formatMoney, isZero, parseAmount } from "./money.js";
import { badge } from "./status.js";
import { t } from "./strings.js";

const REFUND = `mutation Refund($input: CreateRefundInput!) {
  createRefund(input: $input) {
    refund { id status amount }
    replayed
    ${ERRORS}
  }
}`;

export function refundList({ refunds }) {
  if (!refunds.length) return "";
  const rows = refunds.map(({ status, amount, currency, createdAt }) =>
    h(
      "li",
      {},
      h(
        "div",
        { className: "grow" },
        h("p", { className: "strong" }, formatMoney(amount, currency)),
        h("p", { className: "muted" }, formatDate(createdAt)),
        status === "FAILED" ? h("p", { className: "bad" }, t("refundFailed")) : null,
        status === "PENDING" ? h("p", { className: "muted" }, t("refundPending")) : null,
      ),
      badge(status, t(status === "SUCCEEDED" ? "refundSUCCEEDED" : status)),
    ),
  );
  return h("section", { className: "card" }, h("h2", {}, t("refunds")), h("ul", { className: "list", "aria-live": "polite" }, rows));
}

/** `action` is the payment's available action REFUND: allowed or not, and the maximum. */
export function refundForm({ id, currency, status }, action, onDone) {
  if (status !== "SUCCEEDED" || !action) return "";
  if (!action.allowed) return isZero(action.maximumAmount ?? "0") ? "" : h("p", { className: "muted" }, action.reason);
  const purpose = `refund/${id}`;
  const maximum = formatMoney(action.maximumAmount, currency);
  // Its answer was lost: it is sent again with the same key, and never refunds twice.
  const kept = recall(purpose);
  const amount = h("input", {
    id: "refund-amount",
    inputMode: "decimal",
    autocomplete: "off",
    value: kept?.amount ?? action.maximumAmount,
    disabled: Boolean(kept),
    "aria-describedby": "refund-hint",
    oninput: () => label(),
  });
  const reasons = ["", "REQUESTED_BY_CUSTOMER", "DUPLICATE"];
  const reason = h(
    "select",
    { id: "refund-reason", disabled: Boolean(kept) },
    reasons.map((value) => h("option", { value, selected: value === kept?.reason }, t(value || "reasonNone"))),
  );
  const hint = h("p", { id: "refund-hint", className: "hint" }, t("refundText", { maximum }));
  const message = h("div");
  const button = h("button", { type: "submit" });
  const read = () => parseAmount(amount.value, currency);
  const isTooMuch = (wanted) => Number(wanted) > Number(action.maximumAmount);

  function label() {
    const wanted = read();
    button.textContent = t("refundButton", { amount: wanted ? formatMoney(wanted, currency) : "" });
  }

  async function refund(event) {
    event.preventDefault();
    const wanted = read();
    if (button.disabled) return; // a double click refunds once
    if (!kept && (!wanted || isTooMuch(wanted))) {
      amount.setAttribute("aria-invalid", "true");
      hint.textContent = t("refundWrong", { maximum });
      return amount.focus();
    }
    button.disabled = true;
    message.replaceChildren();
    const input = { paymentIntentId: id, amount: wanted, reason: reason.value || null };
    try {
      const { errors } = await mutate(REFUND, begin(purpose, input));
      if (!errors[0]?.retryable) settle(purpose);
      if (errors.length) throw new Error(errors[0].message);
      await onDone();
    } catch (error) {
      message.replaceChildren(alertBox(error.message, t("tryAgain")));
      button.disabled = false;
    }
  }

  label();
  return h(
    "section",
    { className: "card" },
    h("h2", {}, t("refund")),
    kept ? h("p", { className: "note" }, t("refundUnfinished", { amount: formatMoney(kept.amount, currency) })) : null,
    h(
      "form",
      { className: "inline", noValidate: true, onsubmit: refund },
      h("div", { className: "field" }, h("label", { htmlFor: "refund-amount" }, t("refundAmount")), amount, hint),
      h("div", { className: "field" }, h("label", { htmlFor: "refund-reason" }, t("reason")), reason),
      button,
    ),
    message,
  );
}
