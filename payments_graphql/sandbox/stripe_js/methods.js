// The payment methods other than cards: their fields, and what they send.

const ACCOUNT_HOLDER = ["name", "Full name", "name"];
const EMAIL = ["email", "Email", "email"];
const METHODS = {
  us_bank_account: {
    label: "US bank account",
    fields: [
      ACCOUNT_HOLDER,
      ["routing_number", "Routing number", "off"],
      ["account_number", "Account number", "off"],
    ],
    hint: "No money moves: routing number 110000000, account 000123456789.",
    needsMandate: true,
    read: ({ name, routing_number, account_number }) => ({
      us_bank_account: { account_holder_type: "individual", routing_number, account_number },
      billing_details: { name },
    }),
  },
  sepa_debit: {
    label: "SEPA Direct Debit",
    fields: [ACCOUNT_HOLDER, EMAIL, ["iban", "IBAN", "off"]],
    hint: "No money moves: IBAN DE89370400440532013000.",
    needsMandate: true,
    read: ({ name, email, iban }) => ({
      sepa_debit: { iban },
      billing_details: { name, email },
    }),
  },
  boleto: {
    label: "Boleto",
    fields: [
      ACCOUNT_HOLDER,
      EMAIL,
      ["tax_id", "CPF/CNPJ", "off"],
      ["line1", "Address", "address-line1"],
      ["city", "City", "address-level2"],
      ["state", "State", "address-level1"],
      ["postal_code", "Postal code", "postal-code"],
    ],
    hint: "No money moves: CPF 000.000.000-00.",
    read: ({ name, email, tax_id, ...address }) => ({
      boleto: { tax_id },
      billing_details: { name, email, address: { ...address, country: "BR" } },
    }),
  },
  ideal: {
    label: "iDEAL",
    fields: [],
    hint: "You will be redirected to a bank's test page.",
    read: () => ({ ideal: {} }),
  },
};

// The types that an intent allows and that have a form; cards first, as at Stripe.
function typesToShow(allowed) {
  const known = allowed.filter((type) => type === "card" || type in METHODS);
  return known.length ? known : ["card"];
}

// For an Element that is created before its intent.
const TYPES_OF_CURRENCY = {
  brl: ["card", "boleto"],
  eur: ["card", "sepa_debit", "ideal"],
  usd: ["card", "us_bank_account"],
};

// The form of one payment method.
class MethodForm {
  constructor(container, type, onInput) {
    this.type = type;
    this.inputs = METHODS[type].fields.map(([name, text, autocomplete]) => {
      const field = document.createElement("div");
      field.className = "field number";
      const label = document.createElement("label");
      label.htmlFor = `${type}-${name}`;
      label.textContent = text;
      const input = document.createElement("input");
      Object.assign(input, { id: label.htmlFor, name, autocomplete });
      input.setAttribute("aria-describedby", `${label.htmlFor}-error`);
      const error = document.createElement("p");
      Object.assign(error, { className: "error", id: `${label.htmlFor}-error` });
      field.append(label, input, error);
      container.append(field);
      input.addEventListener("input", () => {
        this.show(input);
        onInput();
      });
      return input;
    });
    const hint = document.createElement("p");
    hint.className = "hint number";
    hint.textContent = METHODS[type].hint;
    container.append(hint);
  }

  get isEmpty() {
    return this.inputs.every(({ value }) => value === "");
  }

  get isComplete() {
    return this.inputs.every(({ value }) => value.trim() !== "");
  }

  show(input, message = "") {
    input.setAttribute("aria-invalid", String(Boolean(message)));
    document.getElementById(`${input.id}-error`).textContent = message;
  }

  // Show the errors of all fields; return the first one.
  validate() {
    const missing = this.inputs.filter(({ value }) => value.trim() === "");
    for (const input of this.inputs) {
      this.show(input, missing.includes(input) ? "This field is incomplete." : "");
    }
    if (!missing.length) return undefined;
    return problem(`incomplete_${missing[0].name}`, "This field is incomplete.");
  }

  read() {
    const entries = this.inputs.map(({ name, value }) => [name, value.trim()]);
    return { type: this.type, ...METHODS[this.type].read(Object.fromEntries(entries)) };
  }

  clear() {
    for (const input of this.inputs) {
      input.value = "";
      this.show(input);
    }
  }

  disable(isDisabled) {
    for (const input of this.inputs) input.disabled = isDisabled;
  }
}
