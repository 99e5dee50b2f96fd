// GraphiQL for this server: signed in by the session, with an example of everything in tabs.
import { GraphiQL, createElement, createGraphiQLFetcher, createRoot } from "./graphiql/bundle.js";
import { examples } from "./graphiql-examples.js";

const container = document.getElementById("graphiql");
const { url, csrfToken, workers } = container.dataset;

globalThis.MonacoEnvironment = {
  getWorker(id, label) {
    const name = label === "json" || label === "graphql" ? label : "editor";
    return new Worker(`${workers}${name}.worker.js`);
  },
};

createRoot(container).render(
  createElement(GraphiQL, {
    fetcher: createGraphiQLFetcher({ url, headers: { "X-CSRFToken": csrfToken } }),
    defaultTabs: examples,
    defaultEditorToolsVisibility: "variables",
    // A token typed into Headers must not stay in the browser.
    shouldPersistHeaders: false,
  }),
);
