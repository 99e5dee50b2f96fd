"""A site's own booking model through `PAYMENTS_BOOKING_MODEL`, in a project of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = """
from settings.testing import *

INSTALLED_APPS = [*INSTALLED_APPS, "trips"]
PAYMENTS_BOOKING_MODEL = "trips.Trip"
"""
MODELS = """
from django.db import models
from payments_graphql.models import AbstractBooking


class Trip(AbstractBooking):
    destination = models.CharField(max_length=100)
"""
PAY = """
import django

django.setup()

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from payments_graphql.models import StripePaymentIntent, StripeRefund, get_booking_model
from payments_graphql.reconciliation import check_bookings, get_attention
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
(line,) = get_attention().lines
assert line.startswith("booking T1 is overpaid by 89.99"), line
print("paid")
"""


@pytest.fixture
def run(tmp_path: Path, settings, sandbox):
    """Runs Python in the project `tmp_path`, on a database file of its own."""

    def run(*arguments: str, module: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}",
                "DJANGO_SETTINGS_MODULE": module,
                "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
                "STRIPE_API_BASE": sandbox.url,
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
        return done.stdout

    return run


def test_a_sites_own_bookings_are_paid(run, tmp_path):
    trips = tmp_path / "trips"
    (trips / "migrations").mkdir(parents=True)
    for path in (trips / "__init__.py", trips / "migrations" / "__init__.py"):
        path.touch()
    (trips / "models.py").write_text(MODELS)
    (tmp_path / "site_settings.py").write_text(SETTINGS)
    (tmp_path / "pay.py").write_text(PAY)

    run("-m", "django", "makemigrations", "trips", module="site_settings")
    run("-m", "django", "makemigrations", "--check", module="site_settings")
    run("-m", "django", "migrate", "-v0", module="site_settings")
    run("-m", "django", "check", module="site_settings")
    assert "paid" in run("pay.py", module="site_settings")


def test_no_migration_is_missing_with_the_default_model(run):
    run("-m", "django", "makemigrations", "--check", module="settings.testing")
