"""The details of a payment: texts, payment method types, mandates, shipping, groups."""

from typing import Any

import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "A card statement shows the account and the suffix",
    "https://docs.stripe.com/get-started/account/statement-descriptors",
)
def test_a_card_statement_shows_the_suffix(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, statement_descriptor_suffix="LISBON", expand=["latest_charge"])
    assert intent.statement_descriptor_suffix == "LISBON"
    assert intent.latest_charge.calculated_statement_descriptor == "SANDBOX* LISBON"


@pytest.mark.stripe_rule(
    "`statement_descriptor` is refused for card charges",
    "https://docs.stripe.com/api/payment_intents/create#create_payment_intent-statement_descriptor",
)
def test_a_card_payment_has_no_own_statement_descriptor(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="not supported for card") as refused:
        payments.pay(client, statement_descriptor="LISBON TRIP")
    assert refused.value.param == "statement_descriptor"


@pytest.mark.stripe_rule(
    "Descriptors, addresses, types and mandates are checked",
    "https://docs.stripe.com/error-codes",
)
@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        (
            {"statement_descriptor_suffix": "A*B"},
            "invalid_characters",
            "statement_descriptor_suffix",
        ),
        ({"statement_descriptor_suffix": "1234"}, None, "statement_descriptor_suffix"),
        ({"statement_descriptor_suffix": "X" * 23}, None, "statement_descriptor_suffix"),
        ({"receipt_email": "alice"}, "email_invalid", "receipt_email"),
        (
            {"excluded_payment_method_types": ["card", "us_bank_account"]},
            "payment_intent_invalid_parameter",
            "excluded_payment_method_types",
        ),
        (
            {"allowed_payment_method_types": ["paypal"]},
            "payment_intent_invalid_parameter",
            "allowed_payment_method_types",
        ),
        (
            {"confirm": True, "payment_method": "pm_card_visa", "mandate": "mandate_no"},
            "resource_missing",
            "mandate",
        ),
    ],
)
def test_an_invalid_detail_is_refused(
    client: stripe.StripeClient, params: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.create(client, **params)
    assert (refused.value.code, refused.value.param) == (code, param)


@pytest.mark.stripe_rule(
    "Types of payment methods can be excluded, and all of them included again",
    "https://docs.stripe.com/api/payment_intents/update",
)
def test_an_update_cannot_leave_cards_out(client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.update(intent.id, {"payment_method_types": ["paypal"]})
    assert refused.value.param == "payment_method_types[0]"
    changed = client.v1.payment_intents.update(
        intent.id, {"excluded_payment_method_types": ["klarna"]}
    )
    assert changed.excluded_payment_method_types == ["klarna"]
    cleared = client.v1.payment_intents.update(intent.id, {"excluded_payment_method_types": ""})
    assert cleared.excluded_payment_method_types is None


@pytest.mark.stripe_rule(
    "`mandate_data` goes with a confirmation only",
    "https://docs.stripe.com/api/payment_intents/create#create_payment_intent-mandate_data",
)
def test_a_mandate_may_be_accepted_with_a_confirmation(client: stripe.StripeClient) -> None:
    online = {"ip_address": "127.0.0.1", "user_agent": "browser"}
    accepted = {"customer_acceptance": {"type": "online", "online": online}}
    assert payments.pay(client, mandate_data=accepted).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.create(client, mandate_data=accepted)
    assert refused.value.param == "mandate_data"


@pytest.mark.stripe_rule(
    "Shipping and transfer group are copied to the charge",
    "https://docs.stripe.com/api/charges/object",
)
def test_shipping_and_group_go_with_the_charge_and_can_be_unset(
    client: stripe.StripeClient,
) -> None:
    shipping = {"address": {"line1": "Street 1", "city": "Oslo"}, "name": "Alice"}
    intent = payments.create(client, shipping=shipping, transfer_group="TRIP-7")
    changed = client.v1.payment_intents.update(intent.id, {"description": "x", "shipping": ""})
    assert (changed.shipping, changed.transfer_group) == (None, "TRIP-7")
    paid = client.v1.payment_intents.confirm(
        intent.id,
        {"payment_method": "pm_card_visa", "shipping": shipping, "expand": ["latest_charge"]},
    )
    assert paid.latest_charge.shipping.address.city == "Oslo"
    assert paid.latest_charge.transfer_group == "TRIP-7"
    listed = client.v1.charges.list({"transfer_group": "TRIP-7"}).data
    assert paid.latest_charge.id in [charge.id for charge in listed]


@pytest.mark.stripe_rule(
    "Only an authorization that requested it can be incremented",
    "https://docs.stripe.com/payments/incremental-authorization",
)
def test_an_authorization_is_not_incremented(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="does not support incremental"):
        client.v1.payment_intents.increment_authorization(intent.id, {"amount": 3000})
    paid = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.increment_authorization(paid.id, {"amount": 3000})
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize("name", ["source", "test_clock"])
def test_a_customer_of_older_times_is_refused(client: stripe.StripeClient, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not support") as refused:
        client.v1.customers.create({name: "tok_visa"})
    assert refused.value.param == name


@pytest.mark.stripe_rule(
    "An invalid email address is `email_invalid`",
    "https://docs.stripe.com/error-codes#email-invalid",
)
def test_an_email_address_must_be_valid(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid email address: alice@") as no:
        client.v1.customers.create({"email": "alice@"})
    assert (no.value.code, no.value.param) == ("email_invalid", "email")
    with pytest.raises(stripe.InvalidRequestError) as billing:
        client.v1.payment_methods.create(
            {
                "type": "card",
                "card": {"token": "tok_visa"},
                "billing_details": {"email": "x"},
            }
        )
    assert billing.value.param == "billing_details[email]"
