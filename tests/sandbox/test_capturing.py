import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments

A_WEEK = 7 * 24 * 60 * 60


@pytest.mark.stripe_rule(
    "`capture_method: manual` authorizes: `requires_capture`, with `capture_before` on the charge",
    "https://docs.stripe.com/payments/place-a-hold-on-a-payment-method",
)
def test_a_manual_capture_only_authorizes(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual", expand=["latest_charge"])
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (
        "requires_capture",
        2000,
        0,
    )
    charge = intent.latest_charge
    assert (charge.captured, charge.amount_captured) == (False, 0)
    assert charge.payment_method_details.card.capture_before == charge.created + A_WEEK


@pytest.mark.stripe_rule(
    "A capture takes all that is capturable unless told otherwise",
    "https://docs.stripe.com/api/payment_intents/capture",
)
def test_a_capture_takes_the_whole_amount(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual")
    captured = client.v1.payment_intents.capture(intent.id, {"expand": ["latest_charge"]})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == (
        "succeeded",
        2000,
        0,
    )
    assert captured.latest_charge.captured is True
    assert "capture_before" not in captured.latest_charge.payment_method_details.card


@pytest.mark.stripe_rule(
    "A partial capture releases the rest, which counts as refunded",
    "https://docs.stripe.com/payments/place-a-hold-on-a-payment-method",
)
def test_a_partial_capture_releases_the_rest(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual")
    captured = client.v1.payment_intents.capture(
        intent.id, {"amount_to_capture": 1200, "expand": ["latest_charge"]}
    )
    assert (captured.amount, captured.amount_received) == (2000, 1200)
    charge = captured.latest_charge
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1200, 800, False)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.amount == 1200


@pytest.mark.stripe_rule(
    "No more than the authorized amount can be captured",
    "https://docs.stripe.com/api/payment_intents/capture#capture_payment_intent-amount_to_capture",
)
@pytest.mark.parametrize("amount", [0, -1, 2001])
def test_a_wrong_amount_captures_nothing(client: stripe.StripeClient, amount: int) -> None:
    intent = payments.pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount})
    assert refused.value.param == "amount_to_capture"
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


@pytest.mark.stripe_rule(
    "Only `requires_capture` can be captured; else `payment_intent_unexpected_state`",
    "https://docs.stripe.com/api/payment_intents/capture",
)
def test_only_an_authorized_intent_can_be_captured(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="could not be captured") as refused:
        client.v1.payment_intents.capture(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "Canceling an authorized intent releases the amount",
    "https://docs.stripe.com/api/payment_intents/cancel",
)
def test_canceling_an_authorized_intent_releases_the_amount(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, capture_method="manual")
    canceled = client.v1.payment_intents.cancel(intent.id, {"expand": ["latest_charge"]})
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert canceled.cancellation_reason is None
    assert canceled.latest_charge.refunded is True


@pytest.mark.stripe_rule(
    "Most cards hold an amount for 7 days; then the intent is canceled automatically",
    "https://docs.stripe.com/payments/place-a-hold-on-a-payment-method",
    ours="Every card holds it for 7 days of the sandbox's clock",
)
def test_an_authorization_expires_after_a_week(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, capture_method="manual")
    own_sandbox.advance(A_WEEK - 60)
    assert own_client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    own_sandbox.advance(61)
    after = own_client.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.cancellation_reason) == ("canceled", "automatic")
    assert payments.event_types(own_client)[-2:] == ["charge.expired", "payment_intent.canceled"]


@pytest.mark.stripe_rule(
    "A captured payment doesn't expire",
    "https://docs.stripe.com/payments/place-a-hold-on-a-payment-method",
)
def test_a_captured_payment_does_not_expire(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, capture_method="manual")
    own_client.v1.payment_intents.capture(intent.id)
    own_sandbox.advance(A_WEEK + 1)
    assert own_client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
