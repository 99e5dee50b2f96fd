// Each type with an id can be refetched by it, and each connection paginated. Only compiled.
graphql`
  fragment nodes_customer on Customer @refetchable(queryName: "nodesCustomerQuery") {
    name
    defaultPaymentMethod { ...nodes_paymentMethod }
  }
`;
graphql`
  fragment nodes_paymentMethod on PaymentMethod @refetchable(queryName: "nodesPaymentMethodQuery") {
    label
  }
`;
graphql`
  fragment nodes_paymentIntent on PaymentIntent @refetchable(queryName: "nodesPaymentIntentQuery") {
    status
    customer { ...nodes_customer }
  }
`;
graphql`
  fragment nodes_refund on Refund @refetchable(queryName: "nodesRefundQuery") {
    status
  }
`;
graphql`
  fragment nodes_refundRequest on RefundRequest @refetchable(queryName: "nodesRefundRequestQuery") {
    state
  }
`;
graphql`
  fragment nodes_dispute on Dispute @refetchable(queryName: "nodesDisputeQuery") {
    status
  }
`;
graphql`
  fragment nodes_setupIntent on SetupIntent @refetchable(queryName: "nodesSetupIntentQuery") {
    status
  }
`;
graphql`
  fragment nodes_booking on Booking @refetchable(queryName: "nodesBookingQuery") {
    reference
    customer { ...nodes_customer }
  }
`;
graphql`
  fragment nodes_lists on Query
  @refetchable(queryName: "nodesListsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    paymentIntents(first: $count, after: $cursor) @connection(key: "nodes_paymentIntents") {
      edges { node { ...nodes_paymentIntent } }
    }
  }
`;
