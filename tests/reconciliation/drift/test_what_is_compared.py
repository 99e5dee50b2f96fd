"""`payments_reconcile --report` compares our objects, and says what it could not compare."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.models import Operation, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from tests.faulty_stripe import BAD_GATEWAY


def test_nothing_differs_after_a_life_of_payments(
    report, service, alice, pay, sandbox, events, deliver, dashboard
):
    paid = pay(alice, save_payment_method=True)
    service.create_refund(paid, amount=10)
    held = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method="manual"
    )["payment_intent"]
    service.confirm_payment_intent(held, payment_method="pm_card_visa")
    service.capture_payment_intent(held, amount=4)
    pay(alice, "30", method="pm_card_createDispute")
    service.create_setup_intent(user=alice)
    declined = service.create_payment_intent(user=alice, amount=5, currency="USD")
    service.confirm_payment_intent(
        declined["payment_intent"], payment_method="pm_card_chargeDeclined"
    )
    pay(alice, "40", method="pm_card_refundFail")
    deliver(*events())
    reconcile()

    code, text = report()

    assert (code, text) == (0, text), text
    assert "objects compared: 1" in text  # about a dozen objects, of every type


def test_other_peoples_objects_are_not_ours(report, dashboard, alice):
    stranger = dashboard.v1.customers.create({"email": "stranger@example.com"})
    dashboard.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "eur",
            "customer": stranger.id,
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "confirm": True,
        }
    )
    code, text = report()
    assert (code, "stranger" in text) == (0, False)
    assert "objects compared: 0" in text


@pytest.mark.parametrize(("days", "code"), [("8", 0), ("10", 1)])
def test_since_says_how_far_back(report, alice, pay, wait, days, code):
    pay(alice)
    StripePaymentIntent.objects.update(amount_received=1)
    wait(9)
    assert report("--since", days)[0] == code


@pytest.mark.parametrize("days", ["0", "-1"])
def test_since_takes_days_above_zero(db, days):
    with pytest.raises(CommandError, match="at least 1 day") as refused:
        call_command("payments_reconcile", "--report", "--since", days)
    assert refused.value.returncode == 2


def test_objects_that_are_not_final_are_compared_whatever_their_age(
    report, unpaid, dashboard, wait
):
    dashboard.v1.payment_intents.cancel(unpaid.stripe_payment_intent_id)
    wait(300)
    code, text = report("--since", "1")
    assert (code, "status: ours requires_payment_method, Stripe's canceled" in text) == (1, True)


def test_objects_in_progress_are_skipped(report, unpaid, dashboard, service, alice):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    other = service.create_payment_intent(user=alice, amount=7, currency="USD")["payment_intent"]
    dashboard.v1.payment_intents.cancel(other.stripe_payment_intent_id)
    Operation.objects.create(
        actor="user:1", key="k", kind="confirm_payment_intent", state="calling",
        payment_intent=unpaid,
    )  # fmt: skip
    StripeWebhookEvent.objects.create(
        event_id="evt_1", type="payment_intent.canceled", state="pending",
        object_id=other.stripe_payment_intent_id, stripe_created=timezone.now(),
    )  # fmt: skip
    code, text = report()
    assert (code, "in progress: 2" in text) == (0, True)


def test_a_row_that_changes_while_stripe_is_asked_is_read_again(report, unpaid, monkeypatch):
    """The list is older than the row by then, which is not a difference."""
    compare = mirror.compare_listed

    def disagree(kind, item, answer):
        return compare(kind, {**item, "description": "as it was before"}, answer)

    monkeypatch.setattr(mirror, "compare_listed", disagree)
    assert report()[0] == 0


def test_a_report_sends_no_signals(report, unpaid, dashboard, monkeypatch, caplog):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    caplog.clear()
    report()
    assert "status_changed" not in caplog.text


def test_one_that_cannot_be_compared_does_not_block_others(
    report, unpaid, service, alice, dashboard, monkeypatch
):
    other = service.create_payment_intent(user=alice, amount=7, currency="USD")["payment_intent"]
    for intent in (unpaid, other):
        dashboard.v1.payment_intents.cancel(intent.stripe_payment_intent_id)
    fetch = mirror.fetch_and_compare

    def fetch_and_compare(kind, stripe_id):
        if stripe_id == unpaid.stripe_payment_intent_id:
            raise ZeroDivisionError
        return fetch(kind, stripe_id)

    monkeypatch.setattr(mirror, "fetch_and_compare", fetch_and_compare)
    code, text = report()
    assert code == 2
    assert f"{unpaid.stripe_payment_intent_id} could not be read: ZeroDivisionError" in text
    assert f"payment_intent {other.stripe_payment_intent_id} differs" in text


def test_while_stripe_is_unreachable_nothing_is_reported_as_right(report, unpaid, link, reads):
    link.always = BAD_GATEWAY
    link.received.clear()
    code, text = report()
    assert (code, "could not be read" in text) == (2, True)
    assert len(reads()) < 15
