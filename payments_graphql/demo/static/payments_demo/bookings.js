// The bookings and what is due for each.

import { emptyState, h } from "./dom.js";
import { ask } from "./graphql.js";
import { follow } from "./live.js";
import { formatMoney, isZero } from "./money.js";
import { FINAL, PAYABLE } from "./payment-fields.js";
import { badge } from "./status.js";
import { t } from "./strings.js";

const BOOKINGS = `query Bookings {
  bookings(first: 50) {
    nodes {
      id reference description currency amount amountPaid amountDue canceledAt
      paymentIntents { id status }
    }
  }
}`;
const MOST_STREAMS = 2;

export async function showBookings(page) {
  const { bookings } = await ask(BOOKINGS);
  const rows = bookings.nodes.map(row);
  page.show(
    h("header", {}, h("h1", {}, t("bookings")), h("p", { className: "muted" }, t("bookingsText"))),
    rows.length
      ? h("ul", { className: "list card" }, rows)
      : emptyState(t("noBookings"), t("noBookingsText")),
  );
  // Payments in progress update this list by themselves.
  const inProgress = bookings.nodes.map(findOpen).filter((payment) => payment && !PAYABLE.includes(payment.status));
  for (const payment of inProgress.slice(0, MOST_STREAMS)) {
    const stop = follow(payment.id, ({ status }) => status !== payment.status && page.reload());
    page.leaving.addEventListener("abort", stop);
  }
}

function findOpen({ paymentIntents }) {
  return paymentIntents.find(({ status }) => !FINAL.includes(status));
}

function row(booking) {
  const { id, reference, description, currency, amount, amountPaid, amountDue, canceledAt } = booking;
  const isDone = canceledAt || isZero(amountDue);
  const isPart = !isZero(amountPaid) && !isDone;
  const progress = t("paidOf", { paid: formatMoney(amountPaid, currency), amount: formatMoney(amount, currency) });
  const address = `#/bookings/${encodeURIComponent(id)}`;
  const label = t(isDone ? "view" : "pay");
  const name = description ?? reference;
  return h(
    "li",
    {},
    h(
      "div",
      { className: "grow" },
      h("p", { className: "strong" }, name),
      h("p", { className: "muted" }, reference, isPart ? ` · ${progress}` : ""),
      isPart ? h("progress", { max: Number(amount), value: Number(amountPaid), "aria-label": progress }) : null,
    ),
    statusOf(booking),
    h("p", { className: "amount" }, formatMoney(isDone ? amount : amountDue, currency)),
    h("a", { className: isDone ? "button" : "button primary", href: address, "aria-label": `${label}: ${name}` }, label),
  );
}

function statusOf(booking) {
  const open = findOpen(booking);
  if (booking.canceledAt) return badge("CANCELED", t("canceled"));
  if (isZero(booking.amountDue)) return badge("SUCCEEDED", t("paid"));
  if (open && !PAYABLE.includes(open.status)) return badge(open.status);
  return badge("OPEN", t("due"));
}
