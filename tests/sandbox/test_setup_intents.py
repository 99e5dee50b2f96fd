"""Setup intents: https://docs.stripe.com/payments/save-and-reuse."""

from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import connect
from tests.sandbox.setups import authenticate, create, set_up


@pytest.mark.stripe_rule(
    "A new setup intent is `requires_payment_method`, for off-session use",
    "https://docs.stripe.com/api/setup_intents/create",
)
def test_a_new_setup_intent_waits_for_a_card(client: stripe.StripeClient) -> None:
    intent = create(client, description="Alice's card", metadata={"a": "1"})
    assert intent.id.startswith("seti_1")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    assert client.v1.setup_intents.retrieve(intent.id).to_dict() == intent.to_dict()
    assert create(client, usage="on_session").usage == "on_session"


@pytest.mark.stripe_rule(
    "A confirmed setup attaches the card to its customer",
    "https://docs.stripe.com/payments/setup-intents",
)
def test_a_confirmed_setup_attaches_the_card(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = create(client, customer=alice.id, payment_method="pm_card_visa")
    assert intent.status == "requires_confirmation"
    done = client.v1.setup_intents.confirm(intent.id, {"expand": ["latest_attempt"]})
    assert (done.status, done.mandate, done.next_action) == ("succeeded", None, None)
    assert (done.latest_attempt.status, done.latest_attempt.setup_intent) == (
        "succeeded",
        intent.id,
    )
    saved = client.v1.payment_methods.list({"customer": alice.id}).data
    assert [card.id for card in saved] == [done.payment_method]
    assert saved[0].card.checks.cvc_check == "pass"
    assert payments.pay(client, saved[0].id, customer=alice.id, off_session=True).status == (
        "succeeded"
    )


@pytest.mark.stripe_rule(
    "Set up without a customer, the card can be attached later",
    "https://docs.stripe.com/payments/setup-intents",
)
def test_without_a_customer_the_card_can_be_attached_later(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    done = set_up(client)
    assert client.v1.payment_methods.retrieve(done.payment_method).customer is None
    attached = client.v1.payment_methods.attach(done.payment_method, {"customer": alice.id})
    assert attached.customer == alice.id


@pytest.mark.stripe_rule(
    "Stripe.js sends the card in `payment_method_data`",
    "https://docs.stripe.com/js/setup_intents/confirm_setup",
)
def test_card_numbers_are_taken_as_stripe_js_sends_them(client: stripe.StripeClient) -> None:
    card = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "123"}
    done = create(client, confirm=True, payment_method_data={"type": "card", "card": card})
    assert done.status == "succeeded"


@pytest.mark.stripe_rule(
    "A decline is `card_error`, and the setup accepts another card",
    "https://docs.stripe.com/payments/setup-intents",
)
@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_setup_open(
    client: stripe.StripeClient, alice: stripe.Customer, card: str, code: str, decline_code: str
) -> None:
    intent = create(client, customer=alice.id)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.setup_intents.confirm(intent.id, {"payment_method": card})
    assert (declined.value.http_status, declined.value.code) == (402, code)
    assert declined.value.error.setup_intent.id == intent.id
    after = client.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert after.last_setup_error.decline_code == decline_code
    assert after.latest_attempt.status == "failed"
    assert after.latest_attempt.setup_error.code == code
    assert client.v1.payment_methods.list({"customer": alice.id}).data == []
    done = client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (done.status, done.last_setup_error) == ("succeeded", None)


@pytest.mark.stripe_rule(
    "One test card is set up and declines when charged",
    "https://docs.stripe.com/testing#declined-payments",
)
def test_a_card_that_fails_only_when_charged_is_set_up(client: stripe.StripeClient) -> None:
    assert set_up(client, "pm_card_chargeCustomerFail").status == "succeeded"


@pytest.mark.stripe_rule(
    "Where redirects are allowed, confirming needs a `return_url`",
    "https://docs.stripe.com/api/setup_intents/confirm#confirm_setup_intent-return_url",
)
def test_a_setup_that_may_redirect_needs_a_return_url(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="This SetupIntent is configured") as no:
        client.v1.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
    assert no.value.param == "return_url"
    types = {"payment_method": "pm_card_visa", "confirm": True, "payment_method_types": ["card"]}
    assert client.v1.setup_intents.create(types).status == "succeeded"


@pytest.mark.stripe_rule(
    "An intent without a payment method can't be confirmed",
    "https://docs.stripe.com/api/setup_intents/confirm",
)
def test_a_setup_without_a_card_cannot_be_confirmed(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    default = {"invoice_settings": {"default_payment_method": card.id}}
    client.v1.customers.update(alice.id, default)
    intent = create(client, customer=alice.id)
    with pytest.raises(stripe.InvalidRequestError, match="it's missing a payment method") as no:
        client.v1.setup_intents.confirm(intent.id)
    assert no.value.code == "setup_intent_unexpected_state"
    assert no.value.error.setup_intent.id == intent.id


@pytest.mark.stripe_rule(
    "A finished setup accepts only metadata", "https://docs.stripe.com/api/setup_intents/update"
)
def test_a_finished_setup_keeps_its_card_and_accepts_metadata(client: stripe.StripeClient) -> None:
    done = set_up(client)
    with pytest.raises(stripe.InvalidRequestError, match="because it has already succeeded"):
        client.v1.setup_intents.confirm(done.id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot update") as refused:
        client.v1.setup_intents.update(done.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "setup_intent_unexpected_state"
    changed = client.v1.setup_intents.update(done.id, {"metadata": {"b": "2"}, "description": "x"})
    assert (changed.metadata["b"], changed.description) == ("2", "x")
    with pytest.raises(stripe.InvalidRequestError, match="has a status of succeeded"):
        client.v1.setup_intents.cancel(done.id)


@pytest.mark.stripe_rule(
    "An open setup can be updated, and canceled with a reason",
    "https://docs.stripe.com/api/setup_intents/cancel",
)
def test_an_open_setup_can_be_changed_and_canceled(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    waiting = set_up(client, "pm_card_threeDSecureRequired")
    changed = client.v1.setup_intents.update(
        waiting.id, {"customer": alice.id, "payment_method": "pm_card_mastercard"}
    )
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)
    assert changed.customer == alice.id
    canceled = client.v1.setup_intents.cancel(waiting.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    for again, message in (
        (client.v1.setup_intents.cancel, "it is already canceled"),
        (client.v1.setup_intents.confirm, "has a status of canceled"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
            again(waiting.id)
        assert refused.value.code == "setup_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "A card of another customer is refused",
    "https://docs.stripe.com/api/setup_intents/create#create_setup_intent-customer",
)
def test_another_customers_card_is_refused(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    bob = client.v1.customers.create({"name": "Bob"})
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": bob.id})
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer"):
        create(client, customer=alice.id, payment_method=card.id)
    intent = create(client)
    with pytest.raises(stripe.InvalidRequestError, match="Please include the Customer"):
        client.v1.setup_intents.update(intent.id, {"payment_method": card.id})


@pytest.mark.stripe_rule(
    "A card that can't be used again can't be set up",
    "https://docs.stripe.com/payments/payment-methods",
)
def test_a_card_used_by_a_payment_cannot_be_set_up(client: stripe.StripeClient) -> None:
    spent = payments.pay(client).payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        set_up(client, spent)


@pytest.mark.stripe_rule(
    "Parameters of other payment methods and of Connect",
    "https://docs.stripe.com/api/setup_intents/create",
    ours="Refused: the sandbox has cards and one account",
)
@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"single_use": {"amount": 100, "currency": "usd"}}, "single_use"),
        ({"return_url": "https://shop.example/"}, "return_url"),
        ({"attach_to_self": True}, "attach_to_self"),
        ({"usage": "later"}, "usage"),
        ({"customer": "cus_no"}, "customer"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
    ],
)
def test_unsupported_parameters_of_a_setup_are_refused(
    client: stripe.StripeClient, params: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(client, **params)
    assert refused.value.param == param


@pytest.mark.stripe_rule(
    "Cards need no mandate",
    "https://docs.stripe.com/api/setup_intents/confirm#confirm_setup_intent-mandate_data",
)
def test_a_mandate_may_be_given_and_a_card_needs_none(client: stripe.StripeClient) -> None:
    accepted = {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "x"}}
    done = set_up(client, mandate_data={"customer_acceptance": accepted})
    assert (done.status, done.mandate) == ("succeeded", None)


@pytest.mark.stripe_rule(
    "Setups are listed, and each confirmation is an attempt",
    "https://docs.stripe.com/api/setup_attempts/list",
)
def test_setups_and_their_attempts_are_listed(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    first = set_up(client, customer=alice.id)
    second = create(client, customer=alice.id)
    with pytest.raises(stripe.CardError):
        client.v1.setup_intents.confirm(second.id, {"payment_method": "pm_card_chargeDeclined"})
    client.v1.setup_intents.confirm(second.id, {"payment_method": "pm_card_visa"})
    listed = client.v1.setup_intents.list({"customer": alice.id}).data
    assert [intent.id for intent in listed] == [second.id, first.id]
    by_card = client.v1.setup_intents.list({"payment_method": first.payment_method}).data
    assert [intent.id for intent in by_card] == [first.id]
    attempts = client.v1.setup_attempts.list({"setup_intent": second.id}).data
    assert [attempt.status for attempt in attempts] == ["succeeded", "failed"]
    with pytest.raises(stripe.InvalidRequestError, match="No such setupintent: 'seti_no'") as no:
        client.v1.setup_intents.retrieve("seti_no")
    assert (no.value.http_status, no.value.param) == (404, "intent")


@pytest.mark.stripe_rule(
    "A publishable key retrieves and confirms a setup with its client secret",
    "https://docs.stripe.com/keys",
)
def test_a_publishable_key_confirms_a_setup_with_its_client_secret(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = create(client, customer=alice.id, metadata={"internal": "x"})
    browser = connect(sandbox, "pk_test_browser")
    secret = {"client_secret": intent.client_secret}
    assert "metadata" not in browser.v1.setup_intents.retrieve(intent.id, secret)
    done = browser.v1.setup_intents.confirm(intent.id, {**secret, "payment_method": "pm_card_visa"})
    assert (done.status, "customer" in done) == ("succeeded", False)
    with pytest.raises(stripe.InvalidRequestError, match="does not match any associated SetupInt"):
        browser.v1.setup_intents.retrieve(intent.id, {"client_secret": "seti_x_secret_y"})
    with pytest.raises(stripe.PermissionError):
        browser.v1.setup_intents.cancel(intent.id)


@pytest.mark.stripe_rule(
    "A setup sends `setup_intent.created`, `requires_action`, `succeeded` or `setup_failed`",
    "https://docs.stripe.com/api/events/types",
)
def test_a_setup_sends_its_events_in_order(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    customer = own_client.v1.customers.create({})
    set_up(own_client, customer=customer.id)
    waiting = set_up(own_client, "pm_card_threeDSecureRequired")
    authenticate(own_sandbox, waiting.id, "fail")
    own_client.v1.setup_intents.cancel(waiting.id)
    assert payments.event_types(own_client)[1:] == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "setup_intent.canceled",
    ]
