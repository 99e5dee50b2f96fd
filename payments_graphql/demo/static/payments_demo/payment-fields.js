// What the page reads of a payment, wherever it reads one.

export const PAYMENT = `id stripePaymentIntentId version status amount currency description
    amountReceived amountRefunded captureMethod captureBefore nextActionType nextActionExpiresAt
    receiptUrl createdAt
    paymentMethod { label }
    lastError { code message advice }`;

/** It takes a card: nothing was charged or held yet. */
export const PAYABLE = ["REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION"];

/** Next actions that the customer does now. All others are vouchers, or take days. */
export const DONE_HERE = [null, "use_stripe_sdk", "redirect_to_url"];

/** It will only change by refunds and disputes. */
export const FINAL = ["SUCCEEDED", "CANCELED"];
