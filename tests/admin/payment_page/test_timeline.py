"""The timeline of a payment: what it says, and what it costs."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    CauseKind,
    EventState,
    Operation,
    OperationState,
    PaymentNote,
    RefundRequest,
    StatusChange,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.services import StripeService
from tests.admin.conftest import page_url
from tests.admin.rows import make_payment

from .conftest import list_titles, read

pytestmark = pytest.mark.any_database


def test_one_happening_is_one_entry(
    staff_client: Client,
    paid: StripePaymentIntent,
    service: StripeService,
    sam: User,
    events: Any,
    deliver: Any,
) -> None:
    service.create_refund(
        paid, amount="12.00", reason="requested_by_customer", description="Rain", user=sam
    )
    deliver(*events())
    page = read(staff_client, paid)
    assert list_titles(page) == [
        "Refunded 12.00 USD",
        "Confirmed the payment",
        "Started the payment of 99.99 USD",
    ]
    refund, confirmed, started = page.context["timeline"].entries
    assert (refund.who, started.who) == ("sam", "The customer")
    assert refund.details == [
        "Reason: requested by customer.",
        "Rain",
        "The refund of 12.00 USD succeeded.",
    ]
    assert confirmed.details == ["The payment succeeded."]
    reported = [event for entry in (refund, confirmed, started) for event in entry.confirmed_by]
    assert len(reported) == StripeWebhookEvent.objects.filter(state=EventState.PROCESSED).count()
    assert "12.00 USD refunded. 87.99 USD kept." in page.text


def test_what_the_customer_does_in_the_browser_is_told_by_the_events(
    staff_client: Client,
    service: StripeService,
    alice: User,
    dashboard: Any,
    events: Any,
    deliver: Any,
) -> None:
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    assert created["success"]
    intent = created["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        str(intent.stripe_payment_intent_id),
        {"payment_method": "pm_card_visa", "return_url": "https://example.com/"},
    )
    deliver(*events())
    page = read(staff_client, intent)
    assert list_titles(page) == ["The payment succeeded", "Started the payment of 20.00 USD"]
    entry = page.context["timeline"].entries[0]
    assert len(entry.confirmed_by) == 2  # charge.succeeded joins it


def test_a_customer_who_returns_to_the_page_of_a_booking_starts_no_second_payment(
    staff_client: Client, service: StripeService, alice: User, booking: Booking
) -> None:
    for key in ("first visit", "second visit"):
        created = service.create_payment_intent(user=alice, booking=booking, idempotency_key=key)
        assert created["success"]
    page = read(staff_client, created["payment_intent"])
    assert list_titles(page) == ["Returned to the payment", "Started the payment of 99.99 USD"]


@pytest.mark.parametrize("state", [EventState.FAILED, EventState.DEAD, EventState.PENDING])
def test_an_event_that_was_not_processed_is_an_entry_of_its_own(
    staff_client: Client, paid: StripePaymentIntent, events: Any, deliver: Any, state: str
) -> None:
    deliver(*events())
    StripeWebhookEvent.objects.filter(type="charge.succeeded").update(
        state=state, error="disk full"
    )
    page = read(staff_client, paid)
    (entry,) = [one for one in page.context["timeline"].entries if "charge.succeeded" in one.title]
    assert (entry.details == ["disk full"]) == (state != EventState.PENDING)


def test_a_late_event_says_when_it_happened(
    staff_client: Client, paid: StripePaymentIntent
) -> None:
    StripeWebhookEvent.objects.create(
        event_id="evt_late", type="charge.updated", state=EventState.IGNORED,
        object_id=paid.stripe_payment_intent_id or "",
        stripe_created=timezone.now() - timedelta(days=3),
    )  # fmt: skip
    page = read(staff_client, paid)
    assert page.context["timeline"].entries[0].occurred_at is not None
    assert "It happened at Stripe earlier" in page.text


def _add_rows(intent: StripePaymentIntent, number: int) -> None:
    """Each event with its change."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    StripeWebhookEvent.objects.bulk_create(
        StripeWebhookEvent(
            event_id=f"evt_many{index}", type="payment_intent.payment_failed", livemode=False,
            object_id=intent.stripe_payment_intent_id or "", state=EventState.PROCESSED,
            stripe_created=start + timedelta(seconds=10 * index), payload={"x": "y" * 2000},
        )
        for index in range(number)
    )  # fmt: skip
    StatusChange.objects.bulk_create(
        StatusChange(
            payment_intent=intent, to_status="requires_payment_method",
            failure_code="generic_decline", cause_kind=CauseKind.EVENT, cause_id=f"evt_many{index}",
            occurred_at=start + timedelta(seconds=10 * index),
        )
        for index in range(number)
    )  # fmt: skip
    StripeWebhookEvent.objects.update(received_at=F("stripe_created"))
    StatusChange.objects.update(created_at=F("occurred_at"))


def test_older_entries_are_on_further_pages_and_nothing_is_left_out(
    staff_client: Client, sam: User
) -> None:
    intent = make_payment(1)
    StripeWebhookEvent.objects.all().delete()
    StatusChange.objects.all().delete()
    Operation.objects.all().delete()
    RefundRequest.objects.all().delete()
    _add_rows(intent, 120)
    for index in range(5):
        PaymentNote.objects.create(payment_intent=intent, author=sam, text=f"Note {index}.")
    query, seen, sizes = "", [], []
    while True:
        timeline = read(staff_client, intent, query).context["timeline"]
        sizes.append(len(timeline.entries))
        for entry in timeline.entries:
            seen += [*entry.confirmed_by, entry.text]
        if not timeline.older:
            break
        query = f"?{timeline.older}"
    assert sizes == [50, 50, 25]
    found = [text for text in seen if text]
    assert len(found) == len(set(found)) == 125


def test_an_event_keeps_its_change_if_the_change_is_newer_than_its_page(
    staff_client: Client,
) -> None:
    intent = make_payment(1)
    for model in (StripeWebhookEvent, StatusChange, Operation, RefundRequest):
        model.objects.all().delete()
    _add_rows(intent, 60)
    # The events at the end of the first page and at the start of the second are processed in the
    # other order.
    ninth, tenth = (StatusChange.objects.get(cause_id=f"evt_many{index}") for index in (9, 10))
    StatusChange.objects.filter(pk=ninth.pk).update(cause_id="evt_many10")
    StatusChange.objects.filter(pk=tenth.pk).update(cause_id="evt_many9")
    newest = read(staff_client, intent)
    older = read(staff_client, intent, f"?{newest.context['timeline'].older}")
    titles = [*list_titles(newest), *list_titles(older)]
    assert titles == ["An attempt to pay failed: the bank gives no reason"] * 60


def test_a_changed_address_shows_the_newest_entries(
    staff_client: Client, paid: StripePaymentIntent
) -> None:
    for query in (
        "?before=x&change=1",
        "?before=1",
        f"?before={'9' * 40}&change=1",
        "?before=&x",
        "?before=-9&change=1",
    ):
        assert read(staff_client, paid, query).context["timeline"].is_newest


def _list_scanned(queries: Iterable[dict[str, str]]) -> list[str]:
    """Statements for which SQLite reads a table from end to end or sorts what it has read."""
    found = []
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = json.dumps(cursor.fetchall())
        tables = ("payments_graphql_stripewebhookevent", "payments_graphql_statuschange")
        is_sorted = "TEMP B-TREE" in plan and " IN (" not in query["sql"]
        for table in tables:
            sorts = is_sorted and f'FROM "{table}"' in query["sql"]
            if f"SCAN {table}" in plan or sorts:
                found.append(plan)
    return found


def test_thousands_of_events_cost_the_same_as_one(
    staff_client: Client,
) -> None:
    intent = make_payment(1)
    read(staff_client, intent)  # content types are read once
    with CaptureQueriesContext(connection) as few:
        read(staff_client, intent)
    _add_rows(intent, 3_000)
    with CaptureQueriesContext(connection) as many:
        page = read(staff_client, intent)
    assert len(many) == len(few)
    assert len(many) < 20
    assert len(page.context["timeline"].entries) == 50
    with CaptureQueriesContext(connection) as older:
        read(staff_client, intent, f"?{page.context['timeline'].older}")
    assert len(older) < 20
    if connection.vendor == "sqlite":
        assert _list_scanned(many.captured_queries) == []
        assert _list_scanned(older.captured_queries) == []


def test_a_refund_and_a_setup_intent_tell_what_they_are_about(
    staff_client: Client, paid: StripePaymentIntent, service: StripeService, alice: User, sam: User
) -> None:
    made = service.create_refund(paid, amount="12.00", user=sam)
    assert made["success"]
    refund = made["refund"]
    page = staff_client.get(page_url(refund)).text
    assert "Refund of 12.00 USD" in page
    assert "Requested by sam (" in page
    assert "The customer gets the money within some days." in page
    StripeRefund.objects.update(status="failed", failure_reason="lost_or_stolen_card")
    page = staff_client.get(page_url(refund)).text
    assert "It failed: the card is reported as lost or stolen." in page
    StripeRefund.objects.update(status="pending", stripe_refund_id=None)
    Operation.objects.filter(refund=refund).update(state=OperationState.NEEDS_REVIEW)
    page = staff_client.get(page_url(refund)).text
    assert "12.00 USD stay reserved until it is resolved." in page

    setup = service.create_setup_intent(user=alice)
    assert setup["success"]
    page = staff_client.get(page_url(setup["setup_intent"])).text
    assert "Saving a card without a payment" in page
    assert "Wait for the customer to enter a card." in page
