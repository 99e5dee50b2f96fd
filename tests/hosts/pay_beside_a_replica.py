"""Run in a project whose routers read everything from a replica that is always empty."""

import sys

import django

django.setup()

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from payments_graphql.models import Booking, StripeCustomer, StripeRefund
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService

assert Session.objects.db == "replica"
assert StripeRefund.objects.db == "default"

alice = get_user_model().objects.create_user("alice", "alice@example.com")
booking = Booking.objects.create(reference="B1", user=alice, amount=9999, currency="USD")
service = StripeService()
created = service.create_payment_intent(user=alice, booking=booking)
assert created["success"], created
intent = created["payment_intent"]
assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
assert (booking.amount_paid, booking.amount_due) == (9999, 0)
assert service.create_refund(intent)["success"]
again = service.create_refund(intent, amount=1)
assert not again["success"], again
assert StripeRefund.objects.count() == 1
booking.refresh_from_db()
assert booking.amount_paid == 0
assert StripeCustomer.objects.get().user.pk == alice.pk
assert not reconcile().broken

# A user read from the replica, once it has caught up, can pay too.
alice.save(using="replica")
known = get_user_model().objects.get(username="alice")
assert known._state.db == "replica"
other = Booking.objects.create(reference="B2", user=known, amount=500, currency="USD")
assert service.create_payment_intent(user=known, booking=other)["success"]
sys.stdout.write("done")
