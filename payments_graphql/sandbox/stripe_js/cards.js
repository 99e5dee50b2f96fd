// What a card number and a date show without a request: brand, format and validity.

const BRANDS = [
  { brand: "amex", pattern: /^3[47]/, lengths: [15], groups: /^(\d{4})(\d{1,6})?(\d{1,5})?/, cvc: 4 },
  { brand: "diners", pattern: /^3(0[0-5]|[689])/, lengths: [14, 16] },
  { brand: "jcb", pattern: /^35/, lengths: [16] },
  { brand: "visa", pattern: /^4/, lengths: [16] },
  { brand: "mastercard", pattern: /^(5[1-5]|2[2-7])/, lengths: [16] },
  { brand: "discover", pattern: /^6(011|4[4-9]|5)/, lengths: [16] },
  { brand: "unionpay", pattern: /^62/, lengths: [16, 17, 18, 19] },
];
const UNKNOWN = { brand: "unknown", lengths: [16] };

function digitsOf(text) {
  return text.replace(/\D/g, "");
}

function brandOf(number) {
  const found = BRANDS.find(({ pattern }) => pattern.test(number)) ?? UNKNOWN;
  return { groups: /^(\d{4})(\d{1,4})?(\d{1,4})?(\d{1,7})?/, cvc: 3, ...found };
}

function formatNumber(text) {
  const number = digitsOf(text);
  const { groups, lengths } = brandOf(number);
  const shown = number.slice(0, Math.max(...lengths));
  const match = groups.exec(shown);
  return match ? match.slice(1).filter(Boolean).join(" ") : shown;
}

// "3" becomes "03 / " at once, because no month begins with 3.
function formatExpiry(text, isDeleting) {
  let digits = digitsOf(text);
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  digits = digits.slice(0, 4);
  if (digits.length < 2 || (digits.length === 2 && isDeleting)) return digits;
  return `${digits.slice(0, 2)} / ${digits.slice(2)}`;
}

// Luhn's algorithm.
function hasValidChecksum(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function problem(code, message) {
  return { code, message, type: "validation_error" };
}

function checkNumber(text) {
  const number = digitsOf(text);
  const { lengths } = brandOf(number);
  if (number.length < Math.min(...lengths)) {
    return problem("incomplete_number", "Your card number is incomplete.");
  }
  if (!lengths.includes(number.length) || !hasValidChecksum(number)) {
    return problem("invalid_number", "Your card number is invalid.");
  }
  return null;
}

function readExpiry(text) {
  const digits = digitsOf(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

function checkExpiry(text, today = new Date()) {
  if (digitsOf(text).length < 4) {
    return problem("incomplete_expiry", "Your card's expiration date is incomplete.");
  }
  const { month, year } = readExpiry(text);
  if (month < 1 || month > 12) {
    return problem("invalid_expiry_month", "Your card's expiration month is invalid.");
  }
  if (year < today.getFullYear()) {
    return problem("invalid_expiry_year_past", "Your card's expiration year is in the past.");
  }
  if (year === today.getFullYear() && month < today.getMonth() + 1) {
    return problem("invalid_expiry_month_past", "Your card's expiration date is in the past.");
  }
  if (year > today.getFullYear() + 50) {
    return problem("invalid_expiry_year", "Your card's expiration year is invalid.");
  }
  return null;
}

function checkCvc(text, number) {
  if (digitsOf(text).length < brandOf(digitsOf(number)).cvc) {
    return problem("incomplete_cvc", "Your card's security code is incomplete.");
  }
  return null;
}
