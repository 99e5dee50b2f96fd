"""Events of cards, charges and customers that concern one another, in any order."""

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import Source
from payments_graphql.models import CauseKind, StripeCustomer, StripePaymentMethod
from payments_graphql.operations import running
from payments_graphql.webhooks import inbox
from tests.services.days import debit


@pytest.fixture
def customer(service, alice, sandbox):
    return service.get_or_create_customer(alice)["customer"]


def _attach(dashboard, customer):
    return dashboard.v1.payment_methods.attach(
        "pm_card_visa", {"customer": customer.stripe_customer_id}
    )


def test_a_default_card_is_known_also_when_its_own_event_comes_later(
    customer, dashboard, events, deliver
):
    card = _attach(dashboard, customer)
    dashboard.v1.customers.update(
        customer.stripe_customer_id, {"invoice_settings": {"default_payment_method": card.id}}
    )
    deliver(*events("customer.updated"))
    deliver(*events("payment_method.attached"))
    inbox.process_due()

    assert StripePaymentMethod.objects.get().is_default


def test_a_card_is_not_attached_to_a_customer_who_is_deleted(
    customer, dashboard, events, deliver, sandbox
):
    _attach(dashboard, customer)
    sandbox.advance(5)
    dashboard.v1.customers.delete(customer.stripe_customer_id)
    deliver(*events("customer.deleted"))
    deliver(*events("payment_method.attached"))

    assert StripeCustomer.objects.get().deleted_at is not None
    assert not StripePaymentMethod.objects.attached().exists()


@pytest.mark.parametrize("seconds", [0, 5])
def test_a_card_whose_detaching_arrives_first_is_not_attached(
    customer, dashboard, events, deliver, sandbox, seconds
):
    card = _attach(dashboard, customer)
    sandbox.advance(seconds)
    dashboard.v1.payment_methods.detach(card.id)
    deliver(*events("payment_method.detached"))
    deliver(*events("payment_method.attached"))
    inbox.process_due()

    assert StripePaymentMethod.objects.count() == 1
    assert not StripePaymentMethod.objects.attached().exists()


@pytest.mark.parametrize("is_backwards", [False, True])
def test_a_payment_after_a_decline_has_its_receipt_and_card(
    service, alice, dashboard, events, deliver, sandbox, is_backwards
):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id
    with pytest.raises(Exception, match="declined"):
        dashboard.v1.payment_intents.confirm(
            stripe_id, {"payment_method": "pm_card_chargeDeclined"}
        )
    deliver(*events("payment_intent.payment_failed"))
    inbox.process_due()
    sandbox.advance(5)
    paid = dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})

    news = events("charge.succeeded", "payment_intent.succeeded")
    deliver(*(reversed(news) if is_backwards else news))

    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert intent.receipt_url
    assert intent.payment_method.stripe_payment_method_id == paid.payment_method


@pytest.mark.parametrize("is_backwards", [False, True])
def test_a_debit_in_progress_has_its_account(
    service, alice, dashboard, events, deliver, sandbox, is_backwards
):
    intent = service.create_payment_intent(user=alice, amount=10, currency="EUR")["payment_intent"]
    sandbox.advance(5)
    debit(dashboard, intent, "pm_successDelayed_de")

    news = events("charge.pending", "payment_intent.processing")
    assert len(news) == 2
    deliver(*(reversed(news) if is_backwards else news))

    intent.refresh_from_db()
    assert intent.status == "processing"
    assert intent.payment_method.last4 == "3003"


@pytest.mark.parametrize("is_backwards", [False, True])
def test_a_captured_payment_has_no_capture_deadline(
    service, alice, dashboard, events, deliver, sandbox, is_backwards
):
    intent = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method="manual"
    )["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id
    sandbox.advance(5)
    dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
    authorized = events()
    sandbox.advance(5)
    dashboard.v1.payment_intents.capture(stripe_id)
    captured = [event for event in events() if event not in authorized]

    news = [*authorized, *captured]
    deliver(*(reversed(news) if is_backwards else news))

    intent.refresh_from_db()
    assert (intent.status, intent.capture_before) == ("succeeded", None)


def test_an_answer_from_before_the_attaching_does_not_detach(
    service, alice, dashboard, events, deliver, monkeypatch
):
    """The card is saved between Stripe's answer, in which it has no customer, and settling."""
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    settle = running.settle_success

    def settle_late(operation, answer, version):
        customer = {"customer": answer.object["customer"]}
        dashboard.v1.payment_methods.attach(answer.object["payment_method"]["id"], customer)
        deliver(*events("payment_method.attached"))
        return settle(operation, answer, version)

    monkeypatch.setattr(running, "settle_success", settle_late)
    service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")

    intent.refresh_from_db()
    assert intent.status == "requires_action"
    assert intent.payment_method.is_attached


def test_an_unknown_card_is_filled_in_by_an_answer_of_the_same_second(customer, dashboard):
    now = timezone.now().replace(microsecond=0)
    card = _attach(dashboard, customer).to_dict()
    payment = {
        "id": "pi_1",
        "status": "requires_capture",
        "amount": 500,
        "currency": "usd",
        "customer": customer.stripe_customer_id,
    }
    with transaction.atomic():
        named = {**payment, "payment_method": card["id"]}
        mirror.apply_payment_intent(named, Source(CauseKind.EVENT, "evt_1", now))
        mirror.apply_payment_method(card, Source(CauseKind.EVENT, "evt_2", now))

    answer = Source(CauseKind.OPERATION, "op_1", now, version=0)  # read before both events
    with pytest.raises(mirror.ReadRequired), transaction.atomic():
        mirror.apply_payment_intent({**payment, "payment_method": card}, answer)
