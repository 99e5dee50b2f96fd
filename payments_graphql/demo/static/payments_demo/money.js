// Amounts. The API speaks exact decimals as text, in the major unit: "99.99". They stay text here,
// as floating-point numbers are not exact.

import { language } from "./strings.js";

const exponents = new Map();

/** From `paymentsConfig { currencies { code exponent } }`, which knows what Stripe charges. */
export function learnCurrencies(currencies) {
  for (const { code, exponent } of currencies) exponents.set(code, exponent);
}

export function exponentOf(currency) {
  return exponents.get(currency) ?? 2;
}

/** "99.99", "USD" to $99.99; "48000", "JPY" to ¥48,000; "45.5", "KWD" to KWD 45.500. */
export function formatMoney(amount, currency) {
  const digits = exponentOf(currency);
  return new Intl.NumberFormat(language(), {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount); // text in, so that it stays exact
}

/** Converts what a person typed to the API's form: "1 234,5" is "1234.5". Null if it isn't an amount. */
export function parseAmount(text, currency) {
  let plain = text.replace(/[\s'’]/g, "");
  if (/,.*\./.test(plain)) plain = plain.replaceAll(",", ""); // 1,234.50
  else if (/\..*,/.test(plain)) plain = plain.replaceAll(".", ""); // 1.234,50
  const match = /^(\d+)(?:[.,](\d+))?$/.exec(plain);
  if (!match) return null;
  const [, whole, fraction = ""] = match;
  if (fraction.length > exponentOf(currency)) return null;
  if (!/[1-9]/.test(whole + fraction)) return null;
  return fraction ? `${whole}.${fraction}` : whole;
}

/** Whether the amount is zero: "0", "0.00". */
export function isZero(amount) {
  return !/[1-9]/.test(amount);
}

/** Whether two amounts are equal: "10" and "10.00" are. */
export function isSame(one, other) {
  const trim = (amount) => amount.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return trim(one) === trim(other);
}

export function formatDate(moment, options = { dateStyle: "medium", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(language(), options).format(new Date(moment));
}
