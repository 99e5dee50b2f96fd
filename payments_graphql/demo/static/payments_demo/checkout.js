// Takes the payment of a booking, from the first request to its final status.
//
// 1. The API begins the payment: `createPaymentIntent`, under a key that is kept (attempts.js).
// 2. Stripe.js takes the card and confirms, in the browser (pay-form.js). No card number is ever in
//    this page.
// 3. Stripe tells the API by webhook, and the API tells this page (live.js). Only that status says
//    that it is paid: not the answer of Stripe.js, and not the address after a redirect.

import { begin, settle } from "./attempts.js";
import { h, icon, skeleton } from "./dom.js";
import { ERRORS, ask, mutate, record } from "./graphql.js";
import { follow } from "./live.js";
import { formatMoney, isZero } from "./money.js";
import { outcome } from "./outcome.js";
import { watchPayment } from "./panel.js";
import { DONE_HERE, FINAL, PAYABLE, PAYMENT } from "./payment-fields.js";
import { PayForm } from "./pay-form.js";
import { loadStripe } from "./stripe.js";
import { t } from "./strings.js";

const BOOKING = `query BookingToPay($id: ID!) {
  booking(id: $id) {
    id reference description currency amount amountPaid amountDue canceledAt
    paymentIntents { ${PAYMENT} }
  }
  paymentMethods { id type label expMonth expYear isExpired isDefault }
}`;

const CREATE = `mutation BeginPayment($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent { ${PAYMENT} clientSecret }
    replayed
    ${ERRORS}
  }
}`;

const NEXT_ACTION = `query NextAction($id: ID!) {
  paymentIntent(by: { id: $id }) { nextAction { hostedUrl } }
}`;

const PAYMENT_TO_PAY = `query PaymentToPay($id: ID!) {
  paymentIntent(by: { id: $id }) { ${PAYMENT} clientSecret }
}`;

/** `page.leaving` is aborted when another part is shown; `page.reload()` shows this one again. */
export async function showCheckout(page, bookingId) {
  const { booking, paymentMethods } = await ask(BOOKING, { id: bookingId });
  if (!booking) return page.notFound();
  const stage = h("section", { className: "card stage", "aria-live": "polite" }, skeleton(4));
  const sums = h("div");
  showSums(sums, booking);
  page.show(heading(booking, sums), stage);
  const payment = await findPayment(booking);
  if (page.leaving.aborted) return undefined;
  if (!payment) return stage.replaceChildren(outcome(null, booking, {}));
  return new Checkout({ booking, page, payment, paymentMethods, stage, sums }).start();
}

function heading({ description, reference }, sums) {
  return h(
    "header",
    { className: "checkout-head" },
    h("a", { href: "#/", className: "back" }, icon("back"), t("bookings")),
    h("h1", {}, description ?? reference),
    sums,
  );
}

/** The amount due, or the price of a paid booking. */
function showSums(sums, { reference, currency, amount, amountPaid, amountDue }) {
  const [price, due, paid] = [amount, amountDue, amountPaid].map((one) => formatMoney(one, currency));
  const isPart = !isZero(amountPaid) && !isZero(amountDue);
  sums.replaceChildren(
    h("p", { className: "price" }, isZero(amountDue) ? price : due),
    h("p", { className: "muted" }, reference, isPart ? ` · ${t("paidOf", { paid, amount: price })}` : ""),
  );
}

/** The payment to continue: the open one, the last one of a paid booking, or a new one. */
async function findPayment(booking) {
  const open = booking.paymentIntents.find(({ status }) => !FINAL.includes(status));
  if (open) {
    const { paymentIntent } = await ask(PAYMENT_TO_PAY, { id: open.id });
    return { ...paymentIntent, isOld: true };
  }
  if (booking.canceledAt || isZero(booking.amountDue)) {
    return booking.paymentIntents.find(({ status }) => status === "SUCCEEDED") ?? null;
  }
  return createPayment(booking.id);
}

async function createPayment(bookingId) {
  const purpose = `pay/${bookingId}`;
  const { paymentIntent, errors } = await mutate(CREATE, begin(purpose, { bookingId }));
  if (errors.length) {
    if (!errors[0].retryable) settle(purpose); // refused: nothing was begun
    throw Object.assign(new Error(errors[0].message), errors[0]);
  }
  if (!FINAL.includes(paymentIntent.status)) return paymentIntent;
  settle(purpose); // the key of an earlier payment, which was paid or canceled elsewhere
  return createPayment(bookingId);
}

class Checkout {
  constructor({ booking, page, payment, paymentMethods, stage, sums }) {
    Object.assign(this, { booking, page, payment, stage, sums });
    /** Whether the booking's sums include this payment. */
    this.isCurrent = FINAL.includes(payment.status);
    /** Stripe has accepted it, and the webhook that says so is on its way. */
    this.isSent = false;
    /** The customer has not confirmed with the bank, and uses another card. */
    this.isRefused = false;
    this.form = new PayForm({ booking, payment, paymentMethods, checkout: this });
    this.result = h("div", { className: "outcome", tabIndex: -1 });
  }

  async start() {
    this.stage.replaceChildren(this.form.node, this.result);
    this.page.leaving.addEventListener("abort", () => this.form.unmount());
    watchPayment(this.payment.stripePaymentIntentId);
    this.show();
    if (!FINAL.includes(this.payment.status)) this.follow();
    this.findInstructions();
    if (this.payment.isOld) await this.askStripe();
    if (PAYABLE.includes(this.payment.status) && !this.isSent) this.form.open();
  }

  follow() {
    const stop = follow(this.payment.id, (news) => this.update(news));
    this.page.leaving.addEventListener("abort", stop);
  }

  /** `news` is a payment. An older version changes nothing. */
  update(news) {
    if (news.version <= this.payment.version) return;
    const before = this.payment;
    this.payment = { ...before, ...news };
    const { status, lastError } = this.payment;
    if (FINAL.includes(status)) {
      settle(`pay/${this.booking.id}`);
      settle(`save/${this.payment.stripePaymentIntentId}`);
      this.readBooking();
    }
    if (status !== before.status) this.page.announce();
    this.findInstructions();
    // It failed after all, as a bank debit can.
    if (PAYABLE.includes(status) && lastError) this.isSent = false;
    this.form.showLastError(news.lastError);
    this.show();
  }

  /** A voucher's page, or the instructions of a bank transfer; 3-D Secure has none. */
  async findInstructions() {
    const { id, status, nextActionType } = this.payment;
    if (status !== "REQUIRES_ACTION" || DONE_HERE.includes(nextActionType)) return;
    const { paymentIntent } = await ask(NEXT_ACTION, { id }).catch(() => ({}));
    this.hostedUrl = paymentIntent?.nextAction?.hostedUrl;
    this.show();
  }

  /** What is left to pay. */
  async readBooking() {
    const { booking } = await ask(BOOKING, { id: this.booking.id });
    Object.assign(this, { booking, isCurrent: true });
    showSums(this.sums, booking);
    this.show();
  }

  /**
   * A payment that was begun earlier may have been confirmed before its webhook arrived: a reload
   * in the middle, a lost answer, or the way back from a bank's page. Stripe.js knows the status.
   */
  async askStripe() {
    const { clientSecret } = this.payment;
    if (!clientSecret) return;
    const stripe = await loadStripe();
    const { paymentIntent } = await stripe.retrievePaymentIntent(clientSecret);
    record({ from: "stripe", title: "retrievePaymentIntent", answer: paymentIntent });
    const accepted = ["succeeded", "processing", "requires_capture"];
    this.isSent = accepted.includes(paymentIntent?.status);
    if (paymentIntent?.status === "requires_action") this.payment.status = "REQUIRES_ACTION";
    this.show();
  }

  /** Show the form while a card is needed, and otherwise the status. */
  show() {
    const { status } = this.payment;
    const isLeft = status === "REQUIRES_ACTION" && this.isRefused;
    const isPayable = (PAYABLE.includes(status) || isLeft) && !this.isSent;
    // The bank's page is open over this one: nothing moves below it.
    if (this.form.isBusy && (isPayable || status === "REQUIRES_ACTION")) return;
    const wasHidden = this.form.node.hidden;
    this.form.node.hidden = !isPayable;
    if (isPayable) return this.result.replaceChildren();
    this.result.replaceChildren(
      outcome(this.payment, this.booking, {
        isSent: this.isSent,
        isCurrent: this.isCurrent,
        hostedUrl: this.hostedUrl,
        confirm: () => this.form.confirmAtBank(),
        payOtherwise: () => this.payOtherwise(),
        reload: this.page.reload,
      }),
    );
    if (!wasHidden) this.result.focus();
  }

  /** Pay with another card than the one whose bank is waiting. */
  payOtherwise() {
    this.isRefused = true;
    this.show();
    this.form.open();
  }
}
