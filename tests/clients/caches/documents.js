// What the session asks, by both caches. Each object is asked for with its id.
import { parse } from "graphql";

const gql = (parts) => parse(parts[0]);

export const Me = gql`
  query Me {
    me { id name defaultPaymentMethod { id label isDefault } }
    paymentsConfig { publishableKey livemode }
  }
`;
export const Create = gql`
  mutation Create($input: CreatePaymentIntentInput!) {
    createPaymentIntent(input: $input) {
      paymentIntent { id status amountReceived customer { id name } booking { id amountDue customer { id name } } }
      errors { code message }
    }
  }
`;
export const Confirm = gql`
  mutation Confirm($input: ConfirmPaymentIntentInput!) {
    confirmPaymentIntent(input: $input) {
      paymentIntent { id status amountReceived paymentMethod { id label isDefault } booking { id amountDue } }
      errors { code message }
    }
  }
`;
export const SetDefault = gql`
  mutation SetDefault($input: SetDefaultPaymentMethodInput!) {
    setDefaultPaymentMethod(input: $input) {
      paymentMethod { id label isDefault }
      customer { id defaultPaymentMethod { id label isDefault } }
      errors { code message }
    }
  }
`;
export const Detach = gql`
  mutation Detach($input: DetachPaymentMethodInput!) {
    detachPaymentMethod(input: $input) {
      paymentMethod { id label isDefault }
      customer { id defaultPaymentMethod { id label isDefault } }
      errors { code message }
    }
  }
`;
export const Refund = gql`
  mutation Refund($input: CreateRefundInput!) {
    createRefund(input: $input) {
      refund { id status amount }
      paymentIntent { id status amountReceived refunds { id status amount } hasMoreRefunds }
      errors { code message }
    }
  }
`;
export const Payments = gql`
  query Payments {
    paymentIntents(first: 5) {
      nodes {
        id
        status
        amountReceived
        customer { id name }
        booking { id amountDue }
        refunds { id status amount }
        hasMoreRefunds
        availableActions { action allowed }
        history { of toStatus }
        metadata { key value }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
export const Payment = gql`
  query Payment($id: ID!) {
    node(id: $id) {
      id
      ... on PaymentIntent { status amountReceived customer { id name } }
    }
  }
`;
