"""Charges a saved card while the customer is away."""

import pytest
import requests

from payments_graphql.errors import (
    CardError,
    ErrorCode,
    NotFoundError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.policy import Policy
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import payment_intents, payment_methods, setup_intents


@pytest.fixture
def intent(service, alice, sandbox):
    return service.create_payment_intent(user=alice, amount="99.99", currency="USD")[
        "payment_intent"
    ]


@pytest.fixture
def save(alice, dashboard, sandbox, service):
    """Alice's card, saved by a setup intent like the page does. The bank accepts it."""

    def save(method="pm_card_visa"):
        setup = setup_intents.create_setup_intent(user=alice).setup_intent
        stripe_id = setup.stripe_setup_intent_id
        if (
            dashboard.v1.setup_intents.confirm(stripe_id, {"payment_method": method}).status
            == "requires_action"
        ):
            address = f"{sandbox.url}/_sandbox/authenticate/{stripe_id}"
            requests.post(address, json={"outcome": "succeed"}, timeout=5).raise_for_status()
        reconcile()
        return service.list_payment_methods(alice)[0]

    return save


def _charge(intent, method, **values):
    return payment_intents.confirm_payment_intent(
        payment_intent=intent, payment_method=method, off_session=True, **values
    )


def test_a_saved_card_pays(service, intent, save, sandbox):
    card = save()
    result = service.confirm_payment_intent(intent, payment_method=card, off_session=True)

    assert result["success"], result
    assert (intent.status, intent.amount_received) == ("succeeded", 9999)
    assert intent.payment_method == card
    (sent,) = sandbox.requests("POST", "/v1/payment_intents/*/confirm")
    assert sent.parameters["off_session"] == "true"
    assert sent.parameters["payment_method"] == card.stripe_payment_method_id


def test_a_card_that_was_set_up_needs_no_authentication(intent, save):
    """The bank asks the customer at the page, but not once the card was set up."""
    assert _charge(intent, save("pm_card_authenticationRequiredOnSetup")).payment_intent.status == (
        "succeeded"
    )


def test_where_the_bank_wants_the_customer_the_payment_stays_payable(
    service, intent, save, authenticate
):
    card = save("pm_card_authenticationRequired")
    with pytest.raises(CardError) as caught:
        _charge(intent, card)

    assert caught.value.code == ErrorCode.AUTHENTICATION_REQUIRED
    assert "Stripe.js" in caught.value.advice
    assert "client secret" in caught.value.advice
    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"
    assert intent.is_payable
    assert intent.last_error["code"] == "authentication_required"
    assert intent.status_changes.last().failure_code == "authentication_required"

    # As the advice says: the customer returns to the page.
    assert service.get_client_secret(intent)["success"]
    asked = service.confirm_payment_intent(intent, payment_method=card)
    assert asked["requires_action"], asked
    authenticate(intent, "succeed")
    reconcile()
    intent.refresh_from_db()
    assert intent.status == "succeeded"


def test_the_python_service_gives_the_advice(service, intent, save):
    card = save("pm_card_authenticationRequired")
    result = service.confirm_payment_intent(intent, payment_method=card, off_session=True)

    assert not result["success"]
    assert result["error_code"] == "authentication_required"
    assert "Stripe.js" in result["advice"]
    assert result["payment_intent"].is_payable


def test_a_decline_does_not_ask_for_the_customer(intent, save):
    with pytest.raises(CardError) as caught:
        _charge(intent, save("pm_card_chargeCustomerFail"))

    assert caught.value.code == ErrorCode.CARD_DECLINED
    assert "Stripe.js" not in caught.value.advice


@pytest.mark.parametrize("method", [None, "pm_card_visa", ""])
def test_a_saved_card_is_needed(intent, sandbox, method):
    with pytest.raises(ValidationError, match="saved payment method") as caught:
        _charge(intent, method)

    assert caught.value.path == ("paymentMethodId",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


def test_a_card_that_was_only_used_or_forgotten_is_not_saved(intent, alice, pay, save, sandbox):
    used = pay(alice).payment_method
    forgotten = save()
    payment_methods.detach_payment_method(payment_method=forgotten)
    confirmed = len(sandbox.requests("POST", "/v1/payment_intents/*/confirm"))

    for card in (used, forgotten):
        with pytest.raises(ValidationError):
            _charge(intent, card)
    assert len(sandbox.requests("POST", "/v1/payment_intents/*/confirm")) == confirmed


def test_another_customers_saved_card_does_not_exist(intent, bob, pay):
    card = pay(bob, save_payment_method=True).payment_method

    with pytest.raises(NotFoundError) as caught:
        _charge(intent, card)
    assert caught.value.path == ("paymentMethodId",)


def test_the_site_decides_and_not_the_customer(intent, save, alice, bob, sam, sandbox):
    card = save()
    for person in (alice, bob):
        with pytest.raises(PermissionDeniedError, match="while the customer is away") as caught:
            _charge(intent, card, user=person)
        assert caught.value.path == ("offSession",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")

    assert _charge(intent, card, user=sam).payment_intent.status == "succeeded"


class OnlySmallOnes(Policy):
    def may_charge_off_session(self, person, intent):
        return intent.amount < 5000


@pytest.mark.parametrize(("amount", "is_allowed"), [("49.99", True), ("50.00", False)])
def test_the_sites_policy_decides_by_the_payment(
    service, alice, save, settings, amount, is_allowed
):
    settings.PAYMENTS_POLICY = f"{__name__}.OnlySmallOnes"
    card = save()
    created = service.create_payment_intent(user=alice, amount=amount, currency="USD")
    intent = created["payment_intent"]

    if is_allowed:
        assert _charge(intent, card, user=alice).payment_intent.status == "succeeded"
    else:
        with pytest.raises(PermissionDeniedError):
            _charge(intent, card, user=alice)
