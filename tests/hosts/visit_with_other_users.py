"""Run in a project whose users have only a UUID and an `address`: everything works."""

import os
import sys
from contextlib import suppress
from io import StringIO

import django

django.setup()

import stripe
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Booking, StripeCustomer, StripePaymentIntent
from payments_graphql.services import StripeService

people = get_user_model().objects
alice = people.create_user("alice@example.com", "travel")
sam = people.create_user("sam@example.com", "travel", is_staff=True, is_superuser=True)
booking = Booking.objects.create(reference="B1", user=alice, amount=9999, currency="USD")

service = StripeService()
created = service.create_payment_intent(user=alice, booking=booking)
assert created["success"], created
intent = created["payment_intent"]
assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
assert service.create_refund(intent, amount=10, user=alice)["success"]

dashboard = stripe.StripeClient(
    "sk_test_sandbox", base_addresses={"api": os.environ["STRIPE_API_BASE"]}
)
customer = dashboard.v1.customers.retrieve(StripeCustomer.objects.get().stripe_customer_id)
assert customer.email == "alice@example.com", customer
assert not customer.name, customer
assert StripePaymentIntent.objects.get().receipt_email == "alice@example.com"

browser = Client()
browser.force_login(sam)
for model in admin.site._registry:
    if model._meta.app_label != "payments_graphql":
        continue
    name = f"admin:payments_graphql_{model._meta.model_name}"
    if model._meta.proxy:  # the dashboard and the payouts, which have no search and no rows
        assert browser.get(reverse(f"{name}_changelist")).status_code == 200
        continue
    for term in ("", "alice", "alice@example.com", "B1", str(alice.pk)):
        page = browser.get(reverse(f"{name}_changelist"), {"q": term} if term else {})
        assert page.status_code == 200, (name, term, page.status_code, page)
    for row in model._default_manager.all()[:3]:
        assert browser.get(reverse(f"{name}_change", args=(row.pk,))).status_code == 200, name
page = browser.get(reverse("admin:payments_graphql_booking_changelist"), {"q": "alice@"})
assert b"B1" in page.content
page = browser.get(reverse("admin:payments_graphql_stripecustomer_changelist"), {"q": "alice"})
assert customer.id.encode() in page.content

buyer = Client()
body = {"username": "alice@example.com", "password": "travel"}
token = buyer.post("/api/auth/login/", body, content_type="application/json").json()["token"]
query = "{ me { username name email } paymentIntents { edges { node { amount } } } }"
answer = buyer.post(
    "/graphql/",
    {"query": query},
    content_type="application/json",
    headers={"Authorization": f"Token {token}"},
).json()
me = {"username": "alice@example.com", "name": None, "email": "alice@example.com"}
assert answer["data"]["me"] == me, answer
assert len(answer["data"]["paymentIntents"]["edges"]) == 1, answer

BOB = "bob@example.com"
other = dashboard.v1.customers.create({"email": BOB, "metadata": {"who": BOB}})
bob = people.create_user(BOB, "travel")
dashboard.v1.payment_intents.create(
    {
        "amount": 500,
        "currency": "usd",
        "customer": other.id,
        "payment_method": "pm_card_visa",
        "payment_method_types": ["card"],
        "confirm": True,
    }
)
said = StringIO()
call_command("payments_sync", "--user-id-metadata", "who", stdout=said)
assert StripeCustomer.objects.get(stripe_customer_id=other.id).user == bob, said.getvalue()
call_command("payments_reconcile", stdout=said)
with suppress(SystemExit):  # it warns, since Stripe knows no endpoint
    call_command("payments_doctor", stdout=said)
sys.stdout.write("done")
