// The tabs of GraphiQL. Ids in the variables are to be replaced by ones from an answer.
const ERRORS = `errors {
      __typename
      code
      message
      path
      retryable
    }`;

const PAYMENT_INTENT_ID = "an id from createPaymentIntent";
const PAYMENT_METHOD_ID = "an id from paymentMethods";
const REFUND_ID = "an id from createRefund";
const DISPUTE_ID = "an id from disputes";
const SETUP_INTENT_ID = "an id from createSetupIntent";

const example = (query, variables) => ({
  query: query.trim() + "\n",
  variables: variables ? JSON.stringify(variables, null, 2) : undefined,
});

export const examples = [
  example(`
# You, what you owe, and what you paid.
query Overview {
  me { username email stripeCustomerId defaultPaymentMethod { brand last4 } }
  bookings(first: 5) {
    edges { node { id reference description amount currency amountDue } }
  }
  paymentIntents(first: 5) {
    edges { node { id status amount currency createdAt booking { reference } } }
    pageInfo { hasNextPage endCursor }
  }
}`),
  example(`
# Needs no sign-in.
query Config {
  paymentsConfig { publishableKey livemode currencies { code exponent minimum } }
}`),
  example(`
mutation CreatePaymentIntent($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    replayed
    paymentIntent { id stripePaymentIntentId status amount currency clientSecret }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      amount: "99.99",
      currency: "USD",
      description: "Travel booking payment",
      savePaymentMethod: true,
    },
  }),
  example(`
# pm_card_visa pays, pm_card_chargeDeclined is declined, pm_card_threeDSecureRequired asks for more.
mutation ConfirmPaymentIntent($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent { id status amountReceived lastError { declineCode message } }
    nextAction { type redirectUrl }
    ${ERRORS}
  }
}`, {
    input: { paymentIntentId: PAYMENT_INTENT_ID, stripePaymentMethodId: "pm_card_visa" },
  }),
  example(`
query PaymentIntent($by: PaymentIntentBy!) {
  paymentIntent(by: $by) {
    id status amount amountReceived amountRefunded amountRefundable currency receiptUrl
    paymentMethod { brand last4 expMonth expYear }
    refunds { id status amount }
    disputes { id status amount }
  }
}`, { by: { id: PAYMENT_INTENT_ID } }),
  example(`
# A payment as it is, and then each change, until it is final. Confirm it in another tab.
subscription PaymentIntentUpdated($id: ID!) {
  paymentIntentUpdated(id: $id) { id status amount amountReceived amountRefunded version }
}`, { id: PAYMENT_INTENT_ID }),
  example(`
# What is left out stays as it is.
mutation UpdatePaymentIntent($input: UpdatePaymentIntentInput!) {
  updatePaymentIntent(input: $input) {
    paymentIntent { id status amount description receiptEmail metadata { key value } }
    ${ERRORS}
  }
}`, {
    input: {
      paymentIntentId: PAYMENT_INTENT_ID,
      description: "Two nights more",
      metadata: [{ key: "room", value: "12" }],
    },
  }),
  example(`
# A saved card, while the customer is away, by staff. See AUTHENTICATION_REQUIRED.
mutation ChargeOffSession($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent { id status amountReceived }
    errors {
      __typename
      code
      message
      path
      ... on CardError { declineCode advice }
    }
  }
}`, {
    input: {
      paymentIntentId: PAYMENT_INTENT_ID,
      paymentMethodId: PAYMENT_METHOD_ID,
      offSession: true,
    },
  }),
  example(`
mutation CreateRefund($input: CreateRefundInput!) {
  createRefund(input: $input) {
    replayed
    refund { id stripeRefundId status amount currency reason }
    paymentIntent { amountRefunded amountRefundable }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      paymentIntentId: PAYMENT_INTENT_ID,
      amount: "10.00",
      reason: "REQUESTED_BY_CUSTOMER",
      description: "One night less",
    },
  }),
  example(`
# While it is REQUIRES_ACTION (pay with pm_card_refundRequiresAction), by staff.
mutation CancelRefund($input: CancelRefundInput!) {
  cancelRefund(input: $input) {
    refund { id status amount paymentIntent { amountRefundable } }
    ${ERRORS}
  }
}`, { input: { refundId: REFUND_ID } }),
  example(`
mutation CancelPaymentIntent($input: CancelPaymentIntentInput!) {
  cancelPaymentIntent(input: $input) {
    paymentIntent { id status }
    ${ERRORS}
  }
}`, { input: { paymentIntentId: PAYMENT_INTENT_ID, reason: "ABANDONED" } }),
  example(`
# For payments made with captureMethod: MANUAL, by staff.
mutation CapturePaymentIntent($input: CapturePaymentIntentInput!) {
  capturePaymentIntent(input: $input) {
    paymentIntent { id status amountReceived }
    ${ERRORS}
  }
}`, { input: { paymentIntentId: PAYMENT_INTENT_ID, amount: "50.00" } }),
  example(`
# A payment with pm_card_createDispute is disputed at once.
query Disputes {
  disputes(first: 5) {
    edges { node {
      id stripeDisputeId status reason amount currency evidenceDueBy hasEvidence isClosed
      paymentIntent { id status amountRefundable }
    } }
  }
}`),
  example(`
# By staff. Against the sandbox "winning_evidence" wins and "losing_evidence" loses.
mutation SubmitDisputeEvidence($input: SubmitDisputeEvidenceInput!) {
  submitDisputeEvidence(input: $input) {
    dispute { id status hasEvidence submissionCount }
    ${ERRORS}
  }
}`, {
    input: {
      disputeId: DISPUTE_ID,
      evidence: [
        { name: "PRODUCT_DESCRIPTION", value: "A week in Lisbon" },
        { name: "UNCATEGORIZED_TEXT", value: "winning_evidence" },
      ],
      submit: true,
    },
  }),
  example(`
# By staff. The money stays with the customer, and that cannot be undone.
mutation AcceptDispute($input: AcceptDisputeInput!) {
  acceptDispute(input: $input) {
    dispute { id status isClosed }
    ${ERRORS}
  }
}`, { input: { disputeId: DISPUTE_ID } }),
  example(`
# A card to save without a payment: Stripe.js does it, with the clientSecret.
mutation CreateSetupIntent($input: CreateSetupIntentInput!) {
  createSetupIntent(input: $input) {
    replayed
    setupIntent { id stripeSetupIntentId status usage clientSecret }
    ${ERRORS}
  }
}`, { input: { idempotencyKey: crypto.randomUUID(), usage: "OFF_SESSION" } }),
  example(`
query SetupIntent($id: ID!) {
  setupIntent(id: $id) {
    id status usage nextAction { type } lastError { declineCode message }
    paymentMethod { brand last4 expMonth expYear }
  }
}`, { id: SETUP_INTENT_ID }),
  example(`
query PaymentMethods {
  paymentMethods { id brand last4 expMonth expYear isExpired isDefault }
}`),
  example(`
mutation SetDefaultPaymentMethod($input: SetDefaultPaymentMethodInput!) {
  setDefaultPaymentMethod(input: $input) {
    paymentMethod { id isDefault }
    ${ERRORS}
  }
}`, { input: { paymentMethodId: PAYMENT_METHOD_ID } }),
  example(`
mutation DetachPaymentMethod($input: DetachPaymentMethodInput!) {
  detachPaymentMethod(input: $input) {
    paymentMethod { id isAttached }
    ${ERRORS}
  }
}`, { input: { paymentMethodId: PAYMENT_METHOD_ID } }),
];
