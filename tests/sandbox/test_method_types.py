"""The payment method types that an intent offers and accepts."""

from typing import Any

import pytest
import stripe

from tests.sandbox import bank_payments, payments

PAGE = "https://docs.stripe.com/payments/payment-methods/integration-options"
SUPPORT = "https://docs.stripe.com/payments/payment-methods/payment-method-support"


@pytest.mark.parametrize(
    ("params", "types"),
    [
        ({"currency": "usd"}, ["card", "us_bank_account"]),
        ({"currency": "eur"}, ["card", "sepa_debit"]),
        (
            {"currency": "eur", "automatic_payment_methods": {"enabled": True}},
            ["card", "sepa_debit", "ideal"],
        ),
        ({"currency": "brl"}, ["card", "boleto"]),
        ({"currency": "brl", "setup_future_usage": "off_session"}, ["card"]),
        ({"currency": "eur", "capture_method": "manual"}, ["card"]),
        ({"currency": "gbp"}, ["card"]),
    ],
)
@pytest.mark.stripe_rule(
    "The Dashboard's types are offered if they fit",
    "https://docs.stripe.com/payments/payment-methods/dynamic-payment-methods",
    ours="The sandbox has all of its types enabled",
)
def test_types_that_fit_are_offered(
    client: stripe.StripeClient, params: Any, types: list[str]
) -> None:
    assert payments.create(client, **params).payment_method_types == types


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("sepa_debit", {"currency": "usd"}, "support the following currencies: eur"),
        ("us_bank_account", {"currency": "eur"}, "support the following currencies: usd"),
        ("boleto", {"currency": "usd"}, "support the following currencies: brl"),
        ("ideal", {"currency": "eur", "capture_method": "manual"}, "manual capture"),
        ("boleto", {"currency": "brl", "setup_future_usage": "off_session"}, "cannot be saved"),
        ("klarna", {"currency": "eur"}, "activated in your dashboard"),
    ],
)
@pytest.mark.stripe_rule("A listed type that does not fit is refused", SUPPORT)
def test_a_listed_type_that_does_not_fit_is_refused(
    client: stripe.StripeClient, kind: str, params: Any, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        client.v1.payment_intents.create(
            {"amount": 2000, "payment_method_types": ["card", kind], **params}
        )
    assert refused.value.param == "payment_method_types[1]"


@pytest.mark.stripe_rule(
    "A method of another type is refused", "https://docs.stripe.com/error-codes"
)
def test_a_method_of_a_type_that_is_not_offered_is_refused(client: stripe.StripeClient) -> None:
    intent = bank_payments.create(client, "card", "usd")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(
            intent.id,
            {"payment_method": "pm_usBankAccount_success", "mandate_data": bank_payments.ACCEPTED},
        )
    assert refused.value.code == "payment_intent_incompatible_payment_method"


@pytest.mark.stripe_rule("Vouchers and bank redirects cannot be saved", SUPPORT)
def test_a_setup_intent_offers_types_that_can_be_saved(client: stripe.StripeClient) -> None:
    setup = client.v1.setup_intents.create({"automatic_payment_methods": {"enabled": True}})
    assert setup.payment_method_types == ["card", "us_bank_account", "sepa_debit"]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be saved"):
        client.v1.setup_intents.create({"payment_method_types": ["boleto"]})
