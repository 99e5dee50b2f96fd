"""`payments_reconcile --report` finds what differs from Stripe and writes nothing; `--repair`
applies it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.models import (
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from tests.faulty_stripe import BAD_GATEWAY

MIRRORED = (
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)


def _snapshot() -> dict[str, list[dict]]:
    models = (*MIRRORED, StatusChange, Operation, StripeWebhookEvent)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.fixture
def run(db):
    """The exit code and what was printed."""

    def run(*arguments: str) -> tuple[int, str]:
        output = StringIO()
        try:
            call_command("payments_reconcile", *arguments, stdout=output)
        except SystemExit as ended:
            return int(ended.code), output.getvalue()
        return 0, output.getvalue()

    return run


@pytest.fixture
def report(run):
    """`--report`, which must write nothing."""

    def report(*arguments: str) -> tuple[int, str]:
        before = _snapshot()
        code, text = run("--report", *arguments)
        assert _snapshot() == before
        return code, text

    return report


@pytest.fixture
def wait(sandbox, monkeypatch):
    """Days go by at Stripe and here."""

    def wait(days: int) -> None:
        later = timezone.now() + timedelta(days=days)
        sandbox.advance(days * 86400)
        monkeypatch.setattr(timezone, "now", lambda: later)

    return wait


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
    assert "objects compared: 1" in text  # of every kind, about a dozen


def test_a_payment_that_was_made_without_any_news(report, unpaid, dashboard):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    code, text = report()

    assert code == 1
    assert f"payment_intent {unpaid.stripe_payment_intent_id} differs" in text
    assert "status: ours requires_payment_method, Stripe's succeeded" in text
    assert "amount_received: ours 0, Stripe's 1000" in text
    assert "money at risk, received: 10.00 USD" in text


def test_repairing_brings_it_and_says_so(run, report, unpaid, dashboard):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    code, text = run("--repair")
    assert (code, "is repaired" in text) == (1, True)
    unpaid.refresh_from_db()
    assert unpaid.status == "succeeded"
    assert StatusChange.objects.filter(to_status="succeeded").count() == 1
    assert run("--repair")[0] == 0
    assert report()[0] == 0


def test_objects_that_we_miss_altogether_are_seen(
    report, run, service, alice, pay, dashboard, make_due
):
    """A payment, its refund, a dispute and a refund of a known payment."""
    known = pay(alice, "50")
    customer = service.get_or_create_customer(alice)["customer"].stripe_customer_id
    made = dashboard.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "eur",
            "customer": customer,
            "payment_method": "pm_card_createDispute",
            "payment_method_types": ["card"],
            "confirm": True,
        }
    )
    refund = dashboard.v1.refunds.create(
        {"payment_intent": known.stripe_payment_intent_id, "amount": 700}
    )

    code, text = report()

    assert code == 1
    assert f"payment_intent {made.id} differs (it was missing here)" in text
    assert f"refund {refund.id} differs (it was missing here)" in text
    assert "money at risk, received: 20.00 EUR" in text
    assert "money at risk, refunded: 7.00 USD" in text
    assert "money at risk, disputed: 20.00 EUR" in text
    assert run("--repair")[0] == 1
    assert report()[0] == 0


def test_a_missing_pending_refund_is_seen_although_it_differs_in_no_field(
    report, alice, pay, dashboard
):
    paid = pay(alice, method="pm_card_pendingRefund")
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id})
    code, text = report()
    assert (code, "(it was missing here)" in text) == (1, True)


def test_a_missing_payment_older_than_the_time_in_question_is_found_by_its_refund(
    report, alice, pay, dashboard, wait
):
    paid = pay(alice, "50")
    stripe_id = paid.stripe_payment_intent_id
    StatusChange.objects.all().delete()
    Operation.objects.update(payment_intent=None)
    paid.delete()
    wait(10)
    for _ in range(2):
        dashboard.v1.refunds.create({"payment_intent": stripe_id, "amount": 100})

    code, text = report("--since", "1")

    assert code == 1
    assert text.count(f"payment_intent {stripe_id} differs (it was missing here)") == 1
    assert "money at risk, received: 50.00 USD" in text
    assert "money at risk, refunded: 2.00 USD" in text


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


def test_every_field_of_a_row_is_compared_and_no_address_is_shown(report, alice, pay):
    paid = pay(alice)
    StripePaymentIntent.objects.update(
        receipt_email="mallory@example.com",
        receipt_url="https://pay.stripe.com/receipts/other",
        description="for\nmallory@example.com",
        amount_received=9,
    )
    StripePaymentMethod.objects.update(last4="0000")

    code, text = report()

    assert code == 1
    assert "mallory@" not in text
    assert "alice@" not in text
    assert "receipts/" not in text
    assert "receipt_email: ours m" in text
    assert "receipt_url: ours another address" in text
    assert "last4: ours 0000, Stripe's 4242" in text
    assert "amount_received: ours 9, Stripe's 9999" in text
    assert "money at risk, received: 99.90 USD" in text
    assert paid.stripe_payment_intent_id in text


def test_what_is_at_risk_is_added_up_object_by_object(report, alice, pay):
    """Too much here does not make up for too little there."""
    one, other = pay(alice, "10"), pay(alice, "10")
    rows = StripePaymentIntent.objects
    rows.filter(pk=one.pk).update(amount_received=F("amount_received") + 300)
    rows.filter(pk=other.pk).update(amount_received=F("amount_received") - 300)
    assert "money at risk, received: 6.00 USD" in report()[1]


def test_a_payment_that_stripe_does_not_have_needs_a_person(report, alice, pay):
    paid = pay(alice, "10")
    StripePaymentIntent.objects.filter(pk=paid.pk).update(stripe_payment_intent_id="pi_gone")
    code, text = report()
    assert code == 2
    assert "payment_intent pi_gone is not at Stripe" in text
    assert "money at risk, received: 20.00 USD" in text  # ours, and Stripe's that we do not have


def test_what_contradicts_a_final_state_needs_a_person(run, report, unpaid):
    """Stripe never takes back that a payment succeeded, so that no news may undo it here."""
    StripePaymentIntent.objects.update(status="succeeded", amount_received=1000)

    assert report()[0] == 1
    code, text = run("--repair")

    assert (code, "cannot be repaired" in text) == (2, True)
    unpaid.refresh_from_db()
    assert unpaid.status == "succeeded"


def test_a_customer_deleted_at_stripe_is_seen(report, run, service, alice, dashboard):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.customers.delete(customer.stripe_customer_id)
    code, text = report()
    assert (code, "deleted_at: ours nothing" in text) == (1, True)
    assert run("--repair")[0] == 1
    assert StripeCustomer.objects.get().deleted_at is not None


def test_a_saved_card_that_was_detached_is_seen(report, service, alice, dashboard):
    """Stripe lists the cards of one customer only: this one is read by itself."""
    customer = service.get_or_create_customer(alice)["customer"]
    card = dashboard.v1.payment_methods.attach(
        "pm_card_visa", {"customer": customer.stripe_customer_id}
    )
    mirror.fetch_and_apply("payment_method", card.id)
    assert report()[0] == 0
    dashboard.v1.payment_methods.detach(card.id)
    assert "is_attached: ours True, Stripe's False" in report()[1]


@pytest.mark.parametrize(("days", "code"), [("8", 0), ("10", 1)])
def test_since_says_how_far_back(report, alice, pay, wait, days, code):
    pay(alice)
    StripePaymentIntent.objects.update(amount_received=1)
    wait(9)
    assert report("--since", days)[0] == code


@pytest.mark.parametrize("days", ["0", "-1"])
def test_since_takes_days_above_zero(db, days):
    with pytest.raises(CommandError, match="number of days") as refused:
        call_command("payments_reconcile", "--report", "--since", days)
    assert refused.value.returncode == 2


def test_what_is_not_final_is_compared_whatever_its_age(report, unpaid, dashboard, wait):
    dashboard.v1.payment_intents.cancel(unpaid.stripe_payment_intent_id)
    wait(300)
    code, text = report("--since", "1")
    assert (code, "status: ours requires_payment_method, Stripe's canceled" in text) == (1, True)


def test_what_is_under_way_is_left_out(report, unpaid, dashboard, service, alice):
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
    assert (code, "under way: 2" in text) == (0, True)


def test_a_row_that_changes_while_stripe_is_asked_is_read_again(report, unpaid, monkeypatch):
    """The list is older than the row by then, which is no difference."""
    compare = mirror.compare_listed

    def disagree(kind, item, answer):
        return compare(kind, {**item, "description": "as it was before"}, answer)

    monkeypatch.setattr(mirror, "compare_listed", disagree)
    assert report()[0] == 0


def test_nobody_gets_a_signal_for_what_is_only_reported(
    report, unpaid, dashboard, monkeypatch, caplog
):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    caplog.clear()
    report()
    assert "status_changed" not in caplog.text


def test_one_that_cannot_be_compared_keeps_no_other_from_it(
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


def test_while_stripe_cannot_be_asked_nothing_is_said_to_be_right(report, unpaid, link, reads):
    link.always = BAD_GATEWAY
    link.received.clear()
    code, text = report()
    assert (code, "could not be read" in text) == (2, True)
    assert len(reads()) < 15
