// Pays, refunds, and changes saved cards through the normalized caches of Apollo and of urql. What a
// mutation has changed must then be in the cache, and no cache may warn of anything.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { loadDevMessages, loadErrorMessages } from "@apollo/client/dev";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { buildSchema, isInterfaceType, isObjectType } from "graphql";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import * as documents from "./documents.js";

const [kind, uri, token, bookingId] = process.argv.slice(2);
const headers = { Authorization: `Token ${token}` };
const warnings = [];
for (const name of ["warn", "error"]) console[name] = (...words) => warnings.push(words);

const schema = buildSchema(readFileSync("../../../schema/schema.graphql", "utf8"));
const types = Object.values(schema.getTypeMap());
const connect = { apollo: connectApollo, urql: connectUrql }[kind];
const { ask, read } = connect();

function connectApollo() {
  loadDevMessages();
  loadErrorMessages();
  const possibleTypes = Object.fromEntries(
    types
      .filter(isInterfaceType)
      .map((one) => [one.name, schema.getPossibleTypes(one).map(({ name }) => name)]),
  );
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.from([new HttpLink({ uri, headers })]),
  });
  const isMutation = (document) => document.definitions[0].operation === "mutation";
  return {
    ask: async (document, variables) =>
      (await (isMutation(document)
        ? client.mutate({ mutation: document, variables })
        : client.query({ query: document, variables, fetchPolicy: "network-only" }))).data,
    read: async (query, variables) =>
      (await client.query({ query, variables, fetchPolicy: "cache-only" })).data,
  };
}

function connectUrql() {
  // These are parts of the objects that they are in.
  const withoutId = types.filter((one) => isObjectType(one) && !one.getFields().id);
  const keys = Object.fromEntries(withoutId.map(({ name }) => [name, () => null]));
  const client = new Client({
    url: uri,
    fetchOptions: { headers },
    preferGetMethod: false,
    exchanges: [cacheExchange({ keys }), fetchExchange],
  });
  const take = ({ data, error }) => {
    if (error) throw error;
    return data;
  };
  const isMutation = (document) => document.definitions[0].operation === "mutation";
  return {
    ask: async (document, variables) =>
      take(
        await (isMutation(document)
          ? client.mutation(document, variables)
          : client.query(document, variables ?? {}, { requestPolicy: "network-only" })),
      ),
    read: async (query, variables) =>
      take(await client.query(query, variables ?? {}, { requestPolicy: "cache-only" })),
  };
}

async function change(document, input) {
  const [payload] = Object.values(await ask(document, { input })).filter((one) => one?.errors);
  assert.deepEqual(payload.errors, []);
  return payload;
}

const { me } = await ask(documents.Me);
const created = await change(documents.Create, {
  idempotencyKey: randomUUID(),
  bookingId,
  savePaymentMethod: true,
  partial: null,
});
const { id, customer } = created.paymentIntent;
assert.equal(customer.id, me.id, "the same before the first payment and after it");

await ask(documents.Payment, { id });
const confirmed = await change(documents.Confirm, {
  paymentIntentId: id,
  stripePaymentMethodId: "pm_card_visa",
});
const paymentMethodId = confirmed.paymentIntent.paymentMethod.id;
assert.equal((await read(documents.Payment, { id })).node.status, "SUCCEEDED");

await change(documents.SetDefault, { paymentMethodId });
const withDefault = (await read(documents.Me)).me;
assert.equal(withDefault.defaultPaymentMethod.id, paymentMethodId);
assert.equal(withDefault.defaultPaymentMethod.isDefault, true);

await ask(documents.Payments);
await change(documents.Refund, { idempotencyKey: randomUUID(), paymentIntentId: id, amount: "10" });
const [payment] = (await read(documents.Payments)).paymentIntents.nodes;
assert.equal(payment.refunds[0].amount, "10.00");
await ask(documents.Payments);

await change(documents.Detach, { paymentMethodId });
assert.equal((await read(documents.Me)).me.defaultPaymentMethod, null);

assert.deepEqual(warnings, []);
console.log("no warnings");
process.exit(0);
