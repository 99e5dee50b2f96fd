// What the page reads of a payment, wherever it reads one.

export const PAYMENT = `id stripePaymentIntentId version status amount currency description
    amountReceived amountRefunded captureMethod captureBefore nextActionType nextActionExpiresAt
    receiptUrl createdAt
    paymentMethod { label }
    lastError { code message advice }`;

/** It takes a card: nothing was charged or held yet. */
export const PAYABLE = ["REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION"];

/** What the customer does here and now; every other next action is a voucher, or takes days. */
export const DONE_HERE = [null, "use_stripe_sdk", "redirect_to_url"];

/** It will not change any more, except for refunds and disputes. */
export const FINAL = ["SUCCEEDED", "CANCELED"];
