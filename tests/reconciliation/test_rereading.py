"""Rows that are not final are read again, less and less often, by one machine at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import get_next_read
from payments_graphql.models import (
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.reconciliation import rereading
from payments_graphql.reconciliation.rereading import LEASE, read_due
from tests.faulty_stripe import BAD_GATEWAY, REFUSED
from tests.threads import run_together

from .conftest import seconds_until

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_new_payment_is_read_after_a_minute(unpaid):
    assert unpaid.next_read_at - unpaid.updated_at == MINUTE


def test_a_final_payment_is_never_read(alice, pay):
    assert pay(alice).next_read_at is None


@pytest.mark.parametrize(
    ("age", "interval"),
    [
        (timedelta(), MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        (3 * HOUR, 3 * HOUR),
        (90 * DAY, 12 * HOUR),
    ],
)
@pytest.mark.parametrize(
    "row",
    [
        StripePaymentIntent(status="processing"),
        StripePaymentIntent(status="unknown"),
        StripeRefund(status="pending"),
        StripeRefund(status="requires_action"),
        StripeDispute(status="needs_response"),
        StripeDispute(status="under_review"),
    ],
    ids=lambda row: f"{type(row).__name__}-{row.status}",
)
def test_the_interval_grows_with_the_time_since_the_last_change(row, age, interval):
    now = timezone.now()
    row.updated_at = now - age
    assert get_next_read(row, now=now) == now + interval


@pytest.mark.parametrize(
    "row",
    [
        StripePaymentIntent(status="canceled"),
        StripeSetupIntent(status="succeeded"),
        StripeRefund(status="failed"),
        StripeRefund(status="canceled"),
        StripeCustomer(),
    ],
    ids=lambda row: f"{type(row).__name__}-{getattr(row, 'status', '')}",
)
def test_what_is_final_is_not_read(row):
    row.updated_at = timezone.now()
    assert get_next_read(row, now=timezone.now()) is None


def test_a_refund_that_succeeded_is_read_seven_times_in_thirty_days():
    begin = now = timezone.now()
    refund = StripeRefund(status="succeeded", updated_at=begin)
    times = []
    while (moment := get_next_read(refund, now=now)) is not None:
        times.append((moment - begin) / DAY)
        now = moment
    assert times == [0.5, 1, 2, 4, 8, 16, 30]


def test_an_unchanged_setup_is_given_up_after_thirty_days():
    now = timezone.now()
    setup = StripeSetupIntent(status="requires_payment_method", updated_at=now - 3 * HOUR)
    assert get_next_read(setup, now=now) == now + 3 * HOUR
    setup.updated_at = now - 29 * DAY
    assert get_next_read(setup, now=now) == now + 12 * HOUR
    setup.updated_at = now - 30 * DAY
    assert get_next_read(setup, now=now) is None


def test_an_authorization_is_read_right_after_it_expires():
    now = timezone.now()
    intent = StripePaymentIntent(
        status="requires_capture", updated_at=now - 7 * DAY, capture_before=now + HOUR
    )
    assert get_next_read(intent, now=now) == now + HOUR + MINUTE
    intent.capture_before = now - HOUR  # Stripe has not reported it yet
    assert get_next_read(intent, now=now) == now + 12 * HOUR


def test_an_unpaid_payment_is_read_when_it_is_to_be_canceled(settings):
    now = timezone.now()
    intent = StripePaymentIntent(status="requires_action", updated_at=now - 20 * HOUR)
    assert get_next_read(intent, now=now) == now + 4 * HOUR
    settings.PAYMENTS_CANCEL_UNPAID_AFTER = None
    assert get_next_read(intent, now=now) == now + 12 * HOUR


def test_a_read_that_changes_nothing_counts_as_no_change(unpaid, let_time_pass):
    let_time_pass(3 * HOUR)
    changed_at = StripePaymentIntent.objects.get().updated_at

    assert read_due().read == 1

    unpaid.refresh_from_db()
    assert unpaid.updated_at == changed_at
    assert 6 * HOUR <= unpaid.next_read_at - changed_at < 7 * HOUR


def test_a_payment_made_without_an_event_is_found(unpaid, dashboard, make_due):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    assert read_due().read == 0  # it is not due yet
    make_due()

    assert read_due().read == 1

    unpaid.refresh_from_db()
    assert (unpaid.status, unpaid.amount_received) == ("succeeded", 1000)
    assert unpaid.next_read_at is None


def test_an_expired_authorization_is_noticed(service, alice, sandbox, let_time_pass):
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method="manual"
    )
    intent = created["payment_intent"]
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    intent.refresh_from_db()
    assert intent.capture_before is not None
    sandbox.advance(7 * 86400 + 30)
    let_time_pass(7 * DAY + 2 * MINUTE)

    read_due()

    intent.refresh_from_db()
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")


def test_a_refund_that_fails_after_it_succeeded_is_found(
    service, alice, pay, sandbox, let_time_pass
):
    intent = pay(alice, method="pm_card_refundFail")
    refund = service.create_refund(intent)["refund"]
    sandbox.advance(60)
    let_time_pass(12 * HOUR + MINUTE)

    read_due()

    refund.refresh_from_db()
    assert refund.status == "failed"
    assert intent.amount_refundable == 9999  # the reservation is released


def test_a_pending_refund_a_setup_and_a_dispute_are_read(
    service, alice, pay, sandbox, dashboard, make_due
):
    paid = pay(alice, method="pm_card_pendingRefund")
    refund = service.create_refund(paid)["refund"]
    setup = service.create_setup_intent(user=alice)["setup_intent"]
    disputed = pay(alice, "20", method="pm_card_createDispute")
    mirror.fetch_and_apply("payment_intent", disputed.stripe_payment_intent_id)
    dispute = StripeDispute.objects.get()
    sandbox.advance(60)
    dashboard.v1.disputes.close(dispute.stripe_dispute_id)
    dashboard.v1.setup_intents.cancel(setup.stripe_setup_intent_id)
    make_due()

    assert read_due().read == 3

    for row, status in ((refund, "succeeded"), (setup, "canceled"), (dispute, "lost")):
        row.refresh_from_db()
        assert row.status == status


def test_a_row_that_cannot_be_read_does_not_block_others(unpaid, service, alice, dashboard, caplog):
    """The first due row does not exist at Stripe."""
    paid = service.create_payment_intent(user=alice, amount=20, currency="USD")["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        paid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    rows = StripePaymentIntent.objects
    rows.filter(pk=paid.pk).update(next_read_at=timezone.now())
    rows.filter(pk=unpaid.pk).update(
        stripe_payment_intent_id="pi_gone", next_read_at=timezone.now() - HOUR
    )

    assert read_due().read == 1

    paid.refresh_from_db()
    assert paid.status == "succeeded"
    assert seconds_until(rows.get(pk=unpaid.pk).next_read_at) > 0  # and not again immediately
    assert "row_not_read" in caplog.text


def test_an_error_of_ours_does_not_block_other_rows(unpaid, service, alice, make_due, monkeypatch):
    service.create_payment_intent(user=alice, amount=20, currency="USD")
    make_due()

    def fetch_and_apply(kind, stripe_id):
        if stripe_id == unpaid.stripe_payment_intent_id:
            raise ZeroDivisionError
        fetch(kind, stripe_id)

    fetch = mirror.fetch_and_apply
    monkeypatch.setattr(mirror, "fetch_and_apply", fetch_and_apply)
    assert read_due().read == 1


def test_while_stripe_does_not_answer_only_a_few_rows_are_read(
    service, alice, make_due, link, reads, unpaid
):
    for _ in range(6):
        service.create_payment_intent(user=alice, amount=20, currency="USD")
    make_due()
    link.always = BAD_GATEWAY
    link.received.clear()

    done = read_due()

    assert (done.read, done.in_vain, len(reads())) == (0, 3, 3)
    link.always = None
    assert read_due().read == 4  # the rows that were tried wait for the end of their lease


def test_a_refusal_counts_as_an_answer(service, alice, make_due, link, reads, unpaid):
    for _ in range(4):
        service.create_payment_intent(user=alice, amount=20, currency="USD")
    make_due()
    link.always = REFUSED
    link.received.clear()

    assert read_due().in_vain == 0
    assert len(reads("/v1/payment_intents/")) == 5


def test_a_round_has_a_limit(service, alice, make_due, unpaid):
    for _ in range(3):
        service.create_payment_intent(user=alice, amount=20, currency="USD")
    make_due()

    assert [read_due(limit=3).read, read_due(limit=3).read] == [3, 1]
    make_due()
    assert read_due(seconds=-1).read == 0


def test_a_row_of_a_machine_that_died_is_read_after_its_lease(unpaid, make_due, monkeypatch):
    make_due()

    def die(kind, stripe_id):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(mirror, "fetch_and_apply", die)
        with pytest.raises(SystemExit):
            read_due()
    unpaid.refresh_from_db()
    assert 0 < seconds_until(unpaid.next_read_at) <= LEASE.total_seconds()
    assert read_due().read == 0
    make_due()
    assert read_due().read == 1


def test_a_row_updated_meanwhile_is_not_read_again(unpaid, make_due, monkeypatch):
    """A webhook updates the row between listing the due rows and its turn."""
    make_due()
    StripePaymentIntent.objects.update(next_read_at=timezone.now() - HOUR)
    (due,) = rereading._list_due(
        "payment_intent", StripePaymentIntent, "stripe_payment_intent_id", 10
    )
    StripePaymentIntent.objects.update(next_read_at=None)

    monkeypatch.setattr(rereading, "_list_due", lambda *arguments: [due])
    assert read_due().read == 0


@pytest.mark.django_db(transaction=True)
def test_two_machines_never_read_the_same_row_in_one_round(service, alice, make_due, link, reads):
    for _ in range(10):
        assert service.create_payment_intent(user=alice, amount=20, currency="USD")["success"]
    make_due()
    link.received.clear()

    done = run_together(4, lambda number: read_due())

    paths = [path.split("?")[0] for path in reads("/v1/payment_intents/")]
    assert sum(one.read for one in done) == len(paths) == len(set(paths)) == 10
