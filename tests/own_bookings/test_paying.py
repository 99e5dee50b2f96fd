"""A site's own booking model through `PAYMENTS_BOOKING_MODEL`, in a project of its own."""

from django.core.management import call_command

from .conftest import Site

MODELS = """
from django.db import models
from payments_graphql.models import AbstractBooking


class Trip(AbstractBooking):
    destination = models.CharField(max_length=100, blank=True)
    nights = models.IntegerField(default=1)
    edited_at = models.DateTimeField(auto_now=True)
"""
PAY = """
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from payments_graphql.models import StripePaymentIntent, StripeRefund, get_booking_model
from payments_graphql.problems import get_kind
from payments_graphql.reconciliation import check_bookings
from payments_graphql.services import StripeService
from trips.models import Trip

assert get_booking_model() is Trip
user = get_user_model().objects.create_user("alice", "alice@example.com")
trip = Trip.objects.create(
    reference="T1", user=user, amount=9999, currency="USD", destination="Lisbon"
)
service = StripeService()
created = service.create_payment_intent(user=user, booking=trip)
assert created["success"], created
again = service.create_payment_intent(user=user, booking=trip)
assert again["payment_intent"] == created["payment_intent"]
intent = created["payment_intent"]
assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
assert StripePaymentIntent.objects.get().booking == trip
assert (trip.amount_paid, trip.amount_due) == (9999, 0)
assert service.create_refund(intent, amount=10)["success"]
assert (trip.amount_paid, trip.amount_due) == (8999, 0)
assert service.create_refund(intent, reduces_amount_due=False)["success"]
assert trip.amount_due == 8999
for bad in ({"amount": -1}, {"currency": "USX"}, {"reference": " "}):
    given = {"reference": "T2", "user": user, "amount": 100, "currency": "USD"} | bad
    try:
        Trip.objects.create(**given, destination="Porto")
    except ValidationError as error:
        assert list(error.message_dict) == list(bad), error
    else:
        raise AssertionError(bad)
Trip.objects.update(currency="usd", amount=1)
trip.refresh_from_db()
check_bookings()
assert trip.amount_overpaid == 0  # all was given back
StripeRefund.objects.filter(amount=8999).update(status="failed")
(line,) = get_kind("overpaid_bookings").iterate_lines()
assert line.startswith("booking T1 is overpaid by 89.99"), line
put = service.put_booking(reference="T3", user=user, amount=10, currency="USD")
assert (put["outcome"], put["booking"].nights) == ("created", 1), put
print("paid")
"""


def test_a_sites_own_bookings_are_paid(site: Site) -> None:
    site.write("trips/models.py", MODELS)
    site.install_payments('PAYMENTS_BOOKING_MODEL = "trips.Trip"\n')
    site.manage("makemigrations", "trips")
    site.manage("makemigrations", "--check")
    site.manage("migrate", "-v0")
    assert "paid" in site.run(PAY)


def test_no_migration_is_missing_with_the_default_model(db: None) -> None:
    call_command("makemigrations", "payments_graphql", check_changes=True, dry_run=True)
