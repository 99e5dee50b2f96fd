// One payment: what it was, what happened to it, and refunds.

import { alertBox, h, icon } from "./dom.js";
import { ERRORS, ask, mutate } from "./graphql.js";
import { follow } from "./live.js";
import { formatDate, formatMoney } from "./money.js";
import { watchPayment } from "./panel.js";
import { FINAL, PAYMENT } from "./payment-fields.js";
import { refundForm, refundList } from "./refunds.js";
import { paymentBadge } from "./status.js";
import { t } from "./strings.js";

const DETAILS = `query PaymentDetails($id: ID!) {
  paymentIntent(by: { id: $id }) {
    ${PAYMENT}
    booking { id reference }
    availableActions { action allowed reason maximumAmount }
    refunds { id status amount currency failureReason createdAt }
    history { occurredAt of toStatus failureCode explanation }
  }
}`;

const CANCEL = `mutation CancelPayment($input: CancelPaymentIntentInput!) {
  cancelPaymentIntent(input: $input) { paymentIntent { ${PAYMENT} } ${ERRORS} }
}`;

/** A refund can fail days after it succeeded. No stream reports that, so a visible page asks. */
const ASK_EVERY = 3000;

export async function showPayment(page, id) {
  const place = h("div", { className: "stack" });
  let shown = "";
  const load = async ({ isForced = false } = {}) => {
    const { paymentIntent } = await ask(DETAILS, { id });
    if (!paymentIntent) return page.notFound();
    const news = JSON.stringify(paymentIntent);
    if ((news === shown && !isForced) || page.leaving.aborted) return paymentIntent;
    shown = news;
    place.replaceChildren(...build(paymentIntent, load, page));
    return paymentIntent;
  };
  const payment = await load();
  if (!payment) return;
  page.show(place);
  watchPayment(payment.stripePaymentIntentId);
  if (!FINAL.includes(payment.status)) {
    const stop = follow(id, () => load());
    page.leaving.addEventListener("abort", stop);
  }
  const timer = setInterval(() => {
    const isTyping = place.contains(document.activeElement) && document.activeElement.matches("input, select");
    if (!document.hidden && !isTyping && shown.includes('"refunds":[{')) load().catch(() => {});
  }, ASK_EVERY);
  page.leaving.addEventListener("abort", () => clearInterval(timer));
}

function build(payment, load, page) {
  const { amount, currency, description, booking } = payment;
  const actions = Object.fromEntries(payment.availableActions.map((one) => [one.action, one]));
  return [
    h(
      "header",
      { className: "checkout-head" },
      h("a", { href: "#/payments", className: "back" }, icon("back"), t("payments")),
      h("h1", {}, description ?? t("paymentOf")),
      h("div", { className: "row" }, h("p", { className: "price" }, formatMoney(amount, currency)), paymentBadge(payment)),
    ),
    facts(payment, booking),
    refundList(payment),
    refundForm(payment, actions.REFUND, async () => {
      page.announce();
      await load({ isForced: true });
    }),
    cancelButton(payment, actions.CANCEL, page, load),
    timeline(payment),
  ];
}

function facts({ status, createdAt, captureBefore, paymentMethod, receiptUrl, lastError }, booking) {
  const fact = (name, value) => (value ? h("div", {}, h("dt", {}, name), h("dd", {}, value)) : null);
  const bookingLink = booking && h("a", { href: `#/bookings/${encodeURIComponent(booking.id)}` }, booking.reference);
  const receipt =
    receiptUrl && h("a", { href: receiptUrl, target: "_blank", rel: "noopener" }, t("receipt"), icon("external"));
  const isHeld = status === "REQUIRES_CAPTURE" && captureBefore;
  return h(
    "section",
    { className: "card" },
    isHeld ? h("p", { className: "note" }, icon("shield"), t("held", { date: formatDate(captureBefore) })) : null,
    lastError && status !== "SUCCEEDED" ? alertBox(lastError.message, lastError.advice) : null,
    h(
      "dl",
      { className: "facts" },
      fact(t("date"), formatDate(createdAt)),
      fact(t("method"), paymentMethod?.label),
      fact(t("reference"), bookingLink),
      fact(t("receipt"), receipt),
    ),
  );
}

function cancelButton({ id }, action, page, load) {
  if (!action?.allowed) return "";
  const message = h("div");
  const button = h("button", { type: "button", className: "danger" }, t("cancelPayment"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { errors } = await mutate(CANCEL, { paymentIntentId: id });
      if (errors.length) throw new Error(errors[0].message);
      page.announce();
      await load();
    } catch (error) {
      message.replaceChildren(alertBox(error.message));
      button.disabled = false;
    }
  });
  return h("div", {}, message, button);
}

function timeline({ history }) {
  const steps = history.map(({ occurredAt, explanation, ...change }) =>
    h(
      "li",
      {},
      h("p", { className: "strong" }, nameChange(change)),
      h("p", { className: "muted" }, `${formatDate(occurredAt)} · ${explanation}`),
    ),
  );
  return h("section", { className: "card" }, h("h2", {}, t("history")), h("ol", { className: "steps" }, steps));
}

function nameChange({ of, toStatus, failureCode }) {
  const reason = failureCode ? ` (${failureCode})` : "";
  if (of === "REFUND") return `${t("refunds")}: ${t(toStatus === "SUCCEEDED" ? "refundSUCCEEDED" : toStatus)}${reason}`;
  return failureCode ? `${t("attemptFailed")}${reason}` : t(toStatus);
}
