// What the page asks. The types of the answers are generated from the schema.
import { graphql } from "./gql/index.js";

export const Create = graphql(`
  mutation Create($input: CreatePaymentIntentInput!) {
    createPaymentIntent(input: $input) {
      paymentIntent { id status amount currency clientSecret }
      replayed
      errors { code message path retryable }
    }
  }
`);

export const Confirm = graphql(`
  mutation Confirm($input: ConfirmPaymentIntentInput!) {
    confirmPaymentIntent(input: $input) {
      paymentIntent { id status amountReceived }
      errors {
        code
        message
        ... on CardError { declineCode advice }
      }
    }
  }
`);

export const Refund = graphql(`
  mutation Refund($input: CreateRefundInput!) {
    createRefund(input: $input) {
      refund { id status amount }
      paymentIntent { amountRefunded amountRefundable }
      errors {
        code
        message
        ... on AmountError { maximum currency }
      }
    }
  }
`);

export const Payments = graphql(`
  query Payments($first: Int!) {
    paymentIntents(first: $first) {
      edges { node { id status amount currency booking { reference } refunds { amount } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const Updates = graphql(`
  subscription Updates($id: ID!) {
    paymentIntentUpdated(id: $id) { id status version amountReceived }
  }
`);
