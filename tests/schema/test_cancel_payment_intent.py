import pytest

from payments_graphql.models import StripePaymentIntent

SELECTION = "paymentIntent { status clientSecret }"


@pytest.fixture
def cancel(global_id):
    def cancel(client, intent, **input):
        given = {"paymentIntentId": global_id("PaymentIntent", intent.pk), **input}
        return client.mutate("cancelPaymentIntent", given, SELECTION)

    return cancel


@pytest.fixture
def unpaid(service, alice):
    return service.create_payment_intent(user=alice, amount="10", currency="USD")["payment_intent"]


def test_an_unpaid_payment_is_canceled(as_alice, unpaid, cancel):
    payload = cancel(as_alice, unpaid, reason="REQUESTED_BY_CUSTOMER")

    assert payload["errors"] == []
    assert payload["paymentIntent"] == {"status": "CANCELED", "clientSecret": None}
    unpaid.refresh_from_db()
    assert unpaid.cancellation_reason == "requested_by_customer"


def test_canceling_twice_is_refused(as_alice, unpaid, cancel):
    cancel(as_alice, unpaid)
    payload = cancel(as_alice, unpaid)

    assert payload["errors"][0]["currentStatus"] == "CANCELED"
    assert payload["paymentIntent"]["status"] == "CANCELED"


def test_a_paid_payment_cannot_be_canceled(as_alice, alice, pay, cancel):
    payload = cancel(as_alice, pay(alice))

    assert payload["errors"][0]["__typename"] == "InvalidStateError"
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"


def test_an_authorized_payment_is_not_the_owners_to_cancel(as_alice, alice, pay, cancel):
    payload = cancel(as_alice, pay(alice, capture_method="manual"))

    assert payload["errors"][0]["__typename"] == "PermissionError"
    assert payload["paymentIntent"]["status"] == "REQUIRES_CAPTURE"


def test_another_persons_payment_is_as_if_it_did_not_exist(as_bob, unpaid, cancel):
    payload = cancel(as_bob, unpaid)

    assert payload["paymentIntent"] is None
    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert StripePaymentIntent.objects.get().status == "requires_payment_method"


def test_an_unknown_reason_is_a_coercion_error(as_alice, global_id):
    error = as_alice.ask_for_error(
        "mutation($input: CancelPaymentIntentInput!) "
        "{ cancelPaymentIntent(input: $input) { errors { code } } }",
        input={"paymentIntentId": "x", "reason": "BORED"},
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "BORED" in error["message"]
