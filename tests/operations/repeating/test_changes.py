"""A change without an answer does not undo a later one, made here or elsewhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import OperationInProgressError
from payments_graphql.models import Operation, StripePaymentMethod
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import payment_intents, payment_methods
from tests import faulty_stripe as faults
from tests.operations.repeating.looking import AFTER_THE_LEASE, get_operation, list_posts


@pytest.fixture
def cards(service, alice, pay, stripe_link) -> list[StripePaymentMethod]:
    return [
        pay(alice, method=method, save_payment_method=True).payment_method
        for method in ("pm_card_visa", "pm_card_mastercard", "pm_card_amex")
    ]


@pytest.fixture
def get_default(cards, dashboard):
    """The customer's default card at Stripe."""

    def get_default() -> str:
        customer = dashboard.v1.customers.retrieve(cards[0].customer.stripe_customer_id)
        return str(customer.invoice_settings.default_payment_method)

    return get_default


def test_the_last_chosen_card_stays_the_default(cards, stripe_link, make_due, get_default):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])

    payment_methods.set_default_payment_method(payment_method=cards[1])

    make_due()
    resume_due()
    make_due(age=AFTER_THE_LEASE)
    reconcile()
    assert get_default() == cards[1].stripe_payment_method_id
    cards[1].refresh_from_db()
    assert cards[1].is_default


def test_a_choice_waits_for_one_in_progress(cards, stripe_link, get_default):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    Operation.objects.filter(kind="set_default_payment_method").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[1])

    assert len(list_posts(stripe_link, "/customers/")) == 1


def test_an_older_choice_is_superseded_by_a_newer_one(cards, stripe_link, make_due, get_default):
    """However it happened that both are open."""
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    older = get_operation("set_default_payment_method")
    Operation.objects.filter(pk=older.pk).update(state="needs_review")
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[1])
    Operation.objects.filter(pk=older.pk).update(state="unknown")

    make_due()
    resume_due()
    resume_due()

    older.refresh_from_db()
    assert (older.state, older.error["code"]) == ("failed", "abandoned")
    assert "newer request" in older.error["message"]
    assert get_default() == cards[1].stripe_payment_method_id
    assert set(list_posts(stripe_link, "/customers/")) == {
        str(older.pk),
        str(get_operation("set_default_payment_method").pk),
    }


@pytest.mark.parametrize("is_heard", [False, True])
def test_a_default_chosen_elsewhere_meanwhile_stays(
    cards, stripe_link, make_due, dashboard, events, deliver, get_default, is_heard
):
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    chosen = cards[2].stripe_payment_method_id
    dashboard.v1.customers.update(
        cards[0].customer.stripe_customer_id,
        {"invoice_settings": {"default_payment_method": chosen}},
    )
    if is_heard:
        deliver(events("customer.updated")[-1])

    for age in (timedelta(), AFTER_THE_LEASE):
        make_due(age=age)
        resume_due()

    assert get_default() == chosen
    assert get_operation("set_default_payment_method").state == "failed"
    cards[2].refresh_from_db()
    assert cards[2].is_default
    assert len(list_posts(stripe_link, "/customers/")) == 1


def test_an_update_does_not_undo_what_was_changed_elsewhere_meanwhile(
    service, alice, stripe_link, make_due, dashboard
):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id
    stripe_link.faults.append(faults.RESET)
    with pytest.raises(OperationInProgressError):
        payment_intents.update_payment_intent(payment_intent=intent, description="Old")
    dashboard.v1.payment_intents.update(stripe_id, {"description": "New"})

    for age in (timedelta(), AFTER_THE_LEASE):
        make_due(age=age)
        resume_due()

    assert dashboard.v1.payment_intents.retrieve(stripe_id).description == "New"
    assert get_operation("update_payment_intent").state == "failed"
    intent.refresh_from_db()
    assert intent.description == "New"


def test_a_change_that_cannot_be_compared_yet_is_tried_later(
    cards, stripe_link, make_due, get_default
):
    stripe_link.faults.append(faults.UNAUTHORIZED)
    with pytest.raises(Exception, match="not possible at the moment"):
        payment_methods.set_default_payment_method(payment_method=cards[0])
    stripe_link.also_reads = True
    stripe_link.faults.append(faults.BAD_GATEWAY)
    make_due()
    resume_due()
    assert get_operation("set_default_payment_method").state == "pending"

    make_due()
    resume_due()

    assert get_operation("set_default_payment_method").state == "succeeded"
    assert get_default() == cards[0].stripe_payment_method_id
