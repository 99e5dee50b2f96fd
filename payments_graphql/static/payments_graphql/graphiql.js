// GraphiQL for this server: signed in by the session or by a header, with examples in its tabs.
import { examples } from "./graphiql-examples.js";
import { fillIn, forget, remember } from "./graphiql-ids.js";
import { isSubscription, subscribe } from "./graphiql-subscriptions.js";

const container = document.getElementById("graphiql");
const { url, csrfToken, bundle } = container.dataset;
// The page has the addresses: in production they contain a hash, so browsers cache them for good.
const kit = await import(bundle);
const workers = JSON.parse(container.dataset.workers);
const { createElement, useEffect } = kit;

globalThis.MonacoEnvironment = {
  getWorker: (id, label) => new Worker(workers[label] ?? workers.editor),
};

// One box for all tabs. GraphiQL's own is per tab, and its history would store a token.
function readHeaders() {
  const text = document.getElementById("headers").value.trim();
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    throw new Error('Headers must be JSON, such as {"Authorization": "Token ..."}.');
  }
}

// It returns the answer itself, which `remember` reads, instead of an iterator.
const ask = kit.createGraphiQLFetcher({ url, enableIncrementalDelivery: false });

async function fetcher(request, options) {
  const headers = { "X-CSRFToken": csrfToken, ...readHeaders() };
  if (isSubscription(kit, request, options)) return subscribe(kit, url, request, headers);
  const answer = await ask(request, { ...options, headers });
  remember(request.operationName, answer);
  return answer;
}

// Runs when a tab is opened.
function FillIn() {
  const { variableEditor, activeTabIndex } = kit.useGraphiQL((state) => ({
    variableEditor: state.variableEditor,
    activeTabIndex: state.activeTabIndex,
  }));
  useEffect(() => {
    const text = variableEditor?.getValue() ?? "";
    const filledIn = fillIn(text);
    if (filledIn !== text) variableEditor.setValue(filledIn);
  }, [variableEditor, activeTabIndex]);
  return null;
}

function clearTabs() {
  for (const name of ["tabState", "query", "variables"]) {
    localStorage.removeItem(`graphiql:${name}`);
  }
}

document.getElementById("reset").addEventListener("click", () => {
  forget();
  // At the very end, as GraphiQL stores what was typed half a second later.
  addEventListener("pagehide", clearTabs);
  location.reload();
});

kit.createRoot(container).render(
  createElement(
    kit.GraphiQL,
    {
      fetcher,
      defaultTabs: examples,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
    },
    createElement(FillIn),
  ),
);
