"""A site's models may have typical names without clashing with ours."""

from .conftest import Site

MODELS = """
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from payments_graphql.models import AbstractBooking


class Person(AbstractUser):
    customer = models.CharField(max_length=100)


def to_person(name):
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name=name)


class Booking(models.Model):
    user = to_person("bookings")


class Customer(models.Model):
    user = to_person("customers")


class StripeCustomer(models.Model):
    user = to_person("stripe_customers")


class Payment(models.Model):
    user = to_person("payments")


class Trip(AbstractBooking):
    pass


class Tour(AbstractBooking):
    \"\"\"A second model with the same fields, such as that of older bookings.\"\"\"


class Refund(models.Model):
    user = to_person("refunds")
    trip = models.ForeignKey(Trip, models.CASCADE, related_name="refunds")


class Dispute(models.Model):
    user = to_person("disputes")
    trip = models.ForeignKey(Trip, models.CASCADE, related_name="payments")
"""


def test_no_name_of_ours_clashes_with_them(site: Site) -> None:
    site.write("trips/models.py", MODELS)
    site.install_payments('AUTH_USER_MODEL = "trips.Person"\n')
    site.manage("check")
    site.append("site_settings.py", 'PAYMENTS_BOOKING_MODEL = "trips.Trip"\n')
    site.manage("check")
