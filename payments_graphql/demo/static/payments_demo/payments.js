// The history of payments: filters, and pages by cursor.

import { alertBox, emptyState, h } from "./dom.js";
import { ask } from "./graphql.js";
import { formatDate, formatMoney } from "./money.js";
import { PAYMENT } from "./payment-fields.js";
import { paymentBadge } from "./status.js";
import { t } from "./strings.js";

const PAYMENTS = `query Payments($filter: PaymentIntentFilter, $after: String) {
  paymentIntents(filter: $filter, first: 10, after: $after) {
    nodes { ${PAYMENT} }
    pageInfo { hasNextPage endCursor }
  }
}`;

const STATUSES = {
  all: null,
  SUCCEEDED: ["SUCCEEDED"],
  REQUIRES_CAPTURE: ["REQUIRES_CAPTURE"],
  OPEN: ["REQUIRES_PAYMENT_METHOD", "REQUIRES_CONFIRMATION", "REQUIRES_ACTION", "PROCESSING"],
  CANCELED: ["CANCELED"],
};
const PERIODS = { anyTime: null, last7: 7, last30: 30 };

// Kept while the page is open, so that the way back from a payment leads to the same list.
const chosen = { status: "all", period: "anyTime" };

export async function showPayments(page) {
  const list = h("ul", { className: "list card" });
  const more = h("div", { className: "row center" });
  page.show(
    h("header", {}, h("h1", {}, t("payments")), h("p", { className: "muted" }, t("paymentsText"))),
    h(
      "div",
      { className: "filters", role: "group" },
      select("status", Object.keys(STATUSES), page),
      select("period", Object.keys(PERIODS), page),
    ),
    list,
    more,
  );
  await load(list, more, null);
}

async function load(list, more, after) {
  const { paymentIntents } = await ask(PAYMENTS, { filter: readFilter(), after });
  const { nodes, pageInfo } = paymentIntents;
  const rows = nodes.map(row);
  list.append(...rows);
  if (after) rows[0]?.querySelector("a").focus(); // the button that had it is gone
  if (!list.children.length) list.replaceWith(emptyState(t("noPayments"), t("noPaymentsText")));
  more.replaceChildren();
  if (!pageInfo.hasNextPage) return;
  const button = h("button", { type: "button" }, t("loadMore"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await load(list, more, pageInfo.endCursor);
    } catch (error) {
      more.replaceChildren(alertBox(error.message), button);
      button.disabled = false;
    }
  });
  more.append(button);
}

function readFilter() {
  const days = PERIODS[chosen.period];
  const since = days && new Date(Date.now() - days * 86_400_000).toISOString();
  return { status: STATUSES[chosen.status], createdAt: since ? { since } : null };
}

function select(name, options, page) {
  const choose = ({ target }) => {
    chosen[name] = target.value;
    page.reload();
  };
  const items = options.map((value) => h("option", { value, selected: value === chosen[name] }, t(value)));
  return h("label", { className: "field" }, t(name), h("select", { name, onchange: choose }, items));
}

function row(payment) {
  const { id, description, createdAt, amount, currency, paymentMethod } = payment;
  const details = [formatDate(createdAt), paymentMethod?.label].filter(Boolean).join(" · ");
  return h(
    "li",
    {},
    h(
      "div",
      { className: "grow" },
      h("a", { className: "strong cover", href: `#/payments/${encodeURIComponent(id)}` }, description ?? t("paymentOf")),
      h("p", { className: "muted" }, details),
    ),
    paymentBadge(payment),
    h("p", { className: "amount" }, formatMoney(amount, currency)),
  );
}
