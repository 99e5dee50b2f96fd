"""The site chooses which payment method types are offered."""

import pytest
from django.test import override_settings

from payments_graphql.errors import NotFoundError, ValidationError
from payments_graphql.models import StripePaymentIntent
from payments_graphql.services import payment_creation, payment_intents, setup_intents

ALL = ["card", "sepa_debit", "us_bank_account", "boleto", "ideal"]
CREATE = "/v1/payment_intents"


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def begin(service, alice):
    def begin(currency="EUR", **values):
        created = service.create_payment_intent(user=alice, amount=20, currency=currency, **values)
        assert created["success"], created
        return created["payment_intent"]

    return begin


@pytest.fixture
def ideal(dashboard):
    """A payment method created by the customer's page."""
    return dashboard.v1.payment_methods.create({"type": "ideal"}).id


def _get_types(dashboard, intent):
    return dashboard.v1.payment_intents.retrieve(
        intent.stripe_payment_intent_id
    ).payment_method_types


@pytest.mark.parametrize(
    ("currency", "values", "types"),
    [
        ("EUR", {}, ["card", "sepa_debit", "ideal"]),
        ("USD", {}, ["card", "us_bank_account"]),
        ("BRL", {}, ["card", "boleto"]),
        ("GBP", {}, ["card"]),
        ("BRL", {"save_payment_method": True}, ["card"]),
        ("EUR", {"capture_method": "manual"}, ["card"]),
    ],
)
def test_only_listed_types_that_fit_are_offered(
    begin, dashboard, settings, currency, values, types
):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = [one for one in ALL if one != "ideal" or not values]
    assert _get_types(dashboard, begin(currency, **values)) == types


def test_no_type_that_fits_is_an_error_before_stripe_is_asked(alice, settings, sandbox):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["sepa_debit", "boleto"]

    with pytest.raises(ValidationError, match=r"SEPA Direct Debit, Boleto") as caught:
        payment_creation.create_payment_intent(user=alice, amount=20, currency="USD")

    assert caught.value.path == ("currency",)
    assert not sandbox.requests("POST", CREATE)
    assert not StripePaymentIntent.objects.exists()


@pytest.mark.parametrize(("allowed", "has_ideal"), [(False, False), (True, True)])
def test_without_a_list_the_dashboards_types_are_offered(
    begin, dashboard, settings, allowed, has_ideal
):
    settings.PAYMENTS_ALLOW_REDIRECTS = allowed
    assert ("ideal" in _get_types(dashboard, begin())) is has_ideal


def test_a_method_to_save_is_of_a_type_that_can_be_saved(alice, service, settings, dashboard):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["boleto", "sepa_debit"]
    setup = service.create_setup_intent(user=alice)["setup_intent"]
    at_stripe = dashboard.v1.setup_intents.retrieve(setup.stripe_setup_intent_id)
    assert at_stripe.payment_method_types == ["sepa_debit"]

    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["boleto"]
    with pytest.raises(ValidationError, match="can be saved"):
        setup_intents.create_setup_intent(user=alice)


REDIRECTING = (
    {"PAYMENTS_PAYMENT_METHOD_TYPES": None, "PAYMENTS_ALLOW_REDIRECTS": True},
    {"PAYMENTS_PAYMENT_METHOD_TYPES": ["card", "ideal"]},
)


@pytest.mark.parametrize("values", REDIRECTING)
@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_threeDSecureRequired"])
def test_a_card_needs_no_return_url(begin, service, values, method):
    with override_settings(**values):
        result = service.confirm_payment_intent(begin(), payment_method=method)

    assert result["success"], result
    if result["requires_action"]:
        assert result["next_action"]["type"] == "use_stripe_sdk"
    else:
        assert result["payment_intent"].status == "succeeded"


@pytest.mark.parametrize("values", REDIRECTING)
def test_a_redirect_without_a_return_url_is_refused_with_its_field(begin, ideal, sandbox, values):
    with override_settings(**values):
        intent = begin()
        with pytest.raises(ValidationError, match="returnUrl") as caught:
            payment_intents.confirm_payment_intent(payment_intent=intent, payment_method=ideal)

    assert caught.value.path == ("returnUrl",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


@pytest.mark.parametrize("values", REDIRECTING)
def test_a_redirect_leads_to_the_bank_and_back(
    begin, ideal, service, authenticate, events, deliver, values
):
    with override_settings(**values):
        result = service.confirm_payment_intent(
            begin(), payment_method=ideal, return_url="https://shop.example/done"
        )
    intent = result["payment_intent"]
    assert result["next_action"]["type"] == "redirect_to_url"
    assert (intent.next_action_type, intent.is_waiting_for_customer) == ("redirect_to_url", False)

    authenticate(intent, "succeed")
    deliver(*events("charge.succeeded", "payment_intent.succeeded"))
    payment_intents.sync_payment_intent(intent)
    assert (intent.status, intent.payment_method.label) == ("succeeded", "iDEAL")


@pytest.mark.parametrize("values", REDIRECTING)
def test_a_saved_card_is_charged_while_the_customer_is_away(
    begin, alice, service, pay, values, sandbox
):
    card = pay(alice, save_payment_method=True).payment_method
    with override_settings(**values):
        charged = service.confirm_payment_intent(begin(), payment_method=card, off_session=True)
    assert charged["success"], charged
    assert charged["payment_intent"].status == "succeeded"
    sent = sandbox.requests("POST", "/v1/payment_intents/*/confirm")[-1]
    assert sent.parameters["off_session"] == "true"
    assert "use_stripe_sdk" not in sent.parameters  # there is no page


def test_a_type_that_is_not_offered_is_refused_by_stripe_with_its_field(begin, settings):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["card"]
    with pytest.raises(NotFoundError, match="cannot be used") as caught:
        payment_intents.confirm_payment_intent(
            payment_intent=begin(), payment_method="pm_success_de"
        )
    assert caught.value.path == ("paymentMethodId",)
