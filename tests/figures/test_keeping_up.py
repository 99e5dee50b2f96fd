"""Figures stay right while rows change, processes die, and others count at the same time."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql import figures
from payments_graphql.figures import counting, refreshing, sources
from payments_graphql.models import DailyFigure, FigureCursor, StripePaymentIntent, StripeRefund
from payments_graphql.reconciliation import reconcile

from .conftest import NOON, Shop, count_by_hand, read_stored

STATUSES = ("succeeded", "requires_capture", "requires_payment_method", "canceled", "processing")


def do_something(shop: Shop) -> None:
    chance = shop.random
    shop.moment = timezone.now() - timedelta(hours=chance.randrange(240))
    intents = list(StripePaymentIntent.objects.order_by("?")[:3])
    match chance.randrange(8) if intents else 0:
        case 0 | 1:
            shop.pay(
                chance.choice(STATUSES), chance.randrange(50, 9999), chance.choice(("USD", "EUR")),
                mode=chance.choice((("acct_a", False), ("acct_a", True), ("acct_b", False))),
                declined=chance.choice(("", "expired_card", "stolen_card")),
                fee=chance.choice((None, 30)),
            )  # fmt: skip
        case 2:
            shop.refund(intents[0], chance.choice(("succeeded", "failed", "pending")))
        case 3:
            shop.dispute(intents[0], chance.choice(("won", "lost", "needs_response")))
        case 4:
            for intent in intents:
                status = chance.choice(STATUSES)
                shop.change(intent, status=status, amount_received=chance.randrange(900))
        case 5:
            for refund in StripeRefund.objects.order_by("?")[:2]:
                shop.change(refund, status=chance.choice(("failed", "canceled", "succeeded")))
        case 6:
            shop.decline(intents[0], "do_not_honor", at=shop.moment)
        case _:
            shop.moment = timezone.now()
            shop.receive(chance.randrange(100))


@pytest.mark.parametrize("seed", range(3))
def test_after_each_round_the_figures_equal_a_count_by_hand(
    shop: Shop, clock: Callable[..., None], seed: int
) -> None:
    shop.random.seed(seed)
    for _ in range(8):
        for _ in range(shop.random.randrange(1, 8)):
            do_something(shop)
        clock(minutes=shop.random.choice((0, 1, 7, 600)))
        figures.refresh()
        assert read_stored() == count_by_hand()


def test_a_change_that_is_committed_late_is_found(shop: Shop, clock: Callable[..., None]) -> None:
    """Its `updated_at` is older than what the last round has seen."""
    intent = shop.pay("processing")
    shop.pay()
    clock(minutes=1)
    figures.refresh()
    late = NOON - timedelta(minutes=3)
    StripePaymentIntent.objects.filter(pk=intent.pk).update(
        status="succeeded", amount_received=1000, updated_at=late
    )
    figures.refresh()
    assert read_stored() == count_by_hand()


def test_a_round_reads_only_what_has_changed(
    shop: Shop, clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(30):
        shop.pay(created_at=NOON - timedelta(days=days))
    for _ in range(2):
        figures.refresh()
        clock(minutes=10)
    counted = []
    monkeypatch.setattr(refreshing, "_count_day", lambda source, cursor, day: counted.append(day))
    shop.change(StripePaymentIntent.objects.last(), amount_received=1)
    figures.refresh()
    assert len(counted) <= 2  # its day, and today's webhooks


def test_more_changes_than_a_round_reads_at_once_are_all_counted(
    shop: Shop, clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ROWS", 3)
    figures.refresh()
    for days in range(10):
        shop.pay(created_at=NOON - timedelta(days=days))  # all with the same `updated_at`
    clock(minutes=10)
    for _ in range(2):
        figures.refresh(seconds=0)
    assert read_stored() == count_by_hand()


def test_a_first_count_continues_over_several_rounds(shop: Shop, clock: Any) -> None:
    for days in range(6):
        shop.pay(created_at=NOON - timedelta(days=days))
    figures.refresh(seconds=0)
    progress = figures.get_progress()
    assert progress.counted_from is not None
    assert progress.counted_from > NOON.date() - timedelta(days=3)
    for _ in range(10):
        figures.refresh(seconds=0)
    assert figures.get_progress().counted_from is None
    assert read_stored() == count_by_hand()


class _Killed(BaseException):
    pass


def test_a_process_that_dies_while_counting_loses_nothing(
    shop: Shop, clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(5):
        shop.pay(created_at=NOON - timedelta(days=days))
    figures.refresh()
    clock(minutes=10)
    for intent in StripePaymentIntent.objects.all():
        shop.change(intent, amount_received=77)
    original, calls = DailyFigure.objects.bulk_create, []

    def die(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise _Killed
        return original(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(
            type(DailyFigure.objects), "bulk_create", lambda self, *a, **o: die(*a, **o)
        )
        with pytest.raises(_Killed):
            figures.refresh()
    figures.refresh()
    assert read_stored() != count_by_hand(), "the claim of the dead process still holds"
    clock(minutes=3)
    figures.refresh()
    assert read_stored() == count_by_hand()


def test_a_process_whose_claim_ended_writes_nothing(
    shop: Shop, clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.refresh()
    intent = shop.pay("processing")
    clock(minutes=1)
    count_payments = counting.count_payments
    other_rounds = []

    def count_slowly(day: Any) -> Any:
        counted = list(count_payments(day))
        if not other_rounds:  # another process takes over and counts a newer state
            other_rounds.append(1)
            FigureCursor.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
            shop.change(intent, status="succeeded", amount_received=1000)
            figures.refresh()
        return counted

    payments, *others = sources.SOURCES
    slow = sources.Source(
        payments.name, payments.figures, count_slowly, payments.list_changes, payments.find_first
    )
    monkeypatch.setattr(refreshing, "SOURCES", (slow, *others))
    figures.refresh()
    clock(minutes=1)
    figures.refresh()
    assert read_stored() == count_by_hand()


def test_a_claimed_source_is_skipped(shop: Shop, clock: Callable[..., None]) -> None:
    figures.refresh()
    shop.pay()
    FigureCursor.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert figures.refresh() == 0
    clock(minutes=2)
    assert figures.refresh() > 0
    assert read_stored() == count_by_hand()


def test_rebuilding_repairs_what_was_changed_by_sql(shop: Shop, clock: Callable[..., None]) -> None:
    shop.pay(created_at=NOON - timedelta(days=8))
    figures.refresh()
    clock(hours=1)
    StripePaymentIntent.objects.update(amount_received=4711)  # does not set `updated_at`
    DailyFigure.objects.create(day=NOON.date() - timedelta(days=20), name="paid", currency="USD")
    figures.refresh()
    assert read_stored() != count_by_hand()
    output = StringIO()
    call_command("payments_figures", "--rebuild", stdout=output)
    assert read_stored() == count_by_hand()
    assert "days counted: " in output.getvalue()
    assert "not counted yet" not in output.getvalue()


def test_each_round_of_reconcile_counts(shop: Shop, sandbox: Any) -> None:
    shop.pay(created_at=timezone.now())
    reconcile()
    assert read_stored() == count_by_hand()


def test_a_page_counts_only_if_the_figures_are_older_than_a_minute(
    shop: Shop, clock: Callable[..., None]
) -> None:
    figures.refresh()
    shop.pay()
    clock(seconds=59)
    with CaptureQueriesContext(connection) as statements:
        figures.refresh_if_older(timedelta(minutes=1))
    assert len(statements) == 1
    clock(seconds=2)
    figures.refresh_if_older(timedelta(minutes=1))
    assert read_stored() == count_by_hand()
