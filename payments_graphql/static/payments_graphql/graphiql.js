// GraphiQL for this server: signed in by the session or by a token, with an example of everything
// in tabs.
import { GraphiQL, createElement, createGraphiQLFetcher, createRoot } from "./graphiql/bundle.js";
import { examples } from "./graphiql-examples.js";
import { isSubscription, subscribe } from "./graphiql-subscriptions.js";
import { storageWithoutHeaders } from "./graphiql-storage.js";

const container = document.getElementById("graphiql");
const { url, csrfToken, workers } = container.dataset;

globalThis.MonacoEnvironment = {
  getWorker(id, label) {
    const name = label === "json" || label === "graphql" ? label : "editor";
    return new Worker(`${workers}${name}.worker.js`);
  },
};

const ownHeaders = { "X-CSRFToken": csrfToken };
const ask = createGraphiQLFetcher({ url, headers: ownHeaders });

function fetcher(request, options) {
  return isSubscription(request, options)
    ? subscribe(url, request, { ...ownHeaders, ...options?.headers })
    : ask(request, options);
}

createRoot(container).render(
  createElement(GraphiQL, {
    fetcher,
    defaultTabs: examples,
    defaultEditorToolsVisibility: "variables",
    shouldPersistHeaders: false,
    storage: storageWithoutHeaders,
  }),
);
