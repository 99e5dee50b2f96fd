// Subscriptions as server-sent events, each over a connection of its own:
// https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md
// `kit` is the bundle, from graphiql.js.

export function isSubscription(kit, { operationName }, options) {
  const document = options?.documentAST;
  return document && kit.getOperationAST(document, operationName)?.operation === "subscription";
}

export function subscribe(kit, url, request, headers) {
  // Not tried again: it would try what was refused, too, for a minute, before it says so.
  const results = kit.createClient({ url, headers, retryAttempts: 0 }).iterate(request);
  // A wrapping generator could not be stopped while it waits, so only `next` is replaced.
  const next = results.next.bind(results);
  results.next = async () => {
    try {
      return await next();
    } catch (error) {
      const refusal = await readRefusal(kit, error);
      if (!refusal) throw error;
      return { done: false, value: refusal };
    }
  };
  return results;
}

// The server refuses with a GraphQL error as JSON, which tells more than its status.
async function readRefusal(kit, error) {
  if (!(error instanceof kit.NetworkError) || !error.response) return null;
  try {
    return await error.response.json();
  } catch {
    return null;
  }
}
