"""An endpoint with another API version is noticed, and logged once per version."""

import pytest

from payments_graphql.mirror import NotOurs, ReadRequired
from payments_graphql.models import (
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.stripe_client import API_VERSION
from payments_graphql.webhooks import handlers, inbox


@pytest.fixture(autouse=True)
def _nothing_was_said_yet():
    handlers._warn_of_other_version.cache_clear()
    yield
    handlers._warn_of_other_version.cache_clear()


def test_a_refund_of_an_unknown_payment_is_read_with_it(
    service, alice, sandbox, dashboard, events, deliver
):
    assert service.get_or_create_customer(alice)["success"]
    paid = dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": StripeCustomer.objects.get().stripe_customer_id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://shop.example",
        }
    )
    refund = dashboard.v1.refunds.create({"payment_intent": paid.id})
    (event,) = events("refund.created")

    deliver(event | {"api_version": "2020-08-27"})
    inbox.process_due()

    assert StripeWebhookEvent.objects.get().state == "processed"
    assert StripeRefund.objects.get().stripe_refund_id == refund.id
    assert StripePaymentIntent.objects.get().stripe_payment_intent_id == paid.id


def _find_warnings(caplog) -> list[str]:
    name = "webhook_other_api_version"
    return [
        one.getMessage()
        for one in caplog.records
        if name in one.getMessage() and one.levelname == "WARNING"
    ]


@pytest.mark.parametrize(
    ("type", "read"),
    [
        ("payment_intent.succeeded", ("payment_intent", "the_object")),
        ("setup_intent.succeeded", ("setup_intent", "the_object")),
        ("charge.succeeded", ("payment_intent", "pi_1")),
        ("charge.refund.updated", ("refund", "the_object")),
        ("refund.failed", ("refund", "the_object")),
        ("charge.dispute.closed", ("dispute", "the_object")),
        ("payment_method.attached", ("payment_method", "the_object")),
        ("customer.updated", ("customer", "the_object")),
    ],
)
def test_the_events_object_is_read(alice, type, read):
    StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")
    payload = {"id": "the_object", "customer": "cus_alice", "payment_intent": "pi_1"}
    event = StripeWebhookEvent(
        type=type,
        object_id="the_object",
        api_version="2024-06-20",
        payload={"data": {"object": payload}},
    )

    with pytest.raises(ReadRequired) as caught:
        handlers.refuse_other_version(event)

    assert (caught.value.kind, caught.value.stripe_id) == read


@pytest.mark.parametrize(
    ("type", "payload"),
    [
        ("payment_intent.succeeded", {"customer": "cus_other"}),
        ("charge.succeeded", {"customer": "cus_other", "payment_intent": "pi_1"}),
        ("charge.succeeded", {"customer": None, "payment_intent": "pi_1"}),
        ("charge.succeeded", {"customer": "cus_alice", "payment_intent": None}),
    ],
)
def test_other_peoples_payments_are_not_read(alice, type, payload):
    StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")
    event = StripeWebhookEvent(
        type=type,
        object_id="the_object",
        api_version="2024-06-20",
        payload={"data": {"object": payload}},
    )

    with pytest.raises(NotOurs, match="not of one of our customers"):
        handlers.refuse_other_version(event)


def test_another_version_is_logged_once_with_both_versions(post, make_event, caplog):
    for number in range(3):
        post(make_event(id=f"evt_{number}", api_version="2024-06-20"))

    (line,) = _find_warnings(caplog)
    assert f"api_version=2024-06-20 expected={API_VERSION}" in line


def test_each_version_is_logged(post, make_event, caplog):
    post(make_event(id="evt_1", api_version="2024-06-20"))
    post(make_event(id="evt_2", type="radar.early_fraud_warning.created", api_version="2020-08-27"))

    assert len(_find_warnings(caplog)) == 2


def test_our_version_is_not_logged(post, make_event, caplog):
    post(make_event())

    assert _find_warnings(caplog) == []


def test_an_unhandled_type_is_not_logged(post, make_event, caplog):
    post(make_event(type="invoice.paid", api_version="2024-06-20"))

    assert _find_warnings(caplog) == []
