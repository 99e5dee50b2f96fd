// Idempotency keys, kept until their payment or refund is settled.
//
// A key is written down before it is first sent. After a reload or a lost connection the same key
// is sent again with the same input, and the API returns the same payment or refund.

const prefix = (user) => `payments-demo/${user}/`;
let user = "";

/** Keys belong to a user: another user of this browser gets other keys. */
export function keepFor(userId) {
  user = userId;
}

/** The input for this purpose: the kept one, or a new one with a new key. */
export function begin(purpose, input) {
  const attempt = recall(purpose) ?? { idempotencyKey: crypto.randomUUID(), ...input };
  note(purpose, attempt);
  return attempt;
}

/** The kept input or note, or null. */
export function recall(purpose) {
  return JSON.parse(localStorage.getItem(prefix(user) + purpose));
}

/** Keep something else across a reload, such as a choice. */
export function note(purpose, value) {
  localStorage.setItem(prefix(user) + purpose, JSON.stringify(value));
}

/** It is settled: paid, refunded, canceled or refused. */
export function settle(purpose) {
  localStorage.removeItem(prefix(user) + purpose);
}
