"""What a site's code writes to a booking is normalized or rejected."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F

from payments_graphql.models import Booking, Operation, StripePaymentIntent

GOOD = {"reference": "LIS-9", "amount": 9999, "currency": "USD"}
BAD = [
    ({"amount": -1}, "amount"),
    ({"amount": 0}, "amount"),
    ({"amount": 10**12}, "amount"),
    ({"amount": 99.99}, "amount"),
    ({"amount": 1250, "currency": "ISK"}, "amount"),
    ({"amount": 1250, "currency": "ugx"}, "amount"),
    ({"amount": 1255, "currency": "KWD"}, "amount"),
    ({"currency": "USX"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"currency": "\u017fek"}, "currency"),
    ({"reference": ""}, "reference"),
    ({"reference": "  \t"}, "reference"),
]


@pytest.mark.parametrize(("values", "field"), BAD)
def test_what_cannot_be_charged_is_refused_with_its_field(alice, values, field):
    made = Booking(user=alice, **(GOOD | values))

    for write in (made.save, made.full_clean, lambda: Booking.objects.bulk_create([made])):
        with pytest.raises(ValidationError) as caught:
            write()
        assert list(caught.value.message_dict) == [field]
    assert not Booking.objects.exists()


@pytest.mark.parametrize("currency", ["usd", "Usd", " usd", "USD "])
def test_a_currency_is_written_in_upper_case(alice, currency):
    booking = Booking.objects.create(user=alice, **(GOOD | {"currency": currency}))
    booking.refresh_from_db()
    assert booking.currency == "USD"

    (other,) = Booking.objects.bulk_create(
        [Booking(user=alice, **(GOOD | {"currency": currency, "reference": " LIS-10 "}))]
    )
    assert (other.currency, other.reference) == ("USD", "LIS-10")


def test_a_reference_has_no_blanks_around_it(alice):
    booking = Booking.objects.create(user=alice, **(GOOD | {"reference": " LIS-9\n"}))
    assert Booking.objects.get(reference="LIS-9") == booking


def test_only_what_is_written_is_checked(booking):
    Booking.objects.update(amount=-5)
    booking.refresh_from_db()

    booking.description = "Porto"
    booking.save(update_fields=["description"])

    with pytest.raises(ValidationError):
        booking.save(update_fields=["amount"])
    deferred = Booking.objects.only("description").get()
    deferred.description = "Lisbon"
    deferred.save()


def test_database_expressions_are_accepted(booking):
    booking.amount = F("amount") - 999
    booking.save()
    booking.refresh_from_db()
    assert booking.amount == 9000


@pytest.mark.parametrize("currency", ["usd", "Usd"])
def test_a_currency_that_was_written_past_the_model_is_payable(
    service, alice, booking, currency, sandbox
):
    """`QuerySet.update` does not call `save`."""
    Booking.objects.update(currency=currency)
    booking.refresh_from_db()

    created = service.create_payment_intent(user=alice, booking=booking)
    assert created["success"], created
    again = service.create_payment_intent(user=alice, booking=booking, amount="99.99")
    assert again["payment_intent"] == created["payment_intent"]
    intent = StripePaymentIntent.objects.get()
    assert (intent.booking, intent.currency, intent.amount) == (booking, "USD", 9999)
    paid = service.confirm_payment_intent(intent, payment_method="pm_card_visa")
    assert paid["success"], paid
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)


def test_the_smallest_price_is_too_small_and_not_paid(service, alice, sandbox):
    booking = Booking.objects.create(user=alice, **(GOOD | {"amount": 1}))

    refused = service.create_payment_intent(user=alice, booking=booking)

    assert refused["error_code"] == "amount_too_small", refused


def test_yen_in_lower_case_have_no_decimals_either(service, alice, booking, sandbox):
    Booking.objects.update(currency="jpy")
    booking.refresh_from_db()
    assert booking.price == 9999

    created = service.create_payment_intent(user=alice, booking=booking, amount=9999)
    assert created["success"], created
    assert sandbox.requests("POST", "/v1/payment_intents")[0].parameters["amount"] == "9999"


@pytest.mark.parametrize(
    "values",
    [{"amount": -5}, {"amount": 0}, {"currency": "usx"}, {"amount": 1250, "currency": "ISK"}],
)
@pytest.mark.parametrize("asked", [None, "10"])
def test_a_price_that_cannot_be_charged_is_refused_before_anything_is_recorded(
    service, alice, booking, values, asked, sandbox
):
    Booking.objects.update(**values)
    booking.refresh_from_db()

    refused = service.create_payment_intent(user=alice, booking=booking, amount=asked)

    assert not refused["success"]
    assert refused["error"].startswith("The booking cannot be paid until its price is corrected: ")
    assert not Operation.objects.exists()
    assert not StripePaymentIntent.objects.exists()
