"""Note [The operation's row]: an answer is applied to the row that its operation holds."""

from dataclasses import replace

import pytest
from django.db import connection, transaction

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.mirror.rows import parse_timestamp
from payments_graphql.models import (
    Booking,
    CauseKind,
    Operation,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.operations import kinds
from payments_graphql.reconciliation import reconcile
from tests import faulty_stripe as faults
from tests.faulty_stripe import faulty_stripe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def link(sandbox, settings, service, alice):
    assert service.get_or_create_customer(alice)["success"]
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        yield link


@pytest.fixture
def answer_with(monkeypatch):
    """Stripe answers an operation of `kind` with other values than requested."""

    def answer_with(kind: str, **values) -> None:
        original = kinds.KINDS[kind].call

        def call(operation):
            answer = original(operation)
            answer.object.update(values)
            return answer

        monkeypatch.setitem(kinds.KINDS, kind, replace(kinds.KINDS[kind], call=call))

    return answer_with


@pytest.fixture
def adopt_first(link, events):
    """An update of the object arrives before the answer, without saying whose it is."""

    adopted = []

    def adopt_first(event_type: str, apply, before=lambda: None) -> None:
        def before_answer() -> None:
            link.before_answer = None
            before()
            (event,) = events(event_type)
            payload = {**event["data"]["object"], "metadata": {}}
            at = parse_timestamp(event["created"])
            source = Source(CauseKind.EVENT, event["id"], at, is_creation="created" in event_type)
            with transaction.atomic():
                adopted.append(apply(payload, source))
            connection.close()

        link.before_answer = before_answer

    yield adopt_first
    assert adopted


def test_a_payment_belongs_to_its_booking_however_the_currency_is_written(
    alice, booking, service, dashboard
):
    Booking.objects.filter(pk=booking.pk).update(currency="usd")
    booking.refresh_from_db()

    created = service.create_payment_intent(user=alice, booking=booking)

    assert created["success"], created
    intent = StripePaymentIntent.objects.get()
    assert created["payment_intent"] == intent
    assert intent.stripe_payment_intent_id
    stripe_id = intent.stripe_payment_intent_id
    dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
    reconcile()
    intent = StripePaymentIntent.objects.get()
    assert (intent.booking, intent.status, intent.amount_received) == (booking, "succeeded", 9999)


def test_the_currency_of_a_lost_answer_may_be_in_lower_case(
    alice, service, link, settings, events, deliver
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    link.faults.append(faults.RESET_AFTER_EFFECT)
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    StripePaymentIntent.objects.update(currency="usd")

    deliver(*events("payment_intent.created"))

    intent = StripePaymentIntent.objects.get()
    assert (intent.currency, bool(intent.stripe_payment_intent_id)) == ("USD", True)


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"amount": 500}, "Stripe answered with amount 500, but 1000 was requested."),
        ({"currency": "eur"}, "Stripe answered with currency EUR, but USD was requested."),
        ({"customer": "cus_other"}, "Stripe answered with customer cus_other, but "),
    ],
)
def test_a_payment_that_stripe_creates_differently_is_ours_and_is_reported(
    service, alice, link, answer_with, caplog, values, finding
):
    answer_with("create_payment_intent", **values)

    result = service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert result["success"], result
    intent = StripePaymentIntent.objects.get()
    assert result["payment_intent"] == intent
    assert intent.stripe_payment_intent_id
    operation = Operation.objects.get(kind="create_payment_intent")
    assert operation.payment_intent == intent
    assert operation.finding.startswith(finding)
    assert "stripe_answered_otherwise" in caplog.text


def test_a_refund_that_stripe_creates_differently_is_ours(service, alice, pay, link, answer_with):
    intent = pay(alice)
    answer_with("create_refund", amount=500)

    result = service.create_refund(intent, amount=60)

    assert result["success"], result
    refund = StripeRefund.objects.get()
    assert (result["refund"], refund.amount) == (refund, 500)
    assert "amount 500" in Operation.objects.get(kind="create_refund").finding


def test_a_setup_that_stripe_creates_for_another_customer_is_ours(
    service, alice, link, answer_with
):
    answer_with("create_setup_intent", customer="cus_other")

    assert service.create_setup_intent(user=alice)["success"]

    assert StripeSetupIntent.objects.get().stripe_setup_intent_id
    assert "cus_other" in Operation.objects.get(kind="create_setup_intent").finding


def test_a_payment_that_was_adopted_before_its_answer_is_one_row(
    service, alice, booking, adopt_first
):
    adopt_first("payment_intent.created", mirror.apply_payment_intent)

    result = service.create_payment_intent(user=alice, booking=booking)

    assert result["success"], result
    intent = StripePaymentIntent.objects.get()
    assert result["payment_intent"] == intent
    assert intent.booking == booking
    assert (intent.amount, intent.description) == (9999, "Lisbon")
    assert intent.metadata == {}
    operation = Operation.objects.get(kind="create_payment_intent")
    assert (operation.state, operation.payment_intent) == ("succeeded", intent)
    assert StatusChange.objects.filter(payment_intent=intent).count() == 1
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    booking.refresh_from_db()
    assert booking.amount_paid == 9999


def test_a_refund_that_was_adopted_before_its_answer_is_one_row(service, alice, pay, adopt_first):
    intent = pay(alice)
    adopt_first("refund.created", mirror.apply_refund)

    result = service.create_refund(
        intent, amount=60, reason="duplicate", description="Booked twice", idempotency_key="key-1"
    )

    assert result["success"], result
    refund = StripeRefund.objects.get()
    assert result["refund"] == refund
    assert (refund.amount, refund.description) == (6000, "Booked twice")
    assert intent.amount_refundable == 3999
    assert Operation.objects.get(kind="create_refund").refund == refund
    again = service.create_refund(
        intent, amount=60, reason="duplicate", description="Booked twice", idempotency_key="key-1"
    )
    assert again["refund"] == refund


def test_a_setup_that_was_adopted_before_its_answer_is_one_row(service, alice, adopt_first):
    adopt_first("setup_intent.created", mirror.apply_setup_intent)

    result = service.create_setup_intent(user=alice, usage="on_session")

    assert result["success"], result
    assert result["setup_intent"] == StripeSetupIntent.objects.get()
    assert Operation.objects.get(kind="create_setup_intent").setup_intent == result["setup_intent"]


def test_an_adopted_payment_that_has_moved_on_is_not_undone(
    service, alice, booking, adopt_first, dashboard
):
    """The payment was paid, and its event applied, between Stripe's answer and settling."""

    def pay_on_the_page() -> None:
        (made,) = dashboard.v1.payment_intents.list().data
        dashboard.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})

    adopt_first("payment_intent.succeeded", mirror.apply_payment_intent, before=pay_on_the_page)

    service.create_payment_intent(user=alice, booking=booking)

    intent = StripePaymentIntent.objects.get()
    assert (intent.status, intent.amount_received) == ("succeeded", 9999)
    assert intent.booking == booking
    assert Operation.objects.get(kind="create_payment_intent").payment_intent == intent
    booking.refresh_from_db()
    assert booking.amount_paid == 9999


def test_a_customer_that_another_row_has_is_left_to_a_person(
    service, bob, alice, link, answer_with, caplog
):
    taken = StripeCustomer.objects.get(user=alice).stripe_customer_id
    answer_with("create_customer", id=taken)

    result = service.create_payment_intent(user=bob, amount=10, currency="USD")

    assert not result["success"]
    operation = Operation.objects.get(kind="create_customer", customer__user=bob)
    assert operation.state == "needs_review"
    assert taken in operation.finding
    assert "operation_needs_review" in caplog.text
    assert StripeCustomer.objects.get(user=alice).stripe_customer_id == taken


@pytest.mark.parametrize("kind", ["cancel_payment_intent", "detach_payment_method"])
def test_an_answer_about_another_object_is_left_to_a_person(
    service, alice, pay, link, answer_with, kind
):
    other = pay(alice, method="pm_card_mastercard", save_payment_method=True)
    mine = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    card = pay(alice, save_payment_method=True).payment_method
    if kind == "cancel_payment_intent":
        answer_with(kind, id=other.stripe_payment_intent_id)
        service.cancel_payment_intent(mine)
    else:
        answer_with(kind, id=other.payment_method.stripe_payment_method_id)
        service.detach_payment_method(card)

    operation = Operation.objects.get(kind=kind, state="needs_review")
    assert "was not applied" in operation.finding
    other.refresh_from_db()
    assert (other.status, other.payment_method.is_attached) == ("succeeded", True)


def test_an_answer_about_an_unknown_customer_is_left_to_a_person(
    service, alice, pay, link, answer_with
):
    intent = pay(alice)
    answer_with("create_refund", payment_intent=None)

    result = service.create_refund(intent, amount=60)

    assert result["retryable"]
    operation = Operation.objects.get(kind="create_refund")
    assert operation.state == "needs_review"
    assert "a refund without a payment intent" in operation.finding
    assert intent.amount_refundable == 3999
    reconcile()
    assert intent.amount_refundable == 3999


def test_a_refund_adopted_before_its_answer_means_what_was_requested(
    service, alice, booking, pay, adopt_first
):
    intent = pay(alice, None, None, booking=booking)
    adopt_first("refund.created", mirror.apply_refund)

    result = service.create_refund(intent, amount=20, reduces_amount_due=False)

    assert result["success"], result
    assert StripeRefund.objects.get().amount_due_reduction == 0
    assert booking.amount_due == 2000
