// Pays for a booking as a single-page app does: creates, watches the status live, confirms, gives
// some of it back. What it saw is printed as JSON.
import {
  Client,
  fetchExchange,
  subscriptionExchange,
  type AnyVariables,
  type OperationResult,
} from "@urql/core";
import { createClient as createStreams } from "graphql-sse";
import { randomUUID } from "node:crypto";

import { Confirm, Create, Payments, Refund, Updates } from "./documents.js";
import type { PaymentIntentStatus } from "./gql/graphql.js";

const [url, token, bookingId] = process.argv.slice(2);
if (!url || !token || !bookingId) {
  throw new Error("usage: node dist/pay.js URL TOKEN BOOKING");
}
const headers = { Authorization: `Token ${token}` };
const streams = createStreams({ url, headers, retryAttempts: 3 });
const client = new Client({
  url,
  fetchOptions: { headers },
  preferGetMethod: false,
  exchanges: [
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: streams.subscribe({ query: query ?? "", variables: variables ?? {} }, sink),
        }),
      }),
    }),
    fetchExchange,
  ],
});

function take<Data, Variables extends AnyVariables>(result: OperationResult<Data, Variables>): Data {
  if (result.error) throw result.error;
  if (result.data === undefined) throw new Error("no data");
  return result.data;
}

function refuse(errors: readonly { code: string; message: string }[]): void {
  const [first] = errors;
  if (first) throw new Error(`${first.code}: ${first.message}`);
}

function watch(id: string): { seen: PaymentIntentStatus[]; ended: Promise<void> } {
  const seen: PaymentIntentStatus[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    client.subscription(Updates, { id }).subscribe((result) => {
      if (result.error) reject(result.error);
      const update = result.data?.paymentIntentUpdated;
      if (update) seen.push(update.status);
      if (update?.status === "SUCCEEDED" || update?.status === "CANCELED") resolve();
    });
  });
  return { seen, ended };
}

const idempotencyKey = randomUUID();
const input = { idempotencyKey, bookingId };
const created = take(await client.mutation(Create, { input })).createPaymentIntent;
refuse(created.errors);
const intent = created.paymentIntent;
if (!intent) throw new Error("no payment");
const again = take(await client.mutation(Create, { input })).createPaymentIntent;

const { seen, ended } = watch(intent.id);
while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));

const confirm = (stripePaymentMethodId: string) =>
  client.mutation(Confirm, { input: { paymentIntentId: intent.id, stripePaymentMethodId } });
const declined = take(await confirm("pm_card_visa_chargeDeclinedInsufficientFunds"));
const confirmed = take(await confirm("pm_card_visa")).confirmPaymentIntent;
refuse(confirmed.errors);
await ended;

const refunded = take(
  await client.mutation(Refund, {
    input: { idempotencyKey: randomUUID(), paymentIntentId: intent.id, amount: "10.00" },
  }),
).createRefund;
refuse(refunded.errors);
const payments = take(await client.query(Payments, { first: 5 })).paymentIntents;

console.log(
  JSON.stringify({
    replayed: again.replayed && again.paymentIntent?.id === intent.id,
    hasClientSecret: Boolean(intent.clientSecret),
    declined: declined.confirmPaymentIntent.errors,
    status: confirmed.paymentIntent?.status,
    seen,
    refund: refunded.refund?.amount,
    left: refunded.paymentIntent?.amountRefundable,
    payments: payments.edges.map(({ node }) => node),
  }),
);
process.exit(0);
