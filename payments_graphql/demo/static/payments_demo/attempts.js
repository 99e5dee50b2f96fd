// Idempotency keys, kept until what they stand for is settled.
//
// A key is written down before it is first sent. After a reload or a lost connection the same key
// is sent again with the same input, and the API gives the same payment or refund, never another.

const prefix = (user) => `payments-demo/${user}/`;
let user = "";

/** Keys belong to a person: the next one at this browser has others. */
export function keepFor(userId) {
  user = userId;
}

/** The input that was begun for this purpose: the kept one, or a new one with a key of its own. */
export function begin(purpose, input) {
  const attempt = recall(purpose) ?? { idempotencyKey: crypto.randomUUID(), ...input };
  note(purpose, attempt);
  return attempt;
}

/** What was begun and is not settled yet, or what was noted; otherwise null. */
export function recall(purpose) {
  return JSON.parse(localStorage.getItem(prefix(user) + purpose));
}

/** Something to know about it after a reload, such as what was chosen. */
export function note(purpose, value) {
  localStorage.setItem(prefix(user) + purpose, JSON.stringify(value));
}

/** It is settled: paid, refunded, canceled or refused. */
export function settle(purpose) {
  localStorage.removeItem(prefix(user) + purpose);
}
