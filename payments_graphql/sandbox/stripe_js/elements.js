// The forms in the page: https://docs.stripe.com/js/elements_object

const TITLES = {
  card: "Secure card payment input frame",
  payment: "Secure payment input frame",
};

class Element {
  constructor(elements, type, options) {
    this.elements = elements;
    this.type = type;
    this.options = options;
    this.frame = null;
    this.selected = "card";
    this.handlers = [];
  }

  mount(target) {
    const container = typeof target === "string" ? document.querySelector(target) : target;
    if (!container) {
      throw new IntegrationError(
        `The selector you specified (${target}) applies to no DOM elements that are currently on ` +
          "the page.",
      );
    }
    this.unmount();
    container.replaceChildren();
    container.classList.add("StripeElement", "StripeElement--empty");
    this.container = container;
    const { appearance, key, clientSecret, currency, paymentMethodTypes: types } = this.elements;
    const path = clientSecret && readSecret(clientSecret, "elements").path;
    const payment = { clientSecret, currency, path, types };
    const greeting = { appearance, key, layout: this.type, options: this.options, ...payment };
    this.frame = new Frame(container, "element.html", TITLES[this.type], greeting, (message) =>
      this.receive(message),
    );
    return this;
  }

  receive({ event, height, detail = {} }) {
    if (height) this.frame.node.style.height = `${height}px`;
    if (!event) return;
    const classes = this.container.classList;
    if (event === "focus" || event === "blur") {
      classes.toggle("StripeElement--focus", event === "focus");
    }
    if (event === "change") {
      classes.toggle("StripeElement--complete", detail.complete);
      classes.toggle("StripeElement--empty", detail.empty);
      classes.toggle("StripeElement--invalid", Boolean(detail.error));
    }
    this.emit(event, { elementType: this.type, ...this.told(event, detail) });
  }

  // The events of each element: https://docs.stripe.com/js/element/events
  told(event, detail) {
    if (event !== "change") return {};
    const { brand, complete, empty, error, type = "card" } = detail;
    if (this.type === "card") {
      return { brand, complete, empty, error, value: { postalCode: "" } };
    }
    this.selected = type;
    return { complete, empty, collapsed: false, value: { type } };
  }

  emit(event, detail) {
    for (const entry of [...this.handlers]) {
      if (entry.event !== event) continue;
      if (entry.once) this.off(event, entry.handler);
      entry.handler(detail);
    }
  }

  on(event, handler) {
    this.handlers.push({ event, handler });
    return this;
  }

  once(event, handler) {
    this.handlers.push({ event, handler, once: true });
    return this;
  }

  off(event, handler) {
    this.handlers = this.handlers.filter(
      (entry) => entry.event !== event || (handler && entry.handler !== handler),
    );
    return this;
  }

  ask(message) {
    if (!this.frame) {
      throw new IntegrationError(
        `We could not retrieve data from the specified Element. Please make sure the ${this.type} ` +
          "Element you are attempting to use is still mounted.",
      );
    }
    return this.frame.ask(message);
  }

  update(options) {
    this.options = { ...this.options, ...options };
    this.frame?.tell({ update: { options: this.options } });
  }

  focus() {
    this.frame?.node.focus();
    this.frame?.tell({ focus: true });
  }

  blur() {
    this.frame?.tell({ focus: false });
  }

  clear() {
    this.frame?.tell({ clear: true });
  }

  collapse() {}

  unmount() {
    if (!this.frame) return;
    this.frame.close();
    this.frame = null;
    this.container.classList.remove(
      ...[...this.container.classList].filter((name) => name.startsWith("StripeElement")),
    );
  }

  destroy() {
    this.unmount();
    this.elements.forget(this);
  }
}

class Elements {
  constructor(key, options) {
    const { clientSecret, mode, amount, currency, appearance = {}, paymentMethodTypes } = options;
    if (clientSecret && mode) {
      throw new IntegrationError(
        "Invalid value for elements(): specify either clientSecret or mode, not both.",
      );
    }
    if (mode && !["payment", "setup", "subscription"].includes(mode)) {
      throw new IntegrationError(
        "Invalid value for elements(): mode must be one of payment, setup, or subscription.",
      );
    }
    if (mode && !currency) {
      throw new IntegrationError("Invalid value for elements(): currency is required with mode.");
    }
    if (mode === "payment" && !Number.isInteger(amount)) {
      throw new IntegrationError(
        "Invalid value for elements(): amount must be a positive integer in the currency's " +
          "minor unit.",
      );
    }
    const payment = { clientSecret, mode, amount, currency, paymentMethodTypes };
    Object.assign(this, { key, appearance, ...payment });
    this.made = [];
    this.isSubmitted = false;
  }

  create(type, options = {}) {
    if (!(type in TITLES)) {
      throw new IntegrationError(
        `A valid Element name must be provided. The sandbox has payment and card; you specified ` +
          `${type}.`,
      );
    }
    if (this.getElement(type)) {
      throw new IntegrationError(`Can only create one Element of type ${type}.`);
    }
    if (type === "payment" && !this.clientSecret && !this.mode) {
      throw new IntegrationError(
        "In order to create a payment element, you must pass a clientSecret or mode when " +
          "creating the Elements group.",
      );
    }
    const element = new Element(this, type, options);
    this.made.push(element);
    return element;
  }

  getElement(type) {
    return this.made.find((element) => element.type === type) ?? null;
  }

  forget(element) {
    this.made = this.made.filter((other) => other !== element);
  }

  update(options) {
    const { amount, currency, appearance } = options;
    if (amount !== undefined) this.amount = amount;
    if (currency !== undefined) this.currency = currency;
    if (appearance !== undefined) {
      this.appearance = appearance;
      for (const element of this.made) element.frame?.tell({ update: { appearance } });
    }
  }

  async fetchUpdates() {
    return {};
  }

  // https://docs.stripe.com/js/elements/submit
  async submit() {
    const element = this.getElement("payment");
    if (!element) throw new IntegrationError("elements.submit() needs a Payment Element.");
    const { error } = await element.ask({ validate: true });
    if (error) return { error };
    this.isSubmitted = true;
    return { selectedPaymentMethod: element.selected };
  }
}
