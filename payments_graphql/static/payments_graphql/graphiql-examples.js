// GraphiQL's tabs. On a seeded development site they work from left to right: as Alice, and from
// HoldPayment on as Sam. graphiql-ids.js replaces `fromAnswer("X")` by the id in X's answer.
import { fromAnswer } from "./graphiql-ids.js";

const ERRORS = `errors {
      __typename
      code
      message
      path
      retryable
    }`;

const example = (query, variables) => ({
  query: query.trim() + "\n",
  variables: variables ? JSON.stringify(variables, null, 2) : undefined,
});

export const examples = [
  // GraphiQL ignores the variables of the first tab, so it has none.
  example(`
# You, what you owe, and what you paid.
query Overview {
  me {
    username
    email
    stripeCustomerId
  }
  bookings(first: 5) {
    edges {
      node {
        id
        reference
        description
        amount
        amountDue
        currency
      }
    }
  }
  paymentIntents(first: 5) {
    edges {
      node {
        id
        status
        amount
        currency
        createdAt
        booking {
          reference
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}`),
  example(`
# What a page needs to start Stripe.js. It requires no sign-in.
query Config {
  paymentsConfig {
    publishableKey
    livemode
    currencies {
      code
      exponent
      minimum
    }
  }
}`),
  example(`
# Begin to pay for a booking. The amount is what is due.
mutation CreatePaymentIntent($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    replayed
    paymentIntent {
      id
      stripePaymentIntentId
      status
      amount
      currency
      clientSecret
    }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      bookingId: fromAnswer("Overview"),
      savePaymentMethod: true,
    },
  }),
  example(`
# Only what you give changes.
mutation UpdatePaymentIntent($input: UpdatePaymentIntentInput!) {
  updatePaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      amount
      description
      receiptEmail
      metadata {
        key
        value
      }
    }
    ${ERRORS}
  }
}`, {
    input: {
      paymentIntentId: fromAnswer("CreatePaymentIntent"),
      description: "Two nights more",
      metadata: [{ key: "room", value: "12" }],
    },
  }),
  example(`
# The payment now, and again after each change.
# Confirm it in another browser window:
# switching tabs here stops the subscription.
subscription PaymentIntentUpdated($id: ID!) {
  paymentIntentUpdated(id: $id) {
    id
    status
    amount
    amountReceived
    amountRefunded
    version
  }
}`, { id: fromAnswer("CreatePaymentIntent") }),
  example(`
# A page pays with Stripe.js instead. Other cards to try:
# pm_card_chargeDeclined is declined,
# pm_card_threeDSecureRequired asks for 3-D Secure.
mutation ConfirmPaymentIntent($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      amountReceived
    }
    nextAction {
      type
      redirectUrl
    }
    ${ERRORS}
  }
}`, {
    input: {
      paymentIntentId: fromAnswer("CreatePaymentIntent"),
      stripePaymentMethodId: "pm_card_visa",
    },
  }),
  example(`
mutation CreateRefund($input: CreateRefundInput!) {
  createRefund(input: $input) {
    replayed
    refund {
      id
      stripeRefundId
      status
      amount
      currency
      reason
    }
    paymentIntent {
      amountRefunded
      amountRefundable
    }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      paymentIntentId: fromAnswer("CreatePaymentIntent"),
      amount: "10.00",
      reason: "REQUESTED_BY_CUSTOMER",
      description: "One night less",
    },
  }),
  example(`
query PaymentIntent($by: PaymentIntentBy!) {
  paymentIntent(by: $by) {
    id
    status
    amount
    amountReceived
    amountRefunded
    amountRefundable
    currency
    receiptUrl
    paymentMethod {
      brand
      last4
      expMonth
      expYear
    }
    refunds {
      id
      status
      amount
    }
    history {
      occurredAt
      fromStatus
      toStatus
    }
  }
}`, { by: { id: fromAnswer("CreatePaymentIntent") } }),
  example(`
# Your saved cards.
query PaymentMethods {
  paymentMethods {
    id
    brand
    last4
    expMonth
    expYear
    isExpired
    isDefault
  }
}`),
  example(`
mutation SetDefaultPaymentMethod($input: SetDefaultPaymentMethodInput!) {
  setDefaultPaymentMethod(input: $input) {
    paymentMethod {
      id
      isDefault
    }
    ${ERRORS}
  }
}`, { input: { paymentMethodId: fromAnswer("PaymentMethods") } }),
  example(`
# Begin to save a card without a payment.
# Stripe.js saves it, with the clientSecret.
mutation CreateSetupIntent($input: CreateSetupIntentInput!) {
  createSetupIntent(input: $input) {
    replayed
    setupIntent {
      id
      stripeSetupIntentId
      status
      usage
      clientSecret
    }
    ${ERRORS}
  }
}`, { input: { idempotencyKey: crypto.randomUUID(), usage: "OFF_SESSION" } }),
  example(`
query SetupIntent($id: ID!) {
  setupIntent(id: $id) {
    id
    status
    usage
    nextAction {
      type
    }
    lastError {
      declineCode
      message
    }
    paymentMethod {
      brand
      last4
    }
  }
}`, { id: fromAnswer("CreateSetupIntent") }),
  example(`
# A payment without a booking, for any amount.
# Allowed by PAYMENTS_ALLOW_FREE_AMOUNT, as in development.
mutation StartPayment($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      amount
      currency
    }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      amount: "99.99",
      currency: "USD",
      description: "Travel booking payment",
    },
  }),
  example(`
# A decline is an error in the answer, with advice for the
# customer. The payment stays open.
mutation DeclinedCard($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
    }
    errors {
      __typename
      code
      message
      ... on CardError {
        declineCode
        advice
      }
    }
  }
}`, {
    input: {
      paymentIntentId: fromAnswer("StartPayment"),
      stripePaymentMethodId: "pm_card_chargeDeclined",
    },
  }),
  example(`
# Another card pays. Its bank disputes the payment at once.
mutation DisputedCard($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
    }
    ${ERRORS}
  }
}`, {
    input: {
      paymentIntentId: fromAnswer("StartPayment"),
      stripePaymentMethodId: "pm_card_createDispute",
    },
  }),
  example(`
# The dispute is here when its webhook has arrived.
query Disputes {
  disputes(first: 5) {
    edges {
      node {
        id
        stripeDisputeId
        status
        reason
        amount
        currency
        evidenceDueBy
        isClosed
        paymentIntent {
          id
          status
        }
      }
    }
  }
}`),
  example(`
mutation UnwantedPayment($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
    }
    ${ERRORS}
  }
}`, {
    input: { idempotencyKey: crypto.randomUUID(), amount: "20.00", currency: "USD" },
  }),
  example(`
mutation CancelPaymentIntent($input: CancelPaymentIntentInput!) {
  cancelPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
    }
    ${ERRORS}
  }
}`, {
    input: { paymentIntentId: fromAnswer("UnwantedPayment"), reason: "ABANDONED" },
  }),
  example(`
# Remove a saved card.
mutation DetachPaymentMethod($input: DetachPaymentMethodInput!) {
  detachPaymentMethod(input: $input) {
    paymentMethod {
      id
      isAttached
    }
    ${ERRORS}
  }
}`, { input: { paymentMethodId: fromAnswer("PaymentMethods") } }),
  example(`
# From here on, sign in as Sam.
# Hold the money now and take it later.
mutation HoldPayment($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      captureMethod
    }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      amount: "80.00",
      currency: "USD",
      captureMethod: "MANUAL",
    },
  }),
  example(`
# The card is authorized. No money has moved.
mutation AuthorizePayment($input: ConfirmPaymentIntentInput!) {
  confirmPaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      amountCapturable
      captureBefore
    }
    ${ERRORS}
  }
}`, {
    input: {
      paymentIntentId: fromAnswer("HoldPayment"),
      stripePaymentMethodId: "pm_card_refundRequiresAction",
    },
  }),
  example(`
# Take a part of it. The rest is released.
mutation CapturePaymentIntent($input: CapturePaymentIntentInput!) {
  capturePaymentIntent(input: $input) {
    paymentIntent {
      id
      status
      amountReceived
    }
    ${ERRORS}
  }
}`, { input: { paymentIntentId: fromAnswer("HoldPayment"), amount: "50.00" } }),
  example(`
# With this card, the customer must first say where
# the money goes: the status is REQUIRES_ACTION.
mutation RefundWithAction($input: CreateRefundInput!) {
  createRefund(input: $input) {
    refund {
      id
      status
      amount
    }
    ${ERRORS}
  }
}`, {
    input: {
      idempotencyKey: crypto.randomUUID(),
      paymentIntentId: fromAnswer("HoldPayment"),
      amount: "5.00",
    },
  }),
  example(`
# Only a refund in REQUIRES_ACTION can be canceled.
mutation CancelRefund($input: CancelRefundInput!) {
  cancelRefund(input: $input) {
    refund {
      id
      status
      paymentIntent {
        amountRefundable
      }
    }
    ${ERRORS}
  }
}`, { input: { refundId: fromAnswer("RefundWithAction") } }),
  example(`
# Save evidence against Alice's dispute.
# With submit: true it is sent to the bank. In the sandbox,
# "winning_evidence" wins and "losing_evidence" loses.
mutation SubmitDisputeEvidence($input: SubmitDisputeEvidenceInput!) {
  submitDisputeEvidence(input: $input) {
    dispute {
      id
      status
      hasEvidence
      submissionCount
    }
    ${ERRORS}
  }
}`, {
    input: {
      disputeId: fromAnswer("Disputes"),
      evidence: [
        { name: "PRODUCT_DESCRIPTION", value: "A week in Lisbon" },
        { name: "UNCATEGORIZED_TEXT", value: "winning_evidence" },
      ],
      submit: false,
    },
  }),
  example(`
# Accept the dispute: the customer keeps the money.
# This cannot be undone.
mutation AcceptDispute($input: AcceptDisputeInput!) {
  acceptDispute(input: $input) {
    dispute {
      id
      status
      isClosed
    }
    ${ERRORS}
  }
}`, { input: { disputeId: fromAnswer("Disputes") } }),
];
