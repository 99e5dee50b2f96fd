"""A booking model in an app that had migrations before payments were added."""

from .conftest import Site

PLACES = """
from django.db import models


class Place(models.Model):
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, default="PT")
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Place", [
        ("id", models.BigAutoField(primary_key=True, auto_created=True)),
        ("name", models.CharField(max_length=100)),
    ])]
"""
SECOND = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trips", "0001_initial")]
    operations = [
        migrations.AddField("Place", "country", models.CharField(max_length=2, default="PT"))
    ]
"""
TRIPS = """
from payments_graphql.models import AbstractBooking


class Trip(AbstractBooking):
    destination = models.ForeignKey(Place, on_delete=models.PROTECT)
"""
THIRD = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trips", "0002_country")]
    operations = [
        migrations.CreateModel("Journey", [("id", models.BigAutoField(primary_key=True))]),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RenameModel("Journey", "Trip")]
        ),
    ]
"""
MODEL = 'PAYMENTS_BOOKING_MODEL = "trips.Trip"\n'
PAY = """
from django.contrib.auth import get_user_model
from payments_graphql.services import StripeService
from trips.models import Place, Trip

user = get_user_model().objects.create_user("alice", "alice@example.com")
lisbon = Place.objects.create(name="Lisbon")
trip = Trip.objects.create(
    reference="T1", user=user, amount=9999, currency="USD", destination=lisbon
)
service = StripeService()
created = service.create_payment_intent(user=user, booking=trip)
assert created["success"], created
confirmed = service.confirm_payment_intent(
    created["payment_intent"], payment_method="pm_card_visa"
)
assert confirmed["success"], confirmed
assert trip.amount_due == 0
"""
GROUPS = """
from django.contrib.auth.models import Group, Permission

may = {"codename": "view_trip", "content_type__app_label": "trips"}
for name in ("Support", "Finance", "Engineer"):
    assert Group.objects.get(name=name).permissions.filter(**may).exists()
assert Permission.objects.filter(**may).count() == 1
"""


def _write_places(site: Site) -> None:
    site.write("trips/models.py", PLACES)
    site.write("trips/migrations/0001_initial.py", FIRST)
    site.write("trips/migrations/0002_country.py", SECOND)


def test_payments_are_added_as_the_documentation_says(site: Site) -> None:
    _write_places(site)
    site.manage("migrate", "-v0")
    site.append("trips/models.py", TRIPS)
    site.install_payments(MODEL)

    hints = site.manage("makemigrations", "trips", "-n", "trip")
    assert "(payments_graphql.W061) No migration creates the table of trips.Trip" in hints
    refused = site.manage_in_vain("migrate")
    assert "(payments_graphql.E060) The table of trips.Trip is created by trips.0003" in refused
    assert 'Set PAYMENTS_BOOKING_MIGRATION = "0003_trip"' in refused

    site.append("site_settings.py", 'PAYMENTS_BOOKING_MIGRATION = "0003_trip"\n')
    site.manage("migrate", "-v0")
    assert "E060" not in site.manage("makemigrations", "--check")
    site.run(PAY)
    site.run(GROUPS)


def test_a_wrong_name_is_told_from_the_right_one(site: Site) -> None:
    _write_places(site)
    site.append("trips/models.py", TRIPS)
    site.write("trips/migrations/0003_journey.py", THIRD)
    site.install_payments(MODEL + 'PAYMENTS_BOOKING_MIGRATION = "0003_trip"\n')

    refused = site.manage_in_vain("migrate")

    assert "PAYMENTS_BOOKING_MIGRATION is '0003_trip', which trips does not have." in refused
    assert 'Set PAYMENTS_BOOKING_MIGRATION = "0003_journey"' in refused
