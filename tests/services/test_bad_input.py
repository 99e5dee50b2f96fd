"""Invalid input is reported with its field, and changes nothing at Stripe and almost nothing
here."""

from decimal import Decimal

import pytest

from payments_graphql.errors import ErrorCode, PaymentError
from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.services import payment_intents

BAD_AMOUNTS = [
    ("NaN", "USD"),
    ("sNaN", "USD"),
    ("Infinity", "USD"),
    ("-Infinity", "USD"),
    ("1e400", "USD"),
    ("1e-400", "USD"),
    (float("nan"), "USD"),
    (float("inf"), "USD"),
    (Decimal("NaN"), "USD"),
    (Decimal("sNaN"), "USD"),
    (Decimal("-0"), "USD"),
    (0, "USD"),
    (-1, "USD"),
    ("10.999", "USD"),
    ("10.5", "JPY"),
    ("1.2345", "KWD"),
    ("1.234", "KWD"),
    ("1.50", "ISK"),
    ("10000000000", "USD"),
    pytest.param(10**5000, "USD", id="huge"),
    ("", "USD"),
    ("ten", "USD"),
    (True, "USD"),
    (None, "USD"),
    ("1\x00", "USD"),
    ([], "USD"),
]


def _refused(user, **values) -> PaymentError:
    asked = {"amount": 10, "currency": "USD"} | values
    with pytest.raises(PaymentError) as caught:
        payment_intents.create_payment_intent(user=user, **asked)
    return caught.value


@pytest.mark.parametrize(("amount", "currency"), BAD_AMOUNTS)
def test_a_bad_amount_is_refused_before_stripe_is_called(alice, sandbox, amount, currency):
    error = _refused(alice, amount=amount, currency=currency)

    assert error.path == ("amount",)
    assert not sandbox.requests()
    assert not Operation.objects.exists()
    assert not StripePaymentIntent.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"currency": None}, "currency"),
        ({"currency": "USD\x00"}, "currency"),
        ({"description": "d" * 1001}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"description": "\ud800"}, "description"),
        ({"receipt_email": "not an address"}, "receiptEmail"),
        ({"receipt_email": "first.last@localhost"}, "receiptEmail"),
        ({"receipt_email": "a@example.com\nBcc: b@example.com"}, "receiptEmail"),
        ({"capture_method": "never"}, "captureMethod"),
        ({"metadata": {"payments_operation": "mine"}}, "metadata"),
        ({"metadata": {"": "value"}}, "metadata"),
        ({"metadata": {"a[b]": "value"}}, "metadata"),
        ({"metadata": {"a[b": "value"}}, "metadata"),
        ({"metadata": {"a]b": "value"}}, "metadata"),
        ({"metadata": {"a\x00b": "value"}}, "metadata"),
        ({"metadata": {"k" * 41: "value"}}, "metadata"),
        ({"metadata": {"key": "v" * 501}}, "metadata"),
        ({"metadata": {"key": ""}}, "metadata"),
        ({"metadata": {"key": 7}}, "metadata"),
        ({"metadata": {"key": "a\x00b"}}, "metadata"),
        ({"metadata": {str(number): "v" for number in range(41)}}, "metadata"),
    ],
)
def test_a_bad_field_is_named(alice, sandbox, values, field):
    error = _refused(alice, **values)

    assert error.path == (field,)
    assert not sandbox.requests()
    assert not Operation.objects.exists()


def test_below_the_minimum_stripe_refuses_and_the_error_says_the_minimum(alice):
    error = _refused(alice, amount="0.49")

    assert error.code == ErrorCode.AMOUNT_TOO_SMALL
    assert error.path == ("amount",)
    assert (error.currency, error.minimum) == ("USD", Decimal("0.50"))
    assert not StripePaymentIntent.objects.exists()


def test_another_customers_saved_card_does_not_exist(alice, bob, pay, sandbox):
    card = pay(bob, save_payment_method=True).payment_method
    before = len(sandbox.requests("POST", "/v1/payment_intents"))

    error = _refused(alice, payment_method=card)

    assert (error.code, error.path) == (ErrorCode.NOT_FOUND, ("paymentMethodId",))
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == before


def test_metadata_of_the_largest_size_is_accepted(alice, service):
    metadata = {f"{number:040d}": "v" * 500 for number in range(40)}

    result = service.create_payment_intent(user=alice, amount=10, currency="USD", metadata=metadata)

    assert result["success"], result
    assert result["payment_intent"].metadata == metadata
