"""A payment without a booking: `StripeService` may choose any price."""

from decimal import Decimal

import pytest

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import Operation, StatusChange, StripePaymentIntent
from payments_graphql.services import payment_creation


def test_a_payment_is_made_at_stripe_and_mirrored(service, alice, sandbox, dashboard):
    result = service.create_payment_intent(
        user=alice, amount="99.99", currency="usd", description="Travel booking payment"
    )

    assert result["success"], result
    intent = result["payment_intent"]
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert result["client_secret"] == at_stripe.client_secret
    assert (at_stripe.amount, at_stripe.currency) == (9999, "usd")
    assert (intent.amount, intent.currency, intent.status) == (
        9999,
        "USD",
        "requires_payment_method",
    )
    assert intent.price == Decimal("99.99")
    assert at_stripe.description == intent.description == "Travel booking payment"
    assert at_stripe.customer == intent.customer.stripe_customer_id
    assert intent.customer.user == alice
    assert result["replayed"] is False


@pytest.mark.parametrize(
    ("amount", "currency", "minor_units"),
    [
        (99.99, "USD", 9999),
        (10.00, "USD", 1000),
        (0.1 + 0.4, "USD", 50),
        (Decimal("0.50"), "EUR", 50),
        (1200, "JPY", 1200),
        ("1.230", "KWD", 1230),
        (1e3, "USD", 100000),
    ],
)
def test_amounts_become_minor_units(service, alice, amount, currency, minor_units):
    result = service.create_payment_intent(user=alice, amount=amount, currency=currency)

    assert result["success"], result
    assert result["payment_intent"].amount == minor_units


def test_a_second_payment_uses_the_same_customer(service, alice, sandbox):
    first = service.create_payment_intent(user=alice, amount=10, currency="USD")
    second = service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert first["payment_intent"].pk != second["payment_intent"].pk
    assert first["payment_intent"].customer == second["payment_intent"].customer
    assert len(sandbox.requests("POST", "/v1/customers")) == 1


def test_what_is_sent_to_stripe_is_what_was_recorded(service, alice, sandbox):
    service.create_payment_intent(
        user=alice,
        amount=10,
        currency="USD",
        metadata={"order": "7"},
        receipt_email="a@example.com",
        capture_method="manual",
        save_payment_method=True,
    )

    (request,) = sandbox.requests("POST", "/v1/payment_intents")
    operation = Operation.objects.get(kind="create_payment_intent")
    assert request.idempotency_key == str(operation.pk)
    assert request.parameters["metadata"]["payments_operation"] == str(operation.pk)
    assert request.parameters["metadata"]["order"] == "7"
    assert request.parameters["receipt_email"] == "a@example.com"
    assert request.parameters["capture_method"] == "manual"
    assert request.parameters["setup_future_usage"] == "off_session"
    sent = {name: value for name, value in request.parameters.items() if name != "expand"}
    assert {name: sent[name] for name in ("customer", "currency", "metadata")} == {
        name: operation.parameters[name] for name in ("customer", "currency", "metadata")
    }


def test_only_the_callers_metadata_is_shown(service, alice):
    result = service.create_payment_intent(
        user=alice, amount=10, currency="USD", metadata={"order": "7"}
    )

    assert result["payment_intent"].metadata == {"order": "7"}


def test_the_receipt_goes_to_the_users_own_address_by_default(service, alice):
    result = service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert result["payment_intent"].receipt_email == "alice@example.com"


def test_the_creation_is_in_the_history(service, alice):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]

    (change,) = StatusChange.objects.filter(payment_intent=intent)
    operation = Operation.objects.get(kind="create_payment_intent")
    assert (change.from_status, change.to_status) == ("", "requires_payment_method")
    assert (change.cause_kind, change.cause_id) == ("operation", str(operation.pk))


def test_the_client_secret_is_read_from_stripe_each_time(service, alice, sandbox):
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")

    result = service.get_client_secret(created["payment_intent"])

    assert result == {"success": True, "client_secret": created["client_secret"]}
    assert len(sandbox.requests("GET", "/v1/payment_intents/*")) == 1


def test_a_payment_without_a_booking_is_charged_again_once(service, alice, sandbox):
    asked = {"user": alice, "amount": 10, "currency": "USD"}
    canceled = service.create_payment_intent(**asked)["payment_intent"]
    service.cancel_payment_intent(canceled)
    retry = payment_creation.create_payment_intent(**asked, retry_of=canceled).payment_intent
    assert retry.retry_of == canceled

    with pytest.raises(InvalidStateError, match=str(retry.stripe_payment_intent_id)) as caught:
        payment_creation.create_payment_intent(**asked, retry_of=canceled)

    assert caught.value.current_status == "canceled"
    assert list(canceled.retries.all()) == [retry]


def test_a_payment_that_stripe_refuses_leaves_no_row(service, alice):
    result = service.create_payment_intent(user=alice, amount="0.49", currency="USD")

    assert not result["success"]
    assert result["error_code"] == "amount_too_small"
    assert not StripePaymentIntent.objects.exists()
    assert Operation.objects.get(kind="create_payment_intent").state == "failed"
