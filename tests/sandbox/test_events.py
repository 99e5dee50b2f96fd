"""The events, in Stripe's order: https://docs.stripe.com/api/events/types."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "A payment sends `payment_intent.created`, `charge.succeeded`, `payment_intent.succeeded`",
    "https://docs.stripe.com/api/events/types",
)
def test_a_payment_sends_its_events_in_order(own_client: stripe.StripeClient) -> None:
    payments.pay(own_client)
    assert payments.event_types(own_client) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


@pytest.mark.stripe_rule(
    "A decline sends `charge.failed` and `payment_intent.payment_failed`",
    "https://docs.stripe.com/api/events/types",
)
def test_a_decline_sends_its_events_in_order(own_client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError):
        payments.pay(own_client, "pm_card_chargeDeclined")
    assert payments.event_types(own_client) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


@pytest.mark.stripe_rule(
    "An authorization sends `amount_capturable_updated`; its capture `charge.captured`",
    "https://docs.stripe.com/api/events/types",
)
def test_a_captured_payment_sends_its_events_in_order(own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client, capture_method="manual")
    own_client.v1.payment_intents.capture(intent.id)
    assert payments.event_types(own_client) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


@pytest.mark.stripe_rule(
    "A released authorization sends `charge.refunded` and `payment_intent.canceled`",
    "https://docs.stripe.com/api/events/types",
)
def test_a_canceled_authorization_sends_its_events_in_order(
    own_client: stripe.StripeClient,
) -> None:
    intent = payments.pay(own_client, capture_method="manual")
    own_client.v1.payment_intents.cancel(intent.id)
    assert payments.event_types(own_client)[3:] == ["charge.refunded", "payment_intent.canceled"]


@pytest.mark.stripe_rule(
    "`payment_intent.requires_action` and `payment_method.attached` are sent when they happen",
    "https://docs.stripe.com/api/events/types",
)
def test_an_authentication_and_a_saved_card_send_their_events(
    own_client: stripe.StripeClient,
) -> None:
    payments.pay(own_client, "pm_card_threeDSecureRequired")
    customer = own_client.v1.customers.create({})
    payments.pay(own_client, customer=customer.id, setup_future_usage="off_session")
    assert payments.event_types(own_client) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "customer.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_method.attached",
        "payment_intent.succeeded",
    ]


@pytest.mark.stripe_rule(
    "A refund sends `refund.created` and `charge.refunded`, and more when it changes",
    "https://docs.stripe.com/api/events/types",
)
def test_a_refund_sends_its_events_in_order(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    for card in ("pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail"):
        intent = payments.pay(own_client, card)
        before = len(payments.event_types(own_client))
        own_client.v1.refunds.create({"payment_intent": intent.id})
        own_sandbox.advance(1)
        later = {
            "pm_card_visa": [],
            "pm_card_pendingRefund": ["refund.updated", "charge.refund.updated"],
            "pm_card_refundFail": ["refund.updated", "charge.refund.updated", "refund.failed"],
        }[card]
        told = payments.event_types(own_client)[before:]
        assert told == ["refund.created", "charge.refunded", *later]


@pytest.mark.stripe_rule(
    "The object of `charge.refund.updated` is the refund",
    "https://docs.stripe.com/api/events/types#event_types-charge.refund.updated",
)
def test_the_object_of_charge_refund_updated_is_the_refund(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client, "pm_card_pendingRefund")
    own_client.v1.refunds.create({"payment_intent": intent.id})
    own_sandbox.advance(1)
    event = own_client.v1.events.list({"type": "charge.refund.updated"}).data[0]
    assert event.data.object["object"] == "refund"
    assert event.data.previous_attributes["status"] == "pending"
    assert (event.request.id, event.request.idempotency_key) == (None, None)


@pytest.mark.stripe_rule(
    "An update's event has the old values in `previous_attributes`",
    "https://docs.stripe.com/api/events/object#event_object-data-previous_attributes",
)
def test_updates_of_customers_and_cards_send_the_old_values(
    own_client: stripe.StripeClient,
) -> None:
    customer = own_client.v1.customers.create({"metadata": {"a": "1"}})
    own_client.v1.customers.update(customer.id, {"metadata": {"a": "2", "b": "3"}})
    card = own_client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    own_client.v1.payment_methods.update(card.id, {"metadata": {"x": "y"}})
    own_client.v1.payment_methods.detach(card.id)
    own_client.v1.customers.delete(customer.id)
    events = own_client.v1.events.list({"limit": 100}).data[::-1]
    assert [event.type for event in events] == [
        "customer.created",
        "customer.updated",
        "payment_method.attached",
        "payment_method.updated",
        "payment_method.detached",
        "customer.deleted",
    ]
    before = [event.data.to_dict().get("previous_attributes") for event in events]
    assert before[1] == {"metadata": {"a": "1", "b": None}}
    assert before[4] == {"customer": customer.id}
    assert before[0] is before[2] is before[5] is None


@pytest.mark.stripe_rule(
    "Without a change there is no event", "https://docs.stripe.com/api/events/types"
)
def test_an_update_without_changes_sends_no_event(own_client: stripe.StripeClient) -> None:
    customer = own_client.v1.customers.create({"name": "Alice"})
    own_client.v1.customers.update(customer.id, {"name": "Alice"})
    assert payments.event_types(own_client) == ["customer.created"]


@pytest.mark.stripe_rule(
    "An event is a snapshot, with the request's id and idempotency key",
    "https://docs.stripe.com/api/events/object",
)
def test_an_event_is_a_snapshot_with_its_request(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = own_client.v1.payment_intents.create(
        {"amount": 500, "currency": "usd"}, {"idempotency_key": "order-1"}
    )
    own_client.v1.payment_intents.update(intent.id, {"amount": 900})
    event = own_client.v1.events.list({"type": "payment_intent.created"}).data[0]
    assert event.data.object["amount"] == 500
    assert event.data.object["client_secret"] == intent.client_secret
    assert event.api_version == "2026-10-28.endive"
    assert event.livemode is False
    assert event.request.idempotency_key == "order-1"
    assert event.request.id == own_sandbox.requests("POST", "/v1/payment_intents")[0].request_id
    assert not any(name.startswith("_") for name in event.data.object.to_dict())


@pytest.mark.stripe_rule(
    "Events are listed for 30 days, by type, several types, and time",
    "https://docs.stripe.com/api/events/list",
)
def test_events_are_filtered_by_type_and_time(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client)
    own_sandbox.advance(100)
    own_client.v1.customers.create({})
    newest, *older = own_client.v1.events.list().data
    listing = own_client.v1.events.list

    def types(**params: object) -> list[str]:
        return [event.type for event in listing(params).data]

    assert types(type="charge.succeeded") == ["charge.succeeded"]
    assert types(types=["charge.succeeded", "customer.created"]) == [
        "customer.created",
        "charge.succeeded",
    ]
    assert types(type="payment_intent.*") == ["payment_intent.succeeded", "payment_intent.created"]
    assert types(created={"gte": newest.created}) == ["customer.created"]
    assert types(created={"lt": newest.created}, ending_before=older[-1].id) == [
        "payment_intent.succeeded",
        "charge.succeeded",
    ]
    own_sandbox.advance(31 * 24 * 60 * 60)
    assert types() == []


@pytest.mark.stripe_rule(
    "An event is retrieved as it was listed", "https://docs.stripe.com/api/events/retrieve"
)
def test_a_read_event_is_the_listed_one(own_client: stripe.StripeClient) -> None:
    own_client.v1.customers.create({})
    event = own_client.v1.events.list().data[0]
    assert own_client.v1.events.retrieve(event.id).to_dict() == event.to_dict()


@pytest.mark.stripe_rule(
    "Every `*.updated` event has `previous_attributes`",
    "https://docs.stripe.com/api/events/object#event_object-data-previous_attributes",
)
def test_every_update_sends_the_old_values(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    v1 = own_client.v1
    customer = v1.customers.create({})
    v1.customers.update(customer.id, {"name": "Alice"})
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    v1.payment_methods.update(card.id, {"metadata": {"a": "1"}})
    intent = payments.pay(own_client, "pm_card_pendingRefund")
    v1.charges.update(str(intent.latest_charge), {"description": "Lisbon"})
    v1.refunds.create({"payment_intent": intent.id})
    disputed = payments.pay(own_client, "pm_card_createDispute")
    dispute = v1.disputes.list({"payment_intent": disputed.id}).data[0]
    v1.disputes.update(dispute.id, {"metadata": {"a": "1"}})
    own_sandbox.advance(1)
    before = {
        event.type: event.data.previous_attributes.to_dict()
        for event in v1.events.list({"limit": 100, "types": ["*.updated"]}).data
    }
    assert before == {
        "charge.dispute.updated": {"metadata": {"a": None}},
        "charge.refund.updated": {"pending_reason": "processing", "status": "pending"},
        "charge.updated": {"description": None},
        "customer.updated": {"name": None},
        "payment_method.updated": {"metadata": {"a": None}},
        "refund.updated": {"pending_reason": "processing", "status": "pending"},
    }
