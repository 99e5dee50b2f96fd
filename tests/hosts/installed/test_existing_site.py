"""A site with its own users and trips that existed before the payments."""

import json
from collections.abc import Callable

from tests.hosts.installed.project import Client, Project, find_free_port, wait_for

ACCOUNTS = """
import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "email"
    objects = UserManager()
"""

TRIPS = """
from django.conf import settings
from django.db import models


class Trip(models.Model):
    traveler = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    title = models.CharField(max_length=100)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    paid_at = models.DateTimeField(null=True)


class Notice(models.Model):
    status_change = models.BigIntegerField(primary_key=True)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE)
"""

SETTINGS = """
INSTALLED_APPS += ["accounts", "trips.apps.TripsConfig"]
MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]
AUTH_USER_MODEL = "accounts.User"
LANGUAGE_CODE = "de"
DATABASES["default"]["ATOMIC_REQUESTS"] = True
"""

APPS = """
from django.apps import AppConfig


class TripsConfig(AppConfig):
    name = "trips"
"""

RECEIVERS = """
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from payments_graphql.services import StripeService
from payments_graphql.signals import payment_intent_succeeded

from .models import Notice, Trip


@receiver(post_save, sender=Trip)
def put_booking(sender, instance, raw=False, **kwargs):
    result = StripeService().put_booking(
        reference=f"trip-{instance.pk}",
        user=instance.traveler,
        amount=instance.total,
        currency="EUR",
        description=instance.title,
    )
    assert result["success"], result


@receiver(payment_intent_succeeded, dispatch_uid="trips.mark_paid")
def mark_paid(sender, status_change, **kwargs):
    reference = status_change.payment_intent.booking.reference
    trip = Trip.objects.get(pk=reference.removeprefix("trip-"))
    with transaction.atomic():
        _, is_new = Notice.objects.get_or_create(
            status_change=status_change.pk, defaults={"trip": trip}
        )
        if is_new:
            Trip.objects.filter(pk=trip.pk).update(paid_at=timezone.now())
"""

READY = """
    def ready(self):
        from . import receivers
"""

PAYMENTS = """
INSTALLED_APPS += ["payments_graphql", "payments_graphql.schema"]
MIDDLEWARE.insert(0, "payments_graphql.webhooks.middleware.WebhookMiddleware")
MIDDLEWARE.append("payments_graphql.sign_in.SignInMiddleware")
AUTHENTICATION_BACKENDS = [
    "payments_graphql.sign_in.SignInLimits",
    "django.contrib.auth.backends.ModelBackend",
]
STRIPE_PUBLISHABLE_KEY = "pk_test_sandbox"
STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_WEBHOOK_SECRET = "whsec_development"
PAYMENTS_AUTHENTICATION_CLASSES = [
    "rest_framework_simplejwt.authentication.JWTAuthentication",
]
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}
"""

URLS = """
from django.urls import include
from payments_graphql.schema.http.view import graphql_view

urlpatterns += [
    path("graphql/", include("payments_graphql.schema.urls")),
    path("graphql", graphql_view),
    path("api/stripe/", include("payments_graphql.urls")),
]
"""

BEFORE = """
from django.core.management import call_command

call_command("makemigrations", "accounts", "trips", verbosity=0)
call_command("migrate", verbosity=0)

from accounts.models import User
from trips.models import Trip

anna = User.objects.create_user("anna@example.com", "a long pass phrase")
User.objects.create_user(
    "sam@example.com", "a long pass phrase", is_staff=True, is_superuser=True
)
Trip.objects.create(traveler=anna, title="Rom", total="120.00")
"""

INSTALL = """
from django.core.management import call_command
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from trips.models import Trip

call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
for trip in Trip.objects.all():
    trip.save()
print(AccessToken.for_user(User.objects.get(email="anna@example.com")))
"""

AFTERWARDS = """
import json
import re
import time

from django.contrib import admin
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent
from trips.models import Notice, Trip

setup_test_environment()


def wait_for_event(type):
    ends_at = time.monotonic() + 60
    while not StripeWebhookEvent.objects.filter(type=type, state="processed").exists():
        assert time.monotonic() < ends_at, f"no {type} came"
        time.sleep(0.2)


def read_values(page):
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return {**dict(found), "meaning": "no", "confirmed": "1"}


wait_for_event("payment_intent.succeeded")
sam = Client()
signed_in = sam.post(
    "/admin/login/?next=/admin/",
    {"username": "sam@example.com", "password": "a long pass phrase"},
)
pages = {"/admin/": sam.get("/admin/").status_code}
for model in admin.site._registry:
    if model._meta.app_label == "payments_graphql":
        url = reverse(f"admin:payments_graphql_{model._meta.model_name}_changelist")
        pages[url] = sam.get(url).status_code
        if model._meta.proxy:  # the dashboard and the payouts
            continue
        for row in model._default_manager.all()[:1]:
            page = reverse(f"admin:payments_graphql_{model._meta.model_name}_change", args=[row.pk])
            pages[url + "first/"] = sam.get(page).status_code
intent = StripePaymentIntent.objects.get()
refund = reverse("admin:payments_graphql_stripepaymentintent_refund", args=[intent.pk])
form = sam.get(refund).content.decode()
refunded = sam.post(refund, read_values(form)).status_code
wait_for_event("refund.created")
print(json.dumps({
    "signed_in": signed_in.status_code,
    "pages": pages,
    "refunded": refunded,
    "notices": Notice.objects.count(),
    "paid": Trip.objects.exclude(paid_at=None).count(),
}))
"""

BOOKINGS = "{ bookings { edges { node { id reference amountDue } } } }"
CREATE = """
mutation ($booking: ID!) {
  createPaymentIntent(input: {bookingId: $booking, idempotencyKey: "b9a1c7e2-rom"}) {
    errors { message }
    paymentIntent { id }
  }
}
"""
CONFIRM = """
mutation ($intent: ID!) {
  confirmPaymentIntent(input: {paymentIntentId: $intent, stripePaymentMethodId: "pm_card_visa"}) {
    errors { message }
    paymentIntent { status }
  }
}
"""


def _make_site(project: Project) -> None:
    """Without the payments, and with a trip that was booked."""
    for app, models in (("accounts", ACCOUNTS), ("trips", TRIPS)):
        project.write(f"{app}/__init__.py", "")
        project.write(f"{app}/migrations/__init__.py", "")
        project.write(f"{app}/models.py", models)
    project.write("trips/apps.py", APPS)
    project.add("settings.py", SETTINGS)
    project.manage("shell", "--no-imports", "-c", BEFORE)


def _install(project: Project, sandbox: str) -> str:
    """A token for Anna."""
    project.write("trips/receivers.py", RECEIVERS)
    project.write("trips/apps.py", APPS + READY)
    project.add("settings.py", f'{PAYMENTS}STRIPE_API_BASE = "{sandbox}"\n')
    project.add("urls.py", URLS)
    printed = project.manage("shell", "--no-imports", "-c", INSTALL)
    return printed.splitlines()[-1]


def test_a_site_with_trips_of_its_own_is_paid_and_refunds(start_project: Callable[[], Project]):
    sandbox_port, site_port = find_free_port(), find_free_port()
    sandbox, site = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{site_port}"
    webhooks = f"{site}/api/stripe/webhooks/stripe/"
    to_the_site = ["--forward-to", webhooks, "--webhook-secret", "whsec_development"]
    project = start_project()
    _make_site(project)
    page = Client(site, {"Authorization": f"Bearer {_install(project, sandbox)}"})

    with (
        project.running("payments_sandbox", "--port", str(sandbox_port), *to_the_site),
        project.running("runserver", "--noreload", f"127.0.0.1:{site_port}"),
    ):
        wait_for(f"{sandbox}/")
        wait_for(f"{site}/graphql/")
        [edge] = page.ask(BOOKINGS)["bookings"]["edges"]
        booking = edge["node"]
        assert booking["reference"].startswith("trip-")
        assert booking["amountDue"] == "120.00"
        created = page.ask(CREATE, booking=booking["id"])["createPaymentIntent"]
        assert created["errors"] == [], created
        confirmed = page.ask(CONFIRM, intent=created["paymentIntent"]["id"])
        assert confirmed["confirmPaymentIntent"]["paymentIntent"] == {"status": "SUCCEEDED"}
        assert page.ask(BOOKINGS)["bookings"]["edges"][0]["node"]["amountDue"] == "0.00"

        printed = project.manage("shell", "--no-imports", "-c", AFTERWARDS)
        afterwards = json.loads(printed.splitlines()[-1])
        pages = afterwards.pop("pages")
        assert len(pages) > 10
        assert {url: status for url, status in pages.items() if status != 200} == {}
        assert afterwards == {"signed_in": 302, "refunded": 302, "notices": 1, "paid": 1}
        assert page.ask(BOOKINGS)["bookings"]["edges"][0]["node"]["amountDue"] == "120.00"
