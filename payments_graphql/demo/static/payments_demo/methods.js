// Saved cards: the default, adding one without a payment, and removing one.

import { begin, settle } from "./attempts.js";
import { alertBox, emptyState, h, skeleton } from "./dom.js";
import { describeExpiry } from "./choose-method.js";
import { ERRORS, ask, mutate, record } from "./graphql.js";
import { badge } from "./status.js";
import { loadStripe, mountElement } from "./stripe.js";
import { t } from "./strings.js";

const METHODS = `query SavedCards {
  paymentMethods { id label brand expMonth expYear isExpired isDefault }
}`;
const CREATE = `mutation BeginToSave($input: CreateSetupIntentInput!) {
  createSetupIntent(input: $input) { setupIntent { id status clientSecret } ${ERRORS} }
}`;
const SETUP = `query SetupStatus($id: ID!) { setupIntent(id: $id) { status lastError { message } } }`;
const MAKE_DEFAULT = `mutation MakeDefault($input: SetDefaultPaymentMethodInput!) {
  setDefaultPaymentMethod(input: $input) { paymentMethod { id isDefault } ${ERRORS} }
}`;
const REMOVE = `mutation RemoveCard($input: DetachPaymentMethodInput!) {
  detachPaymentMethod(input: $input) { paymentMethod { id } ${ERRORS} }
}`;

export async function showMethods(page) {
  const { paymentMethods } = await ask(METHODS);
  const message = h("div", { "aria-live": "polite" });
  const rows = paymentMethods.map((method) => row(method, message, page));
  const adding = h("div");
  const add = h("button", { type: "button", className: "primary" }, t("addCard"));
  add.addEventListener("click", async () => {
    add.disabled = true;
    await showForm(adding, page).catch((error) => adding.replaceChildren(alertBox(error.message)));
    add.disabled = false;
  });
  page.show(
    h("header", {}, h("h1", {}, t("cards")), h("p", { className: "muted" }, t("cardsText"))),
    message,
    rows.length ? h("ul", { className: "list card" }, rows) : emptyState(t("noCards"), t("noCardsText")),
    h("div", {}, add),
    adding,
  );
}

function row(method, message, page) {
  const { id, label, isExpired, isDefault } = method;
  const change = (document) => async (event) => {
    event.target.disabled = true;
    try {
      const { errors } = await mutate(document, { paymentMethodId: id });
      if (errors.length) throw new Error(errors[0].message);
      page.announce();
      await page.reload();
    } catch (error) {
      message.replaceChildren(alertBox(error.message));
      event.target.disabled = false;
    }
  };
  const remove = (event) => confirm(t("removeSure", { card: label })) && change(REMOVE)(event);
  const button = (text, onclick, className) =>
    h("button", { type: "button", className, onclick, "aria-label": `${text}: ${label}` }, text);
  return h(
    "li",
    {},
    h(
      "div",
      { className: "grow" },
      h("p", { className: "strong" }, label),
      h("p", { className: "muted" }, isExpired ? t("expired") : describeExpiry(method)),
    ),
    isDefault ? badge("SUCCEEDED", t("default")) : button(t("makeDefault"), change(MAKE_DEFAULT)),
    button(t("remove"), remove, "danger"),
  );
}

/** A setup intent: Stripe.js takes the card, and the bank agrees to later payments. */
async function showForm(place, page) {
  const purpose = "save-card";
  const { setupIntent, errors } = await mutate(CREATE, begin(purpose, { usage: "OFF_SESSION" }));
  if (!errors[0]?.retryable && !setupIntent?.clientSecret) settle(purpose);
  if (errors.length) throw new Error(errors[0].message);
  if (!setupIntent.clientSecret) return showForm(place, page); // the kept one was saved before
  const element = h("div", { className: "element" }, skeleton(3));
  const message = h("div");
  const button = h("button", { type: "submit", className: "primary", disabled: true }, t("save"));
  const form = h("form", { className: "card", noValidate: true }, element, message, button);
  place.replaceChildren(form);
  const { elements, unmount } = await mountElement(element, setupIntent.clientSecret);
  page.leaving.addEventListener("abort", unmount);
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    button.textContent = t("saving");
    try {
      await save(elements, setupIntent.id);
      settle(purpose);
      page.announce();
      await page.reload();
    } catch (error) {
      if (error.message) message.replaceChildren(alertBox(error.message));
      button.disabled = false;
      button.textContent = t("save");
    }
  });
}

async function save(elements, id) {
  const stripe = await loadStripe();
  const { error: incomplete } = await elements.submit();
  if (incomplete) throw new Error(""); // Stripe's form shows it beside the field
  const confirmParams = { return_url: location.href };
  const result = await stripe.confirmSetup({ elements, confirmParams, redirect: "if_required" });
  record({ from: "stripe", title: "confirmSetup", answer: result, isFailed: !!result.error });
  if (result.error) throw new Error(result.error.message);
  // It is saved when the webhook says so.
  for (let tries = 0; tries < 60; tries += 1) {
    const { setupIntent } = await ask(SETUP, { id });
    if (setupIntent.status === "SUCCEEDED") return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
