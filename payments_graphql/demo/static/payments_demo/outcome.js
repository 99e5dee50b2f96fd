// Shows the customer what a payment's status means.

import { h, icon } from "./dom.js";
import { formatDate, formatMoney, isZero } from "./money.js";
import { DONE_HERE } from "./payment-fields.js";
import { t } from "./strings.js";

/** `payment` is null if the booking needs no payment. */
export function outcome(payment, booking, { isSent, isCurrent, hostedUrl, confirm, payOtherwise, reload }) {
  if (!payment) return panel("check", t(booking.canceledAt ? "canceled" : "nothingDue"), "", back());
  const { currency, description } = payment;
  const amount = formatMoney(payment.amount, currency);
  switch (payment.status) {
    case "SUCCEEDED": {
      const paid = formatMoney(payment.amountReceived ?? payment.amount, currency);
      const text = t("thanksText", { amount: paid, description: description ?? booking.description });
      return panel("check", t("thanks"), text, receipt(payment), view(payment), isCurrent ? rest(booking, reload) : back());
    }
    case "REQUIRES_CAPTURE": {
      const date = payment.captureBefore ? formatDate(payment.captureBefore) : "";
      return panel("shield", t("held", { date }), t("heldText", { amount }), view(payment), back());
    }
    case "CANCELED":
      return panel("close", t("wasCanceled"), t("wasCanceledText"), button(t("startAgain"), reload), back());
    case "REQUIRES_ACTION":
      if (!DONE_HERE.includes(payment.nextActionType)) return voucher(payment, hostedUrl);
      return isSent ? waiting() : action(confirm, payOtherwise);
    case "PROCESSING":
      return panel("clock", t("processing"), t("processingText"), view(payment), back());
    default:
      return waiting();
  }
}

/** Stripe has accepted it. The webhook will say the rest. */
function waiting() {
  return panel("waiting", t("waiting"), t("waitingText"));
}

/** 3-D Secure takes minutes, and happens here. */
function action(confirm, payOtherwise) {
  const other = button(t("newCard"), payOtherwise, "");
  return panel("shield", t("actionNeeded"), t("actionText"), button(t("confirmNow"), confirm), other);
}

/** A voucher takes days, and happens elsewhere. */
function voucher(payment, hostedUrl) {
  const { nextActionExpiresAt: deadline } = payment;
  const title = deadline ? t("actionVoucher", { date: formatDate(deadline) }) : t("actionNeeded");
  const instructions = hostedUrl ? outside(hostedUrl, t("instructions")) : view(payment);
  return panel("clock", title, t("actionVoucherText"), instructions, back());
}

function panel(name, title, text, ...actions) {
  const mark = name === "waiting" ? h("span", { className: "spinner" }) : icon(name);
  return h(
    "div",
    { className: `result ${name}` },
    h("div", { className: "mark" }, mark),
    h("h2", {}, title),
    text ? h("p", { className: "muted" }, text) : null,
    h("div", { className: "row center" }, actions),
  );
}

function button(text, onclick, className = "primary") {
  return h("button", { type: "button", className, onclick }, text);
}

function receipt({ receiptUrl }) {
  return receiptUrl ? outside(receiptUrl, t("receipt")) : null;
}

function outside(href, text) {
  const link = { href, target: "_blank", rel: "noopener", className: "button" };
  return h("a", link, text, icon("external"));
}

function view({ id }) {
  return h("a", { className: "button", href: `#/payments/${encodeURIComponent(id)}` }, t("viewPayment"));
}

function back() {
  return h("a", { className: "button", href: "#/" }, t("bookings"));
}

/** After a part was paid. */
function rest({ amountDue }, reload) {
  return isZero(amountDue) ? back() : button(t("payRest"), reload);
}

