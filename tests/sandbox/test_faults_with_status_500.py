"""A 500, with its effect, without it, or with an effect that comes later."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.faulty_requests import INTENT, PAYMENT_INTENTS, count_intents, post


@pytest.mark.stripe_rule(
    "A 500 is saved for its key and replayed", "https://docs.stripe.com/api/idempotent_requests"
)
@pytest.mark.parametrize(("fault", "effects"), [("error_500", 0), ("error_500_after_effect", 1)])
def test_a_500_is_saved_and_replayed_whether_or_not_it_had_its_effect(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str, fault: str, effects: int
) -> None:
    first = post(own_sandbox, key, fault)
    assert (first.status, first.error["type"]) == (500, "api_error")
    assert count_intents(own_client) == effects
    again = post(own_sandbox, key)
    assert again.status == 500
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_intents(own_client) == effects


def test_a_500_for_refused_parameters_is_the_refusal(own_sandbox: Sandbox, key: str) -> None:
    assert post(own_sandbox, key, "error_500", "amount=x&currency=usd").status == 400
    assert post(own_sandbox, key).status == 200


def test_a_saved_500_ages_with_its_key(own_sandbox: Sandbox, key: str) -> None:
    post(own_sandbox, key, "error_500")
    own_sandbox.advance(25 * 60 * 60)
    assert post(own_sandbox, key).status == 200


@pytest.mark.stripe_rule(
    "After a 500 the effect may still happen later", "https://docs.stripe.com/error-low-level"
)
def test_an_effect_is_rolled_forward_after_its_500(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    body = f"{INTENT}&confirm=true&payment_method=pm_card_visa&return_url=https://shop.example/"
    first = post(own_sandbox, key, "error_500_rolled_forward; delay=60", body)
    assert first.status == 500
    own_sandbox.advance(59)
    assert count_intents(own_client) == 0
    own_sandbox.advance(2)
    (intent,) = own_client.v1.payment_intents.list().data
    assert (intent.status, intent.amount) == ("succeeded", 1000)
    event = own_client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    assert event.request.id == first.headers["Request-Id"]
    assert event.request.idempotency_key == key
    assert post(own_sandbox, key, None, body).status == 500


def test_what_is_refused_by_the_time_it_is_rolled_forward_does_not_happen(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    intent = payments.create(own_client, payment_method="pm_card_visa", capture_method="manual")
    own_client.v1.payment_intents.confirm(intent.id)
    path = f"{PAYMENT_INTENTS}/{intent.id}/capture"
    assert post(own_sandbox, key, "error_500_rolled_forward; delay=60", "", path).status == 500
    own_client.v1.payment_intents.cancel(intent.id)
    before = len(payments.event_types(own_client))
    own_sandbox.advance(61)
    assert own_client.v1.payment_intents.retrieve(intent.id).status == "canceled"
    assert len(payments.event_types(own_client)) == before


def test_a_decline_that_is_rolled_forward_leaves_its_charge(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    intent = payments.create(own_client, payment_method="pm_card_chargeDeclined")
    path = f"{PAYMENT_INTENTS}/{intent.id}/confirm"
    post(own_sandbox, key, "error_500_rolled_forward", "", path)
    own_sandbox.advance(2)
    declined = own_client.v1.payment_intents.retrieve(intent.id)
    assert declined.last_payment_error is not None
    assert payments.event_types(own_client)[-1] == "payment_intent.payment_failed"
