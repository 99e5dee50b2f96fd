"""Each kind of object, in each of its states, against the SDK and the OpenAPI document."""

from collections.abc import Callable

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, KEY, call
from tests.sandbox.response_checks import (
    REVIEWED,
    all_differences,
    differences,
    error_differences,
)

type Example = Callable[[stripe.StripeClient], object]


def customer(client: stripe.StripeClient) -> stripe.Customer:
    return client.v1.customers.create(
        {
            "address": {"city": "Oslo"},
            "email": "alice@example.com",
            "name": "Alice",
            "phone": "1",
            "preferred_locales": ["en"],
            "shipping": {"address": {"line1": "Street 1"}, "name": "Alice"},
        }
    )


def saved_card(client: stripe.StripeClient) -> stripe.PaymentMethod:
    owner = customer(client).id
    return client.v1.payment_methods.attach("pm_card_visa", {"customer": owner})


def default_card(client: stripe.StripeClient) -> stripe.Customer:
    card = saved_card(client)
    return client.v1.customers.update(
        str(card.customer), {"invoice_settings": {"default_payment_method": card.id}}
    )


def declined(client: stripe.StripeClient) -> stripe.PaymentIntent:
    with pytest.raises(stripe.CardError) as refused:
        payments.pay(client, "pm_card_chargeDeclined")
    error = refused.value.error
    return client.v1.payment_intents.retrieve(
        error.payment_intent.id, {"expand": ["latest_charge"]}
    )


def declined_setup(client: stripe.StripeClient) -> stripe.SetupIntent:
    with pytest.raises(stripe.CardError) as refused:
        set_up(client, "pm_card_chargeDeclinedExpiredCard")
    intent_id = refused.value.error.setup_intent.id
    return client.v1.setup_intents.retrieve(intent_id, {"expand": ["latest_attempt"]})


def set_up(client: stripe.StripeClient, card: str) -> stripe.SetupIntent:
    return client.v1.setup_intents.create(
        {
            "automatic_payment_methods": payments.WITHOUT_REDIRECTS,
            "confirm": True,
            "expand": ["latest_attempt", "payment_method"],
            "payment_method": card,
        }
    )


def refund(client: stripe.StripeClient, card: str) -> stripe.Refund:
    intent = payments.pay(client, card)
    return client.v1.refunds.create(
        {
            "expand": ["balance_transaction", "charge.balance_transaction"],
            "instructions_email": "alice@example.com",
            "metadata": {"a": "1"},
            "payment_intent": intent.id,
            "reason": "duplicate",
        }
    )


def canceled_refund(client: stripe.StripeClient) -> stripe.Refund:
    return client.v1.refunds.cancel(
        refund(client, "pm_card_refundRequiresAction").id,
        {"expand": ["failure_balance_transaction"]},
    )


def dispute(client: stripe.StripeClient, card: str) -> stripe.Dispute:
    intent = payments.pay(client, card)
    params = {"payment_intent": intent.id, "expand": ["data.charge", "data.payment_intent"]}
    return client.v1.disputes.list(params).data[0]


def captured(client: stripe.StripeClient) -> stripe.PaymentIntent:
    intent = payments.pay(client, capture_method="manual")
    return client.v1.payment_intents.capture(
        intent.id, {"amount_to_capture": 900, "expand": ["latest_charge.refunds"]}
    )


def everything_of_a_payment(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return payments.pay(
        client,
        amount_details={"tax": {"total_tax_amount": 5}},
        description="Lisbon",
        expand=["customer", "latest_charge.balance_transaction.source", "payment_method"],
        customer=customer(client).id,
        metadata={"a": "1"},
        receipt_email="alice@example.com",
        setup_future_usage="off_session",
        shipping={"address": {"line1": "Street 1"}, "name": "Alice"},
        statement_descriptor_suffix="LISBON",
        transfer_group="group",
    )


def payout(client: stripe.StripeClient) -> stripe.Payout:
    payments.pay(client, "pm_card_bypassPending", amount=1_000_000)  # more than others took
    return client.v1.payouts.create(
        {
            "amount": 500,
            "currency": "usd",
            "description": "Weekly",
            "expand": ["balance_transaction.source", "destination"],
            "metadata": {"a": "1"},
            "method": "instant",
            "statement_descriptor": "TRAVEL",
        }
    )


EXAMPLES: dict[str, Example] = {
    "a customer": customer,
    "a customer with a default card": default_card,
    "a customer deleted": lambda client: client.v1.customers.delete(customer(client).id),
    "a card": lambda client: client.v1.payment_methods.create(
        {"type": "card", "card": {"token": "tok_visa"}}
    ),
    "a saved card": saved_card,
    "a new payment": payments.create,
    "a payment with all there is": everything_of_a_payment,
    "a payment that waits for the bank's page": lambda client: payments.pay(
        client, "pm_card_threeDSecureRequired"
    ),
    "a payment that redirects": lambda client: client.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_threeDSecureRequired",
            "return_url": "https://shop.example/",
        }
    ),
    "an authorized payment": lambda client: payments.pay(
        client, capture_method="manual", expand=["latest_charge"]
    ),
    "a captured payment": captured,
    "a declined payment": declined,
    "a canceled payment": lambda client: client.v1.payment_intents.cancel(
        payments.create(client).id, {"cancellation_reason": "abandoned"}
    ),
    "a charge without an intent": lambda client: client.v1.charges.create(
        {"amount": 500, "currency": "usd", "source": "tok_visa"}
    ),
    "a refund": lambda client: refund(client, "pm_card_visa"),
    "a pending refund": lambda client: refund(client, "pm_card_pendingRefund"),
    "a waiting refund": lambda client: refund(client, "pm_card_refundRequiresAction"),
    "a canceled refund": canceled_refund,
    "a setup": lambda client: set_up(client, "pm_card_visa"),
    "a setup that waits": lambda client: set_up(client, "pm_card_threeDSecureRequired"),
    "a declined setup": declined_setup,
    "a chargeback": lambda client: dispute(client, "pm_card_createDispute"),
    "an inquiry": lambda client: dispute(client, "pm_card_createDisputeInquiry"),
    "an accepted dispute": lambda client: client.v1.disputes.close(
        dispute(client, "pm_card_createDispute").id
    ),
    "a warning": lambda client: client.v1.radar.early_fraud_warnings.list(
        {"charge": str(payments.pay(client, "pm_card_createIssuerFraudRecord").latest_charge)}
    ),
    "the balance": lambda client: client.v1.balance.retrieve(),
    "bookings": lambda client: client.v1.balance_transactions.list({"expand": ["data.source"]}),
    "a payout": payout,
    "a webhook endpoint": lambda client: client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.expired"]}
    ),
}


@pytest.mark.stripe_rule(
    "Objects have the attributes that Stripe's document and its SDK declare",
    "https://docs.stripe.com/api",
)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_object_has_what_stripe_declares_and_no_more(
    client: stripe.StripeClient, name: str
) -> None:
    example = EXAMPLES[name](client)
    assert isinstance(example, stripe.StripeObject)
    assert differences(example.to_dict()) == set()


@pytest.mark.stripe_rule(
    "The object in an event is complete", "https://docs.stripe.com/api/events/object"
)
def test_the_objects_in_events_are_complete(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    for make in EXAMPLES.values():
        make(own_client)
    own_sandbox.advance(8 * 24 * 60 * 60)
    events = list(own_client.v1.events.list({"limit": 100}).auto_paging_iter())
    told = {event.type for event in events}
    assert {"charge.expired", "charge.dispute.closed", "refund.updated"} <= told
    found = {one for event in events for one in all_differences(event.to_dict())}
    # Resolved differences must be removed from the list.
    assert found == REVIEWED.keys()


_PAYMENT = "amount=2000&currency=usd"


@pytest.mark.stripe_rule(
    "Errors have the attributes that Stripe declares", "https://docs.stripe.com/api/errors"
)
@pytest.mark.parametrize(
    "body",
    [
        "amount=1",
        f"{_PAYMENT}&confirm=true&payment_method=pm_card_radarBlock&payment_method_types[]=card",
        f"{_PAYMENT}&customer=cus_no",
    ],
)
def test_an_error_has_what_stripe_declares_and_no_more(sandbox: Sandbox, body: str) -> None:
    refused = call(sandbox, "POST", "/v1/payment_intents", body, KEY | FORM)
    assert error_differences(refused.json) == set()


def test_the_check_finds_what_is_wrong() -> None:
    wrong = {
        "id": None,
        "object": "refund",
        "amount": "5",
        "flavor": "red",
        "created": True,
        "currency": "usd",
        "reason": "whim",
        "destination_details": {"size": 1},
    }
    assert differences(wrong) >= {
        "refund.amount has not the document's type",
        "refund.amount has the wrong type",
        "refund.flavor is not in the SDK",
        "refund.flavor is not in the document",
        "refund.created has not the document's type",
        "refund.destination_details.size is not in the SDK",
        "refund.destination_details.type is missing",
        "refund.id is null",
        "refund.reason is none of the document's values: whim",
    }
    assert differences({"id": "x_1", "object": "unheard_of"}) == {"unheard_of is unknown"}
    assert error_differences({"error": {"message": "no"}}) == {
        "error.type is missing, against the document"
    }
