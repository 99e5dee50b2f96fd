// Stripe(publishableKey): https://docs.stripe.com/js/initializing

class StripeClient {
  constructor(key) {
    if (typeof key !== "string" || key.trim() === "") {
      throw new IntegrationError(
        "Please call Stripe() with your publishable key. You used an empty string.",
      );
    }
    if (!key.startsWith("pk_")) {
      throw new IntegrationError(
        "Please call Stripe() with your publishable key: a secret key must never be in a page.",
      );
    }
    this.key = key;
  }

  elements(options = {}) {
    if (options.clientSecret) readSecret(options.clientSecret, "elements");
    return new Elements(this.key, options);
  }

  retrievePaymentIntent(clientSecret) {
    return this.retrieve(readSecret(clientSecret, "retrievePaymentIntent", "pi"));
  }

  retrieveSetupIntent(clientSecret) {
    return this.retrieve(readSecret(clientSecret, "retrieveSetupIntent", "seti"));
  }

  // https://docs.stripe.com/js/payment_intents/confirm_payment
  async confirmPayment(options) {
    return this.confirm("confirmPayment", "pi", options);
  }

  // https://docs.stripe.com/js/setup_intents/confirm_setup
  async confirmSetup(options) {
    return this.confirm("confirmSetup", "seti", options);
  }

  // https://docs.stripe.com/js/payment_intents/confirm_card_payment
  async confirmCardPayment(clientSecret, data, options) {
    const secret = readSecret(clientSecret, "confirmCardPayment", "pi");
    return this.confirmCard(secret, data, options);
  }

  // https://docs.stripe.com/js/setup_intents/confirm_card_setup
  async confirmCardSetup(clientSecret, data, options) {
    return this.confirmCard(readSecret(clientSecret, "confirmCardSetup", "seti"), data, options);
  }

  // https://docs.stripe.com/js/payment_intents/handle_next_action
  async handleNextAction({ clientSecret } = {}) {
    return this.handle(readSecret(clientSecret, "handleNextAction"), "handleNextAction");
  }

  // https://docs.stripe.com/js/payment_intents/handle_card_action
  async handleCardAction(clientSecret) {
    return this.handle(readSecret(clientSecret, "handleCardAction", "pi"), "handleCardAction");
  }

  // https://docs.stripe.com/js/payment_methods/create_payment_method, in all three variants.
  async createPaymentMethod(first, card, data) {
    const { elements, params, ...given } =
      typeof first === "string" ? { type: first, card, ...data } : first;
    const element = elements ? elements.getElement("payment") : given.card;
    if (elements?.mode && !elements.isSubmitted) throw notSubmitted("createPaymentMethod");
    if (!(element instanceof Element)) {
      throw new IntegrationError(
        "Invalid value for createPaymentMethod: card should be a card Element: a page never has " +
          "card numbers of its own.",
      );
    }
    const { card: _, ...rest } = elements ? (params ?? {}) : given;
    const result = await element.ask({ send: "/v1/payment_methods", params: rest });
    return result.error ? result : { paymentMethod: result.answer };
  }

  // React Stripe.js accepts only objects that have this method.
  async createToken() {
    throw new IntegrationError("The sandbox has no tokens: use createPaymentMethod.");
  }

  registerAppInfo() {}

  async retrieve(secret) {
    const { clientSecret, kind, path } = secret;
    const { answer, error } = await callApi(this.key, "GET", path, { client_secret: clientSecret });
    return error ? { error } : { [kind.result]: answer };
  }

  async confirm(method, prefix, { elements, clientSecret, confirmParams = {}, redirect } = {}) {
    if (redirect !== "if_required" && !confirmParams.return_url) {
      throw new IntegrationError(
        `stripe.${method}(): the \`confirmParams.return_url\` argument is required unless passing ` +
          "`redirect: 'if_required'`.",
      );
    }
    const secret = readSecret(clientSecret ?? elements?.clientSecret, method, prefix);
    const params = asSdk(secret, confirmParams);
    const confirmPath = `${secret.path}/confirm`;
    let confirmed;
    if (elements) {
      const element = await this.elementFor(method, elements);
      const mismatch = await this.mismatch(secret, elements);
      if (mismatch) return mismatch;
      const place = "payment_method_data";
      confirmed = await element.ask({ send: confirmPath, params, place });
    } else {
      confirmed = await callApi(this.key, "POST", confirmPath, params);
    }
    const result = await this.finish(secret, confirmed);
    if (result.error || redirect === "if_required") return result;
    return goBack(confirmParams.return_url, secret.kind, result[secret.kind.result]);
  }

  async elementFor(method, elements) {
    const element = elements.getElement("payment");
    if (!element) {
      throw new IntegrationError(
        `Invalid value for stripe.${method}(): elements should have a mounted Payment Element.`,
      );
    }
    if (elements.mode && !elements.isSubmitted) throw notSubmitted(method);
    return element;
  }

  // Elements made before the intent must describe the same payment:
  // https://docs.stripe.com/payments/accept-a-payment-deferred
  async mismatch(secret, elements) {
    if (!elements.mode) return null;
    const { kind, path, clientSecret } = secret;
    const { answer, error } = await callApi(this.key, "GET", path, { client_secret: clientSecret });
    if (error) return { error };
    const isSame =
      kind.mode === "setup"
        ? elements.mode === "setup"
        : elements.mode === "payment" &&
          elements.amount === answer.amount &&
          elements.currency.toLowerCase() === answer.currency;
    if (isSame) return null;
    const message =
      `The mode, amount and currency given to elements() do not match the ${kind.object}. ` +
      "Call elements.update() with what the intent was created with.";
    return { error: { type: "invalid_request_error", message, [kind.object]: answer } };
  }

  async confirmCard(secret, data, { handleActions = true } = {}) {
    if (data === undefined) {
      const before = await this.retrieve(secret);
      const status = before[secret.kind.result]?.status;
      if (before.error || status === "requires_action") {
        return before.error ? before : this.handle(secret, "confirmCardPayment");
      }
    }
    const params = asSdk(secret, data ?? {});
    const confirmPath = `${secret.path}/confirm`;
    const method = params.payment_method;
    let confirmed;
    if (method?.card instanceof Element) {
      const { card, ...rest } = method;
      const place = "payment_method_data";
      const sent = { ...params, payment_method: undefined, payment_method_data: rest };
      confirmed = await card.ask({ send: confirmPath, params: sent, place });
    } else if (method && typeof method === "object") {
      const sent = {
        ...params,
        payment_method: undefined,
        payment_method_data: { type: "card", ...method },
      };
      confirmed = await callApi(this.key, "POST", confirmPath, sent);
    } else {
      confirmed = await callApi(this.key, "POST", confirmPath, params);
    }
    if (!handleActions && !confirmed.error) return resultOf(secret.kind, confirmed.answer);
    return this.finish(secret, confirmed);
  }

  async handle(secret, method) {
    const { clientSecret, kind, path } = secret;
    const { answer, error } = await callApi(this.key, "GET", path, { client_secret: clientSecret });
    if (error) return { error };
    if (answer.status !== "requires_action") {
      throw new IntegrationError(
        `stripe.${method}(): the ${kind.object} supplied is not in the requires_action state.`,
      );
    }
    return this.finish(secret, { answer });
  }

  async finish(secret, { answer, error }) {
    if (error) return { error };
    if (answer.status !== "requires_action") return resultOf(secret.kind, answer);
    const after = await handleAction(this.key, secret, answer);
    return after.error ? after : resultOf(secret.kind, after.answer);
  }
}

// With use_stripe_sdk, the bank's page is shown above this one, without a redirect.
function asSdk(secret, params) {
  return { ...params, client_secret: secret.clientSecret, use_stripe_sdk: true };
}

function notSubmitted(method) {
  return new IntegrationError(
    `elements.submit() must be called before stripe.${method}(). Call elements.submit() as soon ` +
      "as your customer presses pay, prior to any asynchronous work.",
  );
}

// Called with or without `new`, like Stripe's.
window.Stripe = function Stripe(publishableKey) {
  return new StripeClient(publishableKey);
};
window.Stripe.version = VERSION;
