import pytest
from django.contrib.auth.models import Permission

from payments_graphql.models import Booking, Operation, StripePaymentIntent

SELECTION = """
    replayed
    paymentIntent {
      id stripePaymentIntentId amount currency description status clientSecret nextAction { type }
      captureMethod receiptEmail metadata { key value } booking { reference } createdAt
    }
"""


def create(client, **input):
    given = {"idempotencyKey": "first", "amount": "99.99", "currency": "USD", **input}
    return client.mutate("createPaymentIntent", given, SELECTION)


def create_for(client, booking_id, **input):
    given = {"idempotencyKey": "first", "bookingId": booking_id, **input}
    return client.mutate("createPaymentIntent", given, SELECTION)


def the_error(payload):
    assert payload["paymentIntent"] is None
    assert len(payload["errors"]) == 1, payload
    return payload["errors"][0]


def test_the_users_example_answers_as_documented(as_alice):
    payload = create(
        as_alice, amount=99.99, description="Travel booking payment", savePaymentMethod=True
    )

    assert payload["errors"] == []
    assert payload["replayed"] is False
    intent = payload["paymentIntent"]
    assert intent["stripePaymentIntentId"].startswith("pi_")
    assert (intent["amount"], intent["currency"]) == ("99.99", "USD")
    assert intent["description"] == "Travel booking payment"
    assert intent["status"] == "REQUIRES_PAYMENT_METHOD"
    assert intent["clientSecret"].startswith(f"{intent['stripePaymentIntentId']}_secret_")
    assert intent["nextAction"] is None
    assert intent["receiptEmail"] == "alice@example.com"
    assert StripePaymentIntent.objects.get().setup_future_usage == "off_session"


def test_the_same_key_gives_the_same_payment(as_alice):
    first = create(as_alice)
    second = create(as_alice)

    assert second["replayed"] is True
    assert second["paymentIntent"] == first["paymentIntent"]
    assert StripePaymentIntent.objects.count() == 1


def test_the_same_key_for_another_amount_is_an_error(as_alice):
    create(as_alice)
    error = the_error(create(as_alice, amount="10"))

    assert error["__typename"] == "IdempotencyError"
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert error["path"] == ["input", "idempotencyKey"]
    assert StripePaymentIntent.objects.count() == 1


def test_the_client_secret_in_the_payload_costs_no_call(as_alice, sandbox):
    intent = create(as_alice)["paymentIntent"]

    assert intent["clientSecret"]
    path = f"/v1/payment_intents/{intent['stripePaymentIntentId']}"
    assert sandbox.requests("GET", path) == []


def test_a_booking_names_the_price(as_alice, booking, global_id):
    payload = create_for(as_alice, global_id("Booking", booking.pk))

    intent = payload["paymentIntent"]
    assert (intent["amount"], intent["currency"]) == ("99.99", "USD")
    assert intent["booking"] == {"reference": "LIS-1"}
    assert intent["description"] == "Lisbon"


def test_a_part_of_a_booking_must_be_asked_for(as_alice, booking, global_id):
    its_id = global_id("Booking", booking.pk)
    error = the_error(create_for(as_alice, its_id, amount="50"))
    assert (error["__typename"], error["code"]) == ("AmountError", "AMOUNT_MISMATCH")
    assert error["path"] == ["input", "amount"]
    assert (error["maximum"], error["currency"]) == ("99.99", "USD")

    payload = create_for(as_alice, its_id, amount="50", partial=True, idempotencyKey="second")
    assert payload["paymentIntent"]["amount"] == "50.00"


def test_another_persons_booking_is_as_if_it_did_not_exist(as_bob, booking, global_id):
    foreign = the_error(create_for(as_bob, global_id("Booking", booking.pk)))
    missing = the_error(create_for(as_bob, "nothing", idempotencyKey="second"))

    assert foreign == missing
    assert foreign["__typename"] == "NotFoundError"
    assert foreign["path"] == ["input", "bookingId"]
    assert not StripePaymentIntent.objects.exists()


def test_a_paid_booking_cannot_be_paid_again(as_alice, alice, booking, pay, global_id):
    pay(alice, None, None, booking=booking)
    error = the_error(create_for(as_alice, global_id("Booking", booking.pk)))

    assert (error["__typename"], error["currentStatus"]) == ("InvalidStateError", "PAID")
    assert error["path"] == ["input", "bookingId"]


def test_a_price_without_a_booking_must_be_allowed(as_alice, settings):
    settings.PAYMENTS_ALLOW_FREE_AMOUNT = False
    error = the_error(create(as_alice))

    assert error["__typename"] == "ValidationError"
    assert error["path"] == ["input", "bookingId"]
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0", "USD", "AMOUNT_INVALID"),
        ("-1", "USD", "AMOUNT_INVALID"),
        ("NaN", "USD", "AMOUNT_INVALID"),
        ("sNaN", "USD", "AMOUNT_INVALID"),
        ("Infinity", "USD", "AMOUNT_INVALID"),
        ("1e400", "USD", "AMOUNT_TOO_LARGE"),
        (10**30, "USD", "AMOUNT_TOO_LARGE"),
        ("10.999", "USD", "AMOUNT_PRECISION"),
        (10.5, "JPY", "AMOUNT_PRECISION"),
        ("0.01", "USD", "AMOUNT_TOO_SMALL"),
    ],
)
def test_an_amount_that_cannot_be_charged_is_an_amount_error(as_alice, amount, currency, code):
    error = the_error(create(as_alice, amount=amount, currency=currency))

    assert (error["__typename"], error["code"]) == ("AmountError", code)
    assert error["path"] == ["input", "amount"]
    assert error["currency"] == currency
    assert not StripePaymentIntent.objects.exists()


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"currency": None}, "currency"),
        ({"amount": None}, "amount"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "k" * 256}, "idempotencyKey"),
        ({"description": "d" * 1001}, "description"),
        ({"description": "NUL \0"}, "description"),
        ({"idempotencyKey": "NUL \0"}, "idempotencyKey"),
        ({"receiptEmail": "nobody"}, "receiptEmail"),
        ({"metadata": [{"key": "", "value": "v"}]}, "metadata"),
        ({"metadata": [{"key": "k", "value": "v\0"}]}, "metadata"),
        ({"metadata": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}, "metadata"),
        ({"metadata": [{"key": "payments_x", "value": "1"}]}, "metadata"),
    ],
)
def test_bad_input_is_an_error_that_names_the_field(as_alice, input, path):
    error = the_error(create(as_alice, **input))

    assert error["__typename"] == "ValidationError"
    assert error["path"] == ["input", path]
    assert not StripePaymentIntent.objects.exists()


def test_metadata_comes_back(as_alice):
    entries = [{"key": "seat", "value": "12A"}]
    assert create(as_alice, metadata=entries)["paymentIntent"]["metadata"] == entries


def test_the_capture_method_is_not_the_customers_to_choose(as_alice, alice):
    error = the_error(create(as_alice, captureMethod="MANUAL"))
    assert error["__typename"] == "PermissionError"
    assert error["path"] == ["input", "captureMethod"]

    alice.user_permissions.add(Permission.objects.get(codename="capture_payment"))
    payload = create(as_alice, captureMethod="MANUAL")
    assert payload["paymentIntent"]["captureMethod"] == "MANUAL"


def test_another_persons_card_is_as_if_it_did_not_exist(as_bob, alice, pay, global_id):
    method = pay(alice, save_payment_method=True).payment_method
    foreign = the_error(create(as_bob, paymentMethodId=global_id("PaymentMethod", method.pk)))

    assert foreign["__typename"] == "NotFoundError"
    assert foreign["path"] == ["input", "paymentMethodId"]


def test_an_id_of_another_type_is_not_found(as_alice, booking, global_id):
    error = the_error(create_for(as_alice, global_id("PaymentIntent", booking.pk)))
    assert error["__typename"] == "NotFoundError"
    assert Booking.objects.filter(pk=booking.pk).exists()
