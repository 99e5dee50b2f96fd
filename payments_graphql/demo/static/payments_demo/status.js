// A payment's or a refund's status as a badge.

import { h } from "./dom.js";
import { isSame, isZero } from "./money.js";
import { t } from "./strings.js";

const TONES = {
  SUCCEEDED: "good", REQUIRES_CAPTURE: "info", PROCESSING: "info", PENDING: "info",
  REQUIRES_ACTION: "warn", FAILED: "bad", CANCELED: "quiet",
};

export function badge(status, text = t(status)) {
  return h("span", { className: `badge ${TONES[status] ?? "quiet"}` }, text);
}

/** Refunds change what "paid" means. */
export function paymentBadge({ status, amountRefunded, amountReceived }) {
  if (status !== "SUCCEEDED" || isZero(amountRefunded)) return badge(status);
  const isWhole = isSame(amountRefunded, amountReceived);
  return badge("CANCELED", t(isWhole ? "FULLY" : "PARTLY"));
}
