// The form: for a card and for the other payment methods that the payment allows. The page's first
// message contains a channel. Over it, the form tells the page whether it is complete and the brand
// of the card, never the number.

const fields = ["number", "expiry", "cvc"].map((id) => document.getElementById(id));
const [number, expiry, cvc] = fields;
const CHECKS = {
  number: () => checkNumber(number.value),
  expiry: () => checkExpiry(expiry.value),
  cvc: () => checkCvc(cvc.value, number.value),
};
// The field of an API error, by its `param`.
const FIELD_OF = { number: "number", exp_month: "expiry", exp_year: "expiry", cvc: "cvc" };

let chosen = "card";
let otherForm = null;
let key = null;
let port = null;
let lastChange = "";

window.addEventListener("message", async ({ source, data, ports }) => {
  if (key || source !== window.parent || !ports.length) return;
  key = data.key;
  document.body.dataset.layout = data.layout;
  apply(data);
  if (data.layout === "payment") showTypes(typesToShow(await findTypes(data)));
  port = ports[0];
  port.onmessage = ({ data: message }) => receive(message);
  new ResizeObserver(tellHeight).observe(document.documentElement);
  tellHeight();
  port.postMessage({ event: "ready" });
});

// The allowed types: the intent's, or without an intent those of the page or the currency.
async function findTypes({ path, clientSecret, types, currency }) {
  if (!clientSecret) return types ?? TYPES_OF_CURRENCY[currency?.toLowerCase()] ?? ["card"];
  const { answer } = await callApi(key, "GET", path, { client_secret: clientSecret });
  return answer?.payment_method_types ?? ["card"];
}

function showTypes(types) {
  const choice = document.getElementById("types");
  for (const type of types) {
    const label = document.createElement("label");
    const button = document.createElement("input");
    Object.assign(button, { type: "radio", name: "type", value: type });
    button.checked = type === types[0];
    button.addEventListener("change", () => choose(type));
    label.append(button, METHODS[type]?.label ?? "Card");
    choice.append(label);
  }
  choice.hidden = types.length < 2;
  if (types[0] !== "card") choose(types[0]);
}

function choose(type) {
  chosen = type;
  const isCard = type === "card";
  const other = document.getElementById("other");
  for (const id of ["card", "card-hint"]) document.getElementById(id).hidden = !isCard;
  other.hidden = isCard;
  other.replaceChildren();
  otherForm = isCard ? null : new MethodForm(other, type, tellChange);
  tellHeight();
  tellChange();
}

async function receive(message) {
  if (message.ask) port.postMessage({ reply: message.ask, result: await answer(message) });
  if (message.update) apply(message.update);
  if (message.clear) clear();
  if (message.focus !== undefined) message.focus ? number.focus() : document.activeElement.blur();
}

// Requests of the page: check the form, or send a request with the card.
async function answer({ send, params, place }) {
  const error = otherForm ? otherForm.validate() : validate();
  tellHeight();
  if (error || !send) return { error };
  if (!/^\/v1\/[\w/]+$/.test(send)) throw new Error(`${send} is not an address of the API`);
  document.body.classList.add("busy");
  const result = await callApi(key, "POST", send, withMethod(params, place));
  document.body.classList.remove("busy");
  const field = FIELD_OF[result.error?.param];
  if (field) show(field, result.error.message);
  return result;
}

function withMethod(params, place) {
  if (!otherForm) return withCard(params, place);
  const method = otherForm.read();
  if (!place) return { ...params, ...method };
  const { billing_details: billing, ...rest } = params[place] ?? {};
  const billing_details = { ...billing, ...method.billing_details };
  const sent = { ...params, [place]: { ...rest, ...method, billing_details } };
  if (!METHODS[otherForm.type].needsMandate) return sent;
  // By pressing the button the customer accepts the mandate, as the text of the form says.
  const online = { user_agent: navigator.userAgent };
  return { ...sent, mandate_data: { customer_acceptance: { type: "online", online } } };
}

function withCard(params, place) {
  const { month, year } = readExpiry(expiry.value);
  const card = {
    number: digitsOf(number.value),
    exp_month: month,
    exp_year: year,
    cvc: digitsOf(cvc.value),
  };
  if (!place) return { ...params, type: "card", card };
  return { ...params, [place]: { ...params[place], type: "card", card } };
}

// Show the errors of all fields; return the first one.
function validate() {
  const errors = fields.map(({ id }) => [id, CHECKS[id]()]);
  for (const [id, error] of errors) show(id, error?.message);
  return errors.find(([, error]) => error)?.[1];
}

function show(id, message) {
  document.getElementById(id).setAttribute("aria-invalid", String(Boolean(message)));
  document.getElementById(`${id}-error`).textContent = message ?? "";
  tellHeight();
}

function tellHeight() {
  port?.postMessage({ height: Math.ceil(document.body.getBoundingClientRect().height) });
}

function tellChange() {
  if (otherForm) {
    const { isComplete: complete, isEmpty: empty, type } = otherForm;
    port?.postMessage({ event: "change", detail: { brand: "unknown", complete, empty, type } });
    return;
  }
  const errors = fields.map(({ id }) => CHECKS[id]());
  const shown = fields.map(({ id }, place) => {
    const isInvalid = document.getElementById(id).getAttribute("aria-invalid") === "true";
    return isInvalid ? errors[place] : undefined;
  });
  const detail = {
    brand: brandOf(digitsOf(number.value)).brand,
    complete: errors.every((error) => error === null),
    empty: fields.every(({ value }) => value === ""),
    error: shown.find(Boolean),
  };
  if (JSON.stringify(detail) === lastChange) return;
  lastChange = JSON.stringify(detail);
  port?.postMessage({ event: "change", detail });
}

function clear() {
  otherForm?.clear();
  for (const field of fields) {
    field.value = "";
    show(field.id);
  }
  document.getElementById("brand").textContent = "";
  tellChange();
}

// https://docs.stripe.com/elements/appearance-api: the variables that this small form uses, see
// element.css.
function apply({ appearance, options }) {
  if (appearance) {
    document.documentElement.dataset.theme = appearance.theme ?? "stripe";
    for (const [name, value] of Object.entries(appearance.variables ?? {})) {
      document.documentElement.style.setProperty(`--${name}`, value);
    }
  }
  if (options?.disabled !== undefined) {
    for (const field of fields) field.disabled = options.disabled;
    otherForm?.disable(options.disabled);
  }
}

number.addEventListener("input", () => {
  const isAtEnd = number.selectionStart === number.value.length;
  if (isAtEnd) number.value = formatNumber(number.value);
  const { brand, cvc: length } = brandOf(digitsOf(number.value));
  document.getElementById("brand").textContent = brand === "unknown" ? "" : brand;
  cvc.maxLength = length;
});
expiry.addEventListener("input", ({ inputType }) => {
  expiry.value = formatExpiry(expiry.value, inputType?.startsWith("delete"));
});
cvc.addEventListener("input", () => {
  cvc.value = digitsOf(cvc.value);
});
for (const field of fields) {
  field.addEventListener("input", () => {
    show(field.id);
    tellChange();
  });
  field.addEventListener("blur", () => {
    // An empty field is an error only after the form was sent.
    if (field.value !== "") show(field.id, CHECKS[field.id]()?.message);
    tellChange();
    port?.postMessage({ event: "blur" });
  });
  field.addEventListener("focus", () => port?.postMessage({ event: "focus" }));
  field.addEventListener("keydown", ({ key: pressed }) => {
    if (pressed === "Escape") port?.postMessage({ event: "escape" });
  });
}
for (const id of ["card", "other"]) {
  document.getElementById(id).addEventListener("submit", (event) => event.preventDefault());
}
