"""A booking that `put_booking` creates: its values, and what the site's own model adds."""

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.test.utils import isolate_apps
from django.utils import timezone

from payments_graphql.errors import AmountError, PaymentError, ValidationError
from payments_graphql.models import AbstractBooking, Booking
from payments_graphql.services import booking_writes


@pytest.fixture
def put(alice):
    """Only what has no default, except the given values."""

    def put(**values):
        given = {"reference": "LIS-1", "user": alice, "amount": "99.99", "currency": "USD"}
        return booking_writes.put_booking(**given | values)

    return put


def test_reference_user_and_price_are_enough(put):
    put()
    booking = Booking.objects.get()
    assert (booking.description, booking.canceled_at) == ("", None)


def test_it_can_be_canceled_already(put):
    before = timezone.now()
    assert put(canceled=True).outcome == "created"
    assert before <= Booking.objects.get().canceled_at <= timezone.now()


def test_without_a_price_it_is_not_created_even_if_it_is_canceled(put):
    with pytest.raises(AmountError, match="greater than zero for a new booking") as caught:
        put(amount=0, canceled=True)

    assert (caught.value.path, caught.value.currency) == (("amount",), "USD")
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"reference": "r" * 65}, "reference", "Reference must be at most 64 characters."),
        ({"reference": "  "}, "reference", "Reference must not be blank."),
        ({"description": "d" * 501}, "description", "Description must be at most 500 characters."),
        ({"description": None}, "description", "Description must be a string."),
        ({"currency": "XXX"}, "currency", "XXX"),
    ],
)
def test_bad_input_names_its_field(put, values, field, message):
    with pytest.raises(PaymentError) as caught:
        put(**values)

    assert caught.value.path == (field,)
    assert message in caught.value.message


def test_texts_may_be_as_long_as_their_columns(put):
    put(reference="r" * 64, description="d" * 500)
    booking = Booking.objects.get()
    assert (len(booking.reference), len(booking.description)) == (64, 500)


def test_one_that_another_request_creates_at_the_same_moment_is_updated(put, alice, monkeypatch):
    check = booking_writes._refuse_missing_defaults

    def check_while_another_creates_it():
        check()
        Booking.objects.create(reference="LIS-1", user=alice, amount=5000, currency="USD")

    monkeypatch.setattr(booking_writes, "_refuse_missing_defaults", check_while_another_creates_it)

    written = put()

    assert (written.outcome, written.changed) == ("updated", ("amount",))
    assert Booking.objects.get().amount == 9999


@isolate_apps("payments_graphql")
@pytest.mark.parametrize(
    ("field", "options", "has_value"),
    [
        (models.IntegerField, {}, False),
        (models.IntegerField, {"blank": True}, False),
        (models.IntegerField, {"null": True}, True),
        (models.IntegerField, {"default": 1}, True),
        (models.IntegerField, {"db_default": 1}, True),
        (models.CharField, {"max_length": 9}, False),
        (models.CharField, {"max_length": 9, "blank": True}, True),
        (models.DateTimeField, {}, False),
        (models.DateTimeField, {"auto_now": True}, True),
        (models.DateTimeField, {"auto_now_add": True}, True),
        (
            models.GeneratedField,
            {
                "expression": models.F("amount"),
                "output_field": models.BigIntegerField(),
                "db_persist": True,
            },
            True,
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
)
def test_a_field_of_the_sites_model_that_gets_no_value_is_named(
    put, monkeypatch, field, options, has_value
):
    class Order(AbstractBooking):
        extra = field(**options)

        class Meta:
            app_label = "payments_graphql"

    _use(Order, monkeypatch)

    if has_value:
        assert put().outcome == "created"
        return
    with pytest.raises(ValidationError) as caught:
        put()
    assert caught.value.message.startswith("payments_graphql.Order cannot be created here")
    assert "no default: extra." in caught.value.message


@isolate_apps("payments_graphql")
def test_the_sites_model_may_extend_a_table(put, monkeypatch):
    class Sale(models.Model):
        class Meta:
            app_label = "payments_graphql"

    class Order(AbstractBooking, Sale):
        class Meta:
            app_label = "payments_graphql"

    _use(Order, monkeypatch)

    assert put().outcome == "created"


def _use(model, monkeypatch):
    """As the site's booking model. It has no table, so no row is written."""
    monkeypatch.setattr(booking_writes, "get_booking_model", lambda: model)
    monkeypatch.setattr(booking_writes, "_create", lambda wanted: Booking())


@pytest.mark.parametrize(
    ("error", "message", "path"),
    [
        ("Too late.", "Too late.", ()),
        (
            {"description": ["Too short.", "Names no city."], "reference": ["Taken."]},
            "Too short. Names no city. Taken.",
            ("description",),
        ),
    ],
    ids=["of no field", "of fields"],
)
def test_what_the_sites_model_rejects_is_reported(put, monkeypatch, error, message, path):
    def save(booking, **options):
        raise DjangoValidationError(error)

    monkeypatch.setattr(Booking, "save", save)

    with pytest.raises(ValidationError) as caught:
        put()
    assert (caught.value.message, caught.value.path) == (message, path)
