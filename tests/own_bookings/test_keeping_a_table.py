"""A site keeps its own table, with the code from docs/bookings.md."""

from tests.docs.pages import list_blocks

from .conftest import Site

MODELS = """
from django.conf import settings
from django.db import models


class Order(models.Model):
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookings"
    )
    title = models.CharField(max_length=100)
    total = models.DecimalField(max_digits=8, decimal_places=2)
    is_canceled = models.BooleanField(default=False)
"""
APP = """
from django.apps import AppConfig


class TripsConfig(AppConfig):
    name = "trips"

    def ready(self):
        from . import receivers
"""
URLS = """
from django.http import HttpResponse
from django.urls import path
from trips.models import Order


def reprice(request, total):
    order = Order.objects.get()
    order.total = total
    order.save()
    if total == 13:
        raise ValueError
    return HttpResponse()


urlpatterns = [path("reprice/<int:total>/", reprice)]
"""
SETTINGS = """
ALLOWED_HOSTS = ["testserver"]
DATABASES["default"]["ATOMIC_REQUESTS"] = True
"""
VISIT = """
from decimal import Decimal
from django.contrib.auth import get_user_model
from django.test import Client
from payments_graphql.models import Booking
from payments_graphql.services import StripeService
from trips.models import Order

alice = get_user_model().objects.create_user("alice", "alice@example.com")
order = Order.objects.create(customer=alice, title="Lisbon", total=Decimal("99.99"))
booking = Booking.objects.get()
assert (booking.reference, booking.amount) == (f"order-{order.pk}", 9999)
browser = Client(raise_request_exception=False)


def pay():
    created = StripeService().create_payment_intent(user=alice, booking=booking)
    assert created["success"], created
    return created["payment_intent"]


def reprice(total, status_code=200):
    assert browser.get(f"/reprice/{total}/").status_code == status_code
    booking.refresh_from_db()
    intent.refresh_from_db()
    return booking.amount, intent.status


intent = pay()
assert reprice(13, status_code=500) == (9999, "requires_payment_method")
assert reprice(50) == (5000, "canceled")
intent = pay()
assert reprice(0) == (5000, "canceled")
assert booking.canceled_at is not None
assert reprice(70) == (7000, "canceled")
assert booking.canceled_at is None
print("visited")
"""


def _read_receiver() -> str:
    """The first block of the page."""
    return next(one.code for one in list_blocks("python") if one.page == "docs/bookings.md")


def test_the_documented_receiver_keeps_bookings_and_payments_right(site: Site) -> None:
    site.write("trips/models.py", MODELS)
    site.write("trips/apps.py", APP)
    site.write("trips/receivers.py", _read_receiver())
    site.write("urls.py", URLS)
    site.install_payments(SETTINGS)
    site.manage("makemigrations", "trips")
    site.manage("migrate", "-v0")

    assert "visited" in site.run(VISIT)
