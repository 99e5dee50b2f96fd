"""See Note [No transaction around Stripe]."""

import pytest
from django.db import transaction

from payments_graphql.errors import TransactionOpenError
from payments_graphql.models import Operation
from payments_graphql.services import (
    customers,
    payment_intents,
    payment_methods,
    refunds,
)


def test_a_test_cases_own_transaction_is_allowed(service, alice):
    assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]


def test_an_open_transaction_within_a_test_case_is_refused(service, alice, sandbox):
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert not sandbox.requests()


@pytest.mark.django_db(transaction=True)
def test_every_service_refuses_an_open_transaction(alice, pay, sandbox):
    intent = pay(alice, save_payment_method=True)
    card = intent.payment_method
    asked, recorded = len(sandbox.requests()), Operation.objects.count()
    calls = [
        lambda: payment_intents.create_payment_intent(user=alice, amount=1, currency="USD"),
        lambda: payment_intents.confirm_payment_intent(payment_intent=intent),
        lambda: payment_intents.capture_payment_intent(payment_intent=intent),
        lambda: payment_intents.cancel_payment_intent(payment_intent=intent),
        lambda: payment_intents.fetch_payable_details(intent),
        lambda: payment_intents.sync_payment_intent(intent),
        lambda: refunds.create_refund(payment_intent=intent),
        lambda: payment_methods.set_default_payment_method(payment_method=card),
        lambda: payment_methods.detach_payment_method(payment_method=card),
    ]
    for call in calls:
        with transaction.atomic(), pytest.raises(TransactionOpenError, match="on_commit"):
            call()

    assert len(sandbox.requests()) == asked
    assert Operation.objects.count() == recorded


@pytest.mark.django_db(transaction=True)
def test_a_first_customer_is_not_made_in_an_open_transaction(alice, sandbox):
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        customers.get_or_create_customer(alice)

    assert not sandbox.requests()


@pytest.mark.django_db(transaction=True)
def test_after_the_commit_it_works(service, alice):
    results = []
    with transaction.atomic():
        transaction.on_commit(
            lambda: results.append(
                service.create_payment_intent(user=alice, amount=10, currency="USD")
            )
        )

    assert results[0]["success"]
