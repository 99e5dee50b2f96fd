"""The figures equal a count by hand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from payments_graphql import figures
from payments_graphql.models import DailyFigure, StatusChange, StripeWebhookEvent

from .conftest import NOON, Shop, count_by_hand, read_stored

LIVE = ("acct_other", True)


def furnish(shop: Shop) -> None:
    """Two currencies, two modes, four days."""
    for days in range(4):
        shop.moment = NOON - timedelta(days=days)
        paid = shop.pay(amount=1000 + days, fee=30)
        shop.pay(amount=700, currency="JPY")
        shop.pay(amount=500, mode=LIVE, fee=20)
        shop.pay("requires_capture", 900)
        shop.pay("requires_payment_method", 800, declined="insufficient_funds")
        shop.pay("requires_payment_method", 600)  # nobody tried
        shop.pay("canceled", 650, declined="stolen_card")
        recovered = shop.pay(amount=400)
        shop.decline(recovered, "expired_card", at=shop.moment + timedelta(hours=13))
        for status in ("succeeded", "failed", "pending", "requires_action", "canceled"):
            shop.refund(paid, status, 100)
        shop.refund(paid, "pending", 90, is_accepted=False)
        for status in ("won", "lost", "needs_response", "warning_closed"):
            shop.dispute(paid, status)
        for delay in (0, 2, 2.5, 61, 7200):
            shop.receive(delay)
        shop.receive(500, "pull")
        shop.receive(1, account="", livemode=False)


def test_a_mixed_history_is_counted_as_by_hand(shop: Shop, clock: Any) -> None:
    furnish(shop)
    figures.refresh()
    assert len(read_stored()) > 60
    assert read_stored() == count_by_hand()


def test_a_refund_that_fails_later_changes_its_own_day(
    shop: Shop, clock: Callable[..., None]
) -> None:
    refund = shop.refund(shop.pay(created_at=NOON - timedelta(days=40)), created_at=NOON)
    figures.refresh()
    clock(days=20)
    shop.change(refund, status="failed", failure_reason="expired_card")
    figures.refresh()
    of_refunds = DailyFigure.objects.filter(name__startswith="refund")
    (row,) = of_refunds.values_list("day", "name", "count", "amount")
    assert row == (NOON.date(), "refunds_failed", 1, 300)


def test_a_late_and_reopened_dispute_changes_its_own_day(
    shop: Shop, clock: Callable[..., None]
) -> None:
    intent = shop.pay(created_at=NOON - timedelta(days=90))
    figures.refresh()
    opened = NOON - timedelta(days=3)
    dispute = shop.dispute(intent, "lost", created_at=opened)
    for status in ("lost", "under_review", "won"):
        clock(days=10)
        shop.change(dispute, status=status)
        figures.refresh()
        assert read_stored() == count_by_hand()
    assert set(
        DailyFigure.objects.filter(name__startswith="disput").values_list("day", "name")
    ) == {
        (opened.date(), "disputed"),
        (opened.date(), "disputes_won"),
    }


def test_a_decline_counts_on_the_day_of_the_attempt(shop: Shop, clock: Callable[..., None]) -> None:
    intent = shop.pay("requires_payment_method", created_at=NOON - timedelta(days=5))
    figures.refresh()
    clock(days=1)
    shop.decline(intent, "do_not_honor", at=NOON - timedelta(hours=20))
    figures.refresh()
    (row,) = DailyFigure.objects.filter(name="declined").values_list("day", "detail", "count")
    assert row == (date(2026, 11, 19), "do_not_honor", 1)


def test_failures_of_refunds_are_not_declines(shop: Shop, clock: Any) -> None:
    intent = shop.pay()
    StatusChange.objects.create(
        payment_intent=intent, refund=shop.refund(intent), to_status="failed",
        failure_code="lost_or_stolen_card", cause_kind="event", occurred_at=NOON,
    )  # fmt: skip
    figures.refresh()
    assert not DailyFigure.objects.filter(name="declined").exists()


def test_an_event_that_gets_its_account_later_moves_to_it(
    shop: Shop, clock: Callable[..., None], settings: Any
) -> None:
    shop.receive(account="")
    figures.refresh()
    clock(days=3)
    StripeWebhookEvent.objects.update(account=settings.PAYMENTS_ACCOUNT)
    figures.refresh()
    assert read_stored() == count_by_hand()


def test_days_are_those_of_the_sites_time_zone(shop: Shop, clock: Any, settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    shop.pay(created_at=datetime(2026, 11, 18, 11, 30, tzinfo=UTC))
    figures.refresh()
    (row,) = DailyFigure.objects.filter(name="paid")
    assert row.day == date(2026, 11, 19)


def test_another_time_zone_counts_all_days_again(
    shop: Shop, clock: Callable[..., None], settings: Any
) -> None:
    furnish(shop)
    figures.refresh()
    before = read_stored()
    settings.TIME_ZONE = "America/Los_Angeles"
    clock(minutes=2)
    figures.refresh()
    assert read_stored() == count_by_hand() != before


def test_a_day_of_twenty_five_hours_has_all_of_its_payments(
    shop: Shop, clock: Any, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    first = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    for hours in range(-1, 26):
        shop.pay(created_at=first + timedelta(hours=hours))
    figures.refresh()
    (row,) = DailyFigure.objects.filter(name="paid", day=date(2026, 10, 25))
    assert row.count == 25
    assert read_stored() == count_by_hand()
