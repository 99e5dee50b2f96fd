"""After the storm: does every amount here match Stripe's, and was everything done once?"""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import stripe
from django.contrib.auth.models import User
from django.db.models import Sum

from payments_graphql.models import (
    Booking,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.services.reviews import resolve_operation
from payments_graphql.stripe_client import API_VERSION
from tests.bench.report import Report
from tests.faults.equality import find_differences
from tests.faults.passing_time import let_time_pass
from tests.storm.people import Town

_QUIET_WITHIN = 300.0


def wait_until_quiet(report: Report) -> None:
    """Until the running site has settled everything. Time is moved forward for whatever waits, to
    skip leases and pauses."""
    began = time.monotonic()
    resumable = Operation.objects.filter(state__in=OperationState.resumable())
    after_a_500 = resumable.filter(kind=OperationKind.CREATE_REFUND, server_error=True)
    open_events = StripeWebhookEvent.objects.filter(state__in=EventState.open())
    while time.monotonic() - began < _QUIET_WITHIN:
        waiting = resumable.count() - after_a_500.count() + open_events.count()
        if not waiting and time.monotonic() - began > 15:
            break
        let_time_pass()
        time.sleep(5)
    report.tell("until all but refunds after a 500 was settled", time.monotonic() - began, "s")
    report.tell("refunds after a 500, for a person to decide", _resolve(after_a_500))


def _resolve(refunds: Any) -> int:
    """After a day, like staff would."""
    left = list(refunds)
    let_time_pass(timedelta(hours=25))
    staff = User.objects.get(username="sam")
    for operation in left:
        deadline = time.monotonic() + _QUIET_WITHIN
        while operation.state in OperationState.resumable() and time.monotonic() < deadline:
            time.sleep(1)
            operation.refresh_from_db()
        if operation.state == OperationState.NEEDS_REVIEW:
            resolve_operation(operation=operation, user=staff)
    return len(left)


def judge(report: Report, town: Town, sandbox_url: str) -> None:
    dashboard = stripe.StripeClient(
        "sk_test_bench", stripe_version=API_VERSION, base_addresses={"api": sandbox_url}
    )
    _check_settled(report)
    _check_effects(report, town, dashboard)
    _check_totals(report, dashboard)
    differences = find_differences(dashboard)
    report.check("differences between the mirror and Stripe", len(differences), 0)
    for line in differences[:20]:
        print(f"  {line}")
    overpaid = [row for row in Booking.objects.all() if row.amount_overpaid]
    report.check("bookings paid above their price", len(overpaid), _count_reduced(overpaid))


def _check_settled(report: Report) -> None:
    states = Counter(Operation.objects.values_list("state", flat=True))
    report.tell("operations", sum(states.values()))
    unsettled = Operation.objects.filter(state__in=OperationState.unsettled())
    report.check("operations not settled", unsettled.count(), 0)
    for one in unsettled[:20]:
        print(f"  {one.kind} {one.state}: {one.finding or one.error}")
    left = StripeWebhookEvent.objects.exclude(state__in=("processed", "ignored"))
    report.tell("events", StripeWebhookEvent.objects.count())
    report.check("events not processed", left.count(), 0)
    for event in left[:20]:
        print(f"  {event.type} {event.state}: {event.error[:200]}")


def _check_effects(report: Report, town: Town, dashboard: stripe.StripeClient) -> None:
    charges = _list(dashboard.v1.charges)
    charged = Counter(one["payment_intent"] for one in charges if one["status"] == "succeeded")
    report.tell("payments charged", len(charged))
    report.check("payments charged twice", sum(count > 1 for count in charged.values()), 0)
    made = _list(dashboard.v1.refunds)
    by_operation = Counter(one["metadata"].get("payments_operation") for one in made)
    report.tell("refunds at Stripe", len(made))
    report.check("refunds made twice", sum(count > 1 for count in by_operation.values()), 0)
    succeeded = Operation.objects.filter(kind="create_refund", state="succeeded")
    report.check("refunds that no operation knows", len(made) - succeeded.count(), 0)
    confirmed = set(town.refunds.values())
    report.check("refunds confirmed to two callers", len(town.refunds) - len(confirmed), 0)
    report.check(
        "refunds confirmed, and not at Stripe", len(confirmed - {one["id"] for one in made}), 0
    )
    gave_up = sum(count for name, count in town.outcomes.items() if "GAVE UP" in name)
    report.check("callers who were never answered", gave_up, 0)


def _check_totals(report: Report, dashboard: stripe.StripeClient) -> None:
    received: Counter[str] = Counter()
    for intent in _list(dashboard.v1.payment_intents):
        received[intent["currency"].upper()] += intent["amount_received"]
    refunded: Counter[str] = Counter()
    for refund in _list(dashboard.v1.refunds):
        if refund["status"] not in ("failed", "canceled"):
            refunded[refund["currency"].upper()] += refund["amount"]
    ours = StripePaymentIntent.objects.order_by().values_list("currency")
    back = StripeRefund.objects.exclude(status__in=("failed", "canceled")).order_by()
    sums = dict(ours.annotate(Sum("amount_received")))
    refunds = dict(back.values_list("currency").annotate(Sum("amount")))
    for currency in sorted(received):
        report.check(f"received, {currency}", sums.get(currency, 0), received[currency])
        report.check(f"refunded, {currency}", refunds.get(currency, 0), refunded[currency])


def _count_reduced(bookings: list[Any]) -> int:
    """Bookings whose price was lowered after payment, which is not our error."""
    return sum(
        max(one.amount_received for one in booking.payment_intents.all()) - booking.amount == 1000
        for booking in bookings
    )


def _list(resource: Any) -> list[dict[str, Any]]:
    page = resource.list({"limit": 100})
    return [one.to_dict() for one in page.auto_paging_iter()]
