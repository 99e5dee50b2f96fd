"""Cards are saved with a payment, listed once, made default, and removed."""

import pytest

from payments_graphql.errors import InvalidStateError, NotFoundError
from payments_graphql.models import Operation, StripePaymentMethod
from payments_graphql.services import payment_intents, payment_methods


@pytest.fixture
def card(alice, pay, sandbox):
    return pay(alice, save_payment_method=True).payment_method


def test_a_card_is_saved_when_the_payment_succeeds(service, alice, card, dashboard):
    assert card.is_attached
    assert service.list_payment_methods(alice) == [card]
    at_stripe = dashboard.v1.payment_methods.retrieve(card.stripe_payment_method_id)
    assert at_stripe.customer == card.customer.stripe_customer_id


def test_a_card_is_not_saved_when_it_is_declined(service, alice, sandbox):
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", save_payment_method=True
    )
    service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_chargeDeclined"
    )

    assert service.list_payment_methods(alice) == []


def test_a_card_that_was_only_used_is_not_listed(service, alice, pay):
    pay(alice)

    assert service.list_payment_methods(alice) == []


def test_the_same_card_saved_twice_is_listed_once(service, alice, card, pay):
    pay(alice, save_payment_method=True)
    other = pay(alice, save_payment_method=True, method="pm_card_mastercard").payment_method

    listed = service.list_payment_methods(alice)

    assert [method.last4 for method in listed] == ["4444", "4242"]
    assert listed[0] == other
    assert StripePaymentMethod.objects.attached().count() == 3


def test_nobody_sees_another_customers_cards(service, bob, card):
    assert service.list_payment_methods(bob) == []
    assert payment_methods.list_payment_methods(None) == []


def test_a_saved_card_pays_again(service, alice, card):
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", payment_method=card
    )
    result = service.confirm_payment_intent(created["payment_intent"], user=alice)

    assert result["success"], result
    assert result["payment_intent"].payment_method == card


def test_a_card_is_made_the_default(service, card, dashboard):
    result = service.set_default_payment_method(card)

    assert result["success"], result
    assert result["payment_method"].is_default
    at_stripe = dashboard.v1.customers.retrieve(card.customer.stripe_customer_id)
    assert at_stripe.invoice_settings.default_payment_method == card.stripe_payment_method_id


def test_a_customer_gets_one_default_at_a_time_and_others_do_not_wait(
    service, alice, bob, card, pay, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    other = pay(alice, save_payment_method=True, method="pm_card_mastercard").payment_method
    of_bob = pay(bob, save_payment_method=True).payment_method
    sandbox.faults.add("error_500", method="POST", path="/v1/customers/*", times=1)
    assert service.set_default_payment_method(card)["error_code"] == "operation_in_progress"

    refused = service.set_default_payment_method(other)

    assert refused["error_code"] == "operation_in_progress"
    assert len(sandbox.requests("POST", "/v1/customers/*")) == 1
    assert service.set_default_payment_method(of_bob)["payment_method"].is_default


def test_who_made_it_the_default_is_recorded(alice, bob, card):
    with pytest.raises(NotFoundError):
        payment_methods.set_default_payment_method(payment_method=card, user=bob)
    payment_methods.set_default_payment_method(payment_method=card, user=alice)

    operation = Operation.objects.get(kind="set_default_payment_method")
    assert (operation.actor, operation.customer) == (f"user:{alice.pk}", card.customer)
    assert operation.payment_method == card


def test_the_default_copy_of_a_card_is_the_one_that_is_listed(service, alice, card, pay):
    service.set_default_payment_method(card)
    pay(alice, save_payment_method=True)

    assert service.list_payment_methods(alice) == [card]


def test_a_forgotten_card_is_gone_here_and_at_stripe(service, alice, card, dashboard):
    service.set_default_payment_method(card)

    result = service.detach_payment_method(card)

    assert result["success"], result
    assert not card.is_attached
    assert not card.is_default
    assert service.list_payment_methods(alice) == []
    at_stripe = dashboard.v1.payment_methods.retrieve(card.stripe_payment_method_id)
    assert at_stripe.customer is None


def test_a_forgotten_card_cannot_be_used(alice, card, sandbox):
    payment_methods.detach_payment_method(payment_method=card)

    with pytest.raises(NotFoundError) as caught:
        payment_intents.create_payment_intent(
            user=alice, amount=10, currency="USD", payment_method=card
        )
    assert caught.value.path == ("paymentMethodId",)
    for function in (
        payment_methods.detach_payment_method,
        payment_methods.set_default_payment_method,
    ):
        with pytest.raises(InvalidStateError, match="no longer saved") as caught:
            function(payment_method=card)
        assert (caught.value.path, caught.value.current_status) == (
            ("paymentMethodId",),
            "detached",
        )
    assert len(sandbox.requests("POST", "/v1/payment_methods/*/detach")) == 1
    assert not sandbox.requests("POST", "/v1/customers/*")


def test_a_card_forgotten_in_the_dashboard_is_refused_by_stripe(service, card, dashboard):
    dashboard.v1.payment_methods.detach(card.stripe_payment_method_id)

    result = service.set_default_payment_method(card)

    assert not result["success"]
    assert result["error"]
