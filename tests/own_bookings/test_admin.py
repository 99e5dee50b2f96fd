"""The admin of a site's own booking model is like ours, with the site's additions."""

from .conftest import Site

MODELS = """
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from payments_graphql.models import AbstractBooking


class Person(AbstractBaseUser, PermissionsMixin):
    \"\"\"Without a username.\"\"\"

    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    USERNAME_FIELD = "email"
    objects = BaseUserManager()


class Place(models.Model):
    name = models.CharField(max_length=100)


class Visible(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_archived=False)


class Trip(AbstractBooking):
    code = models.CharField(primary_key=True, max_length=40)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    objects = Visible()
"""
ADMIN = """
from django.contrib import admin
from payments_graphql.admin.bookings import BookingAdmin
from trips.models import Trip


@admin.register(Trip)
class TripAdmin(BookingAdmin):
    fields = (*BookingAdmin.fields, "code", "place", "is_archived")
    list_filter = (*BookingAdmin.list_filter, "place")
"""
GRAPHQL = """
from django.urls import include

urlpatterns += [path("graphql/", include("schema.urls"))]
"""
SETTINGS = """
ALLOWED_HOSTS = ["testserver"]
AUTH_USER_MODEL = "trips.Person"
PAYMENTS_BOOKING_MODEL = "trips.Trip"
"""
VISIT = """
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse
from payments_graphql.models import StripePaymentIntent, StripeRefund
from payments_graphql.problems import get_kind
from payments_graphql.services import StripeService
from payments_graphql.services.booking_changes import cancel_outdated_intents
from trips.models import Person, Place, Trip

alice = Person.objects.create(email="alice@example.com")
sam = Person.objects.create(email="sam@example.com", is_staff=True, is_superuser=True)
lisbon = Place.objects.create(name="Lisbon")
browser = Client()
browser.force_login(sam)
listing = reverse("admin:trips_trip_changelist")

# Added in major units, with what the site's model has beside ours.
values = {
    "reference": "LIS-1", "user": alice.pk, "price": "99.99", "currency": "usd",
    "code": "trips/1_a", "place": lisbon.pk, "is_archived": "on",
    "payment_intents-TOTAL_FORMS": "0", "payment_intents-INITIAL_FORMS": "0",
}
add = reverse("admin:trips_trip_add")
added = browser.post(add, values)
assert added.status_code == 302, added.context["errors"]
assert not Trip.objects.exists()  # it is archived
# Its reference is taken, though the manager hides the booking that has it.
again = browser.post(add, values | {"code": "2"})
assert again.status_code == 200, again.headers
assert "with this Reference already exists" in again.text
trip = Trip._base_manager.get()
assert (trip.amount, trip.currency, trip.place) == (9999, "USD", lisbon)
page = reverse("admin:trips_trip_change", args=(quote(trip.pk),))

# What is archived can be paid, is counted, and is found.
service = StripeService()
created = service.create_payment_intent(user=alice, booking=trip)
assert created["success"], created
intent = created["payment_intent"]
assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
values["price"] = "80"
assert browser.post(page, values).status_code == 302
(line,) = get_kind("overpaid_bookings").iterate_lines()
assert line.startswith("booking LIS-1 is overpaid by 19.99"), line
for query in (
    {"problem": "overpaid_bookings"},
    {"q": "LIS-1"},
    {"q": "alice@"},
    {"place__id__exact": lisbon.pk},
):
    listed = browser.get(listing, query)
    assert listed.status_code == 200, query
    assert "trips_2F1_5Fa/change/" in listed.text, query

# Its owner sees it too.
browser.force_login(alice)
answer = browser.post(
    "/graphql/", {"query": "{ bookings { edges { node { reference } } } }"},
    content_type="application/json",
).json()
assert answer["data"]["bookings"]["edges"] == [{"node": {"reference": "LIS-1"}}], answer
browser.force_login(sam)

# The button, its question, and the refund.
button = page.replace("/change/", "/refund_overpayment/")
assert button in browser.get(page).text
assert "19.99 USD" in browser.get(button).text
done = browser.post(button, {"is_sure": "on"}, follow=True)
assert "Refunded: 19.99 USD." in done.text
assert done.redirect_chain[0][0] == page
assert StripeRefund.objects.get().amount == 1999
assert button not in browser.get(page).text
assert browser.get(button.replace("1_5Fa", "2")).status_code == 404

# `put_booking` finds it, and makes no second one.
put = service.put_booking(reference="LIS-1", user=alice, amount=120, currency="USD")
assert (put["outcome"], put["booking"]) == ("updated", trip), put
refused = service.put_booking(reference="LIS-2", user=alice, amount=120, currency="USD")
assert refused["error"].startswith("trips.Trip cannot be created here"), refused
assert "no default: code." in refused["error"], refused

# An open payment that is outdated is canceled.
again = service.create_payment_intent(user=alice, booking=put["booking"])
assert again["success"], again
Trip._base_manager.update(amount=9000)
assert cancel_outdated_intents() == 1
link = reverse("admin:payments_graphql_stripepaymentintent_change", args=(intent.pk,))
assert page in browser.get(link).text
print("visited")
"""


def test_the_filter_the_button_and_the_pages_are_those_of_ours(site: Site) -> None:
    site.write("trips/models.py", MODELS)
    site.write("trips/admin.py", ADMIN)
    site.append("urls.py", GRAPHQL)
    site.install_payments(SETTINGS)
    site.manage("makemigrations", "trips")

    warned = site.manage("migrate", "-v0")
    assert "(payments_graphql.W060) `Trip.objects.update()`" in warned

    assert "visited" in site.run(VISIT)
