"""Charges without a payment intent: https://docs.stripe.com/api/charges/create."""

from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments

DAY = 24 * 60 * 60


def charge(client: stripe.StripeClient, token: str = "tok_visa", **params: Any) -> stripe.Charge:
    return client.v1.charges.create({"amount": 2000, "currency": "usd", "source": token, **params})


@pytest.mark.stripe_rule(
    "A token can be charged without an intent", "https://docs.stripe.com/api/charges/create"
)
def test_a_token_is_charged(own_client: stripe.StripeClient) -> None:
    made = charge(own_client, description="Lisbon", metadata={"a": "1"})
    assert (made.status, made.captured, made.payment_intent) == ("succeeded", True, None)
    assert (made.source.object, made.source.last4) == ("card", "4242")
    assert made.balance_transaction.startswith("txn_3")
    refund = own_client.v1.refunds.create({"charge": made.id, "amount": 500})
    assert (refund.charge, refund.payment_intent) == (made.id, None)
    assert payments.event_types(own_client) == [
        "charge.succeeded",
        "refund.created",
        "charge.refunded",
    ]


@pytest.mark.stripe_rule(
    "With `capture: false` a charge is captured later or expires",
    "https://docs.stripe.com/api/charges/capture",
)
def test_an_authorized_charge_is_captured_or_expires(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    first = charge(own_client, capture=False)
    assert first.captured is False
    captured = own_client.v1.charges.capture(first.id, {"amount": 1500})
    assert (captured.amount_captured, captured.amount_refunded) == (1500, 500)
    with pytest.raises(stripe.InvalidRequestError) as twice:
        own_client.v1.charges.capture(first.id)
    assert twice.value.code == "charge_already_captured"
    second = charge(own_client, capture=False)
    own_sandbox.advance(7 * DAY)
    assert own_client.v1.charges.retrieve(second.id).refunded is True
    with pytest.raises(stripe.InvalidRequestError) as expired:
        own_client.v1.charges.capture(second.id)
    assert expired.value.code == "charge_expired_for_capture"
    assert payments.event_types(own_client)[-1] == "charge.expired"


@pytest.mark.stripe_rule(
    "No more than the authorized amount can be captured",
    "https://docs.stripe.com/api/charges/capture#capture_charge-amount",
)
def test_no_more_is_captured_than_was_authorized(client: stripe.StripeClient) -> None:
    made = charge(client, capture=False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.charges.capture(made.id, {"amount": 2001})
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount")


@pytest.mark.stripe_rule(
    "A declined token is 402, with a failed charge", "https://docs.stripe.com/declines"
)
@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_chargeDeclined", "card_declined"),
        ("tok_chargeDeclinedExpiredCard", "expired_card"),
        ("tok_authenticationRequired", "authentication_required"),
    ],
)
def test_a_declined_token_leaves_a_failed_charge(
    client: stripe.StripeClient, token: str, code: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        charge(client, token)
    assert declined.value.code == code
    failed = client.v1.charges.retrieve(declined.value.error.charge)
    assert (failed.status, failed.failure_code) == ("failed", code)
    with pytest.raises(stripe.InvalidRequestError, match="declined"):
        client.v1.charges.capture(failed.id)


@pytest.mark.stripe_rule(
    "The charge of an intent is captured through the intent",
    "https://docs.stripe.com/api/charges/capture",
)
def test_the_charge_of_an_intent_is_captured_through_its_intent(
    client: stripe.StripeClient,
) -> None:
    intent = payments.pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match=f"capture {intent.id} instead"):
        client.v1.charges.capture(intent.latest_charge)


@pytest.mark.stripe_rule(
    "A charge without an intent can be disputed as well", "https://docs.stripe.com/disputes"
)
def test_a_direct_charge_can_be_disputed(client: stripe.StripeClient) -> None:
    made = charge(client, "tok_createDispute")
    assert made.disputed is True
    dispute = client.v1.disputes.list({"charge": made.id}).data[0]
    assert (dispute.status, dispute.payment_intent) == ("needs_response", None)


@pytest.mark.stripe_rule(
    "A charge needs a source or a customer, and an amount as intents do",
    "https://docs.stripe.com/api/charges/create",
)
@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"source": "tok_no"}, "source"),
        ({"customer": "cus_no"}, "customer"),
        ({"application_fee_amount": 5}, "application_fee_amount"),
        ({"amount": 10}, "amount"),
    ],
)
def test_a_charge_that_cannot_be_is_refused(
    client: stripe.StripeClient, params: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(client, **params)
    assert refused.value.param == param


@pytest.mark.stripe_rule(
    "Customers are charged by their default source; payment methods need an intent",
    "https://docs.stripe.com/payments/payment-methods/transitioning",
    ours="Customers have no sources",
)
def test_a_customer_without_an_old_source_cannot_be_charged(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.charges.create({"amount": 2000, "currency": "usd", "customer": alice.id})
    assert refused.value.code == "missing"


@pytest.mark.stripe_rule(
    "A charge can be reported as fraudulent or safe",
    "https://docs.stripe.com/api/charges/update#update_charge-fraud_details",
)
def test_a_charge_takes_a_report_of_fraud(client: stripe.StripeClient) -> None:
    made = charge(client)
    reported = client.v1.charges.update(made.id, {"fraud_details": {"user_report": "fraudulent"}})
    assert reported.fraud_details.user_report == "fraudulent"
