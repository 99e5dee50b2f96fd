// The form of a payment: how much, with what, and the button.

import { note, recall } from "./attempts.js";
import { alertBox, h, icon, skeleton } from "./dom.js";
import { ConnectionError, ERRORS, mutate, record } from "./graphql.js";
import { formatMoney, isSame } from "./money.js";
import { PAYMENT } from "./payment-fields.js";
import { chooseMethod } from "./choose-method.js";
import { holdChoice, partChoice, testCards } from "./pay-options.js";
import { loadStripe, mountElement } from "./stripe.js";
import { t } from "./strings.js";

const CONFIRM = `mutation PayWithSavedCard($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent { ${PAYMENT} }
    nextAction { type }
    ${ERRORS}
  }
}`;

const UPDATE = `mutation ChangePayment($input: UpdatePaymentIntentInput!) {
  updatePaymentIntent(input: $input) { paymentIntent { ${PAYMENT} } ${ERRORS} }
}`;

export class PayForm {
  constructor({ booking, payment, paymentMethods, checkout }) {
    Object.assign(this, { booking, checkout });
    this.isBusy = false;
    this.isOpen = false;
    this.mounted = null;
    // Null: unknown, as another browser may have asked to save the card.
    this.isSaving = recall(`save/${payment.stripePaymentIntentId}`) ?? (payment.isOld ? null : false);
    this.applying = Promise.resolve();
    this.methods = chooseMethod(paymentMethods, () => {
      this.message.replaceChildren();
      this.choose();
    });
    this.element = h("div", { className: "element" }, skeleton(3));
    const apply = () => this.applySoon();
    this.save = h("input", { type: "checkbox", checked: this.isSaving === true, onchange: apply });
    this.saving = h("label", { className: "check" }, this.save, t("saveCard"));
    this.part = partChoice(booking, payment, { onInput: () => this.label(), onChange: apply });
    this.message = h("div");
    this.button = h("button", { type: "submit", className: "primary wide", disabled: true });
    this.node = h(
      "form",
      { noValidate: true, onsubmit: (event) => this.pay(event) },
      this.part.node,
      this.methods.node,
      this.element,
      this.saving,
      this.message,
      this.button,
      holdChoice(booking, payment, checkout.page),
      testCards(),
    );
    this.label();
    this.choose();
  }

  /** Show the form and let it be used. */
  open() {
    this.isOpen = true;
    this.showLastError(this.payment.lastError);
    this.choose();
  }

  get payment() {
    return this.checkout.payment;
  }

  /** Load Stripe.js and show its form; a lost connection leaves a button to try again. */
  async mount() {
    if (this.mounted || this.isMounting) return;
    this.isMounting = true;
    try {
      this.mounted = await mountElement(this.element, this.payment.clientSecret);
      this.setReady();
    } catch {
      const again = h("button", { type: "button", onclick: () => this.mount() }, t("tryAgain"));
      this.element.replaceChildren(alertBox(t("formFailed"), t("checkConnection"), again));
    } finally {
      this.isMounting = false;
    }
  }

  unmount() {
    this.mounted?.unmount();
  }

  /** Only a new card needs Stripe's form. */
  choose() {
    const isNew = this.methods.chosen() === null;
    this.element.hidden = !isNew;
    this.saving.hidden = !isNew;
    if (isNew && this.isOpen) this.mount();
    this.setReady();
  }

  setReady() {
    const isNew = this.methods.chosen() === null;
    this.button.disabled = this.isBusy || !this.isOpen || (isNew && !this.mounted);
  }

  label() {
    const { captureMethod, currency } = this.payment ?? {};
    const amount = formatMoney(this.part.amount(), currency ?? this.booking.currency);
    const text = captureMethod === "MANUAL" ? "holdAmount" : "payAmount";
    this.button.replaceChildren(icon("lock"), this.isBusy ? t("paying") : t(text, { amount }));
  }

  async pay(event) {
    event.preventDefault();
    if (this.button.disabled) return; // a double click pays once
    if (!this.part.check()) return;
    this.setBusy(true);
    this.message.replaceChildren();
    this.checkout.isRefused = false;
    this.stripeMessage = undefined;
    this.errorBefore = this.payment.lastError;
    try {
      await this.applyChoices();
      const method = this.methods.chosen();
      const error = method ? await this.payWithSaved(method) : await this.payWithNew();
      if (error) this.fail(error);
      else this.checkout.isSent = true;
    } catch (error) {
      await this.lose(error);
    } finally {
      this.setBusy(false);
      this.checkout.show();
    }
  }

  /** While the customer still types the card. What fails here is sent again with the button. */
  applySoon() {
    if (this.isOpen && this.part.isRight()) this.applyChoices().catch(() => {});
  }

  /** Send what the customer chose since the payment was created, one change at a time. */
  applyChoices() {
    this.applying = this.applying.catch(() => {}).then(() => this.update());
    return this.applying;
  }

  async update() {
    const input = { paymentIntentId: this.payment.id };
    const wanted = this.part.amount();
    if (!isSame(wanted, this.payment.amount)) {
      Object.assign(input, { amount: wanted, partial: this.part.isPart() });
    }
    const isNew = this.methods.chosen() === null;
    if (isNew && this.save.checked !== this.isSaving) input.savePaymentMethod = this.save.checked;
    if (Object.keys(input).length === 1) return;
    const { paymentIntent, errors } = await mutate(UPDATE, input);
    if (errors.length) throw Object.assign(new Error(errors[0].message), errors[0]);
    if ("savePaymentMethod" in input) {
      this.isSaving = input.savePaymentMethod;
      note(`save/${this.payment.stripePaymentIntentId}`, this.isSaving);
    }
    this.checkout.update(paymentIntent);
    await this.mounted?.elements.fetchUpdates(); // Stripe's form shows what the payment is now
  }

  /** Returns an error, or nothing when Stripe has accepted it. */
  async payWithNew() {
    const { elements } = this.mounted;
    const { error: incomplete } = await elements.submit();
    if (incomplete) return { isShown: true }; // beside the field, by Stripe's form
    const stripe = await loadStripe();
    const at = Date.now();
    const result = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: location.href },
      redirect: "if_required", // a card stays here; some banks have a page of their own
    });
    record({ at, from: "stripe", title: "confirmPayment", answer: result, isFailed: !!result.error });
    return result.error;
  }

  /** The API charges a saved card; its bank may still ask the customer. */
  async payWithSaved({ id }) {
    const input = { paymentIntentId: this.payment.id, paymentMethodId: id };
    const { paymentIntent, nextAction, errors } = await mutate(CONFIRM, input);
    if (paymentIntent) this.checkout.update(paymentIntent);
    if (errors.length) return errors[0];
    return nextAction ? this.authenticate() : undefined;
  }

  /** 3-D Secure, over this page. */
  async authenticate() {
    const stripe = await loadStripe();
    const { clientSecret } = this.payment;
    const at = Date.now();
    const result = await stripe.handleNextAction({ clientSecret });
    record({ at, from: "stripe", title: "handleNextAction", answer: result, isFailed: !!result.error });
    return result.error;
  }

  /** For a payment whose bank was still waiting when the page was reloaded. */
  async confirmAtBank() {
    if (this.isBusy) return;
    this.setBusy(true);
    try {
      const error = await this.authenticate();
      if (error) {
        this.checkout.payOtherwise();
        this.fail(error);
      } else this.checkout.isSent = true;
    } catch (error) {
      await this.lose(error);
    } finally {
      this.setBusy(false);
      this.checkout.show();
    }
  }

  /** Refused: say why, and what can be done about it. The same payment takes another card. */
  fail({ type, message, advice, isShown, payment_intent: intent }) {
    if (isShown) return;
    // Stripe.js is ahead of the webhooks, which may still say that the bank asks the customer.
    if (intent?.status === "requires_payment_method") this.checkout.isRefused = true;
    if (type === "api_connection_error") this.showLost();
    else {
      this.stripeMessage = message;
      const { lastError } = this.payment;
      const heard = lastError === this.errorBefore ? null : lastError; // the webhook was first
      this.message.replaceChildren(alertBox(message || t("declined"), advice ?? heard?.advice));
    }
  }

  /** The advice comes with the webhook, a moment after what Stripe.js said. */
  showLastError(lastError) {
    if (!lastError || this.isBusy) return;
    const { message, advice } = lastError;
    this.message.replaceChildren(alertBox(this.stripeMessage ?? message ?? t("declined"), advice));
  }

  /** The outcome is unknown: ask Stripe.js. The live status will tell it too. */
  async lose(error) {
    if (!(error instanceof ConnectionError)) {
      this.message.replaceChildren(alertBox(error.message, error.advice));
      return;
    }
    this.showLost();
    await this.checkout.askStripe().catch(() => {});
  }

  showLost() {
    this.message.replaceChildren(alertBox(t("payLost"), t("payLostText")));
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.setReady();
    this.node.setAttribute("aria-busy", String(isBusy));
    for (const field of this.node.querySelectorAll("input:not(.unusable), .option")) field.disabled = isBusy;
    this.label();
  }
}
