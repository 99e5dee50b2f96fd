// What the page reads of a payment, wherever it reads one.

export const PAYMENT = `id stripePaymentIntentId version status amount currency description
    amountReceived amountRefunded captureMethod captureBefore nextActionType nextActionExpiresAt
    receiptUrl createdAt
    paymentMethod { label }
    lastError { code message advice }`;

/** It takes a card: nothing was charged or held yet. */
export const PAYABLE = ["REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION"];

/** It will not change any more, except for refunds and disputes. */
export const FINAL = ["SUCCEEDED", "CANCELED"];
