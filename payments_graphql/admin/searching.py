"""Searches that use the existing indexes.

Django's `search_fields` joins every table and compares with OR, which reads all rows. Here the form
of the search term says what it is: a Stripe id, our own id, a booking number, or a user.
"""

import uuid

from django.db.models import Q

from .. import people
from ..models import StripeCustomer, StripePaymentIntent, list_all_bookings

CORRELATION = "correlation:"
"""Before a correlation id that is not a UUID: a client can choose one that looks like a name."""

_MOST_PEOPLE = 500
_LOOKUPS = {
    ("re_", "pyr_"): "refund__stripe_refund_id",
    ("du_", "dp_"): "dispute__stripe_dispute_id",
    ("seti_",): "setup_intent__stripe_setup_intent_id",
}


def parse_uuid(term: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def find_correlated(term: str) -> Q | None:
    """For rows with a correlation id. None if the term is not one."""
    if term.startswith(CORRELATION):
        return Q(correlation_id=term.removeprefix(CORRELATION).strip())
    pk = parse_uuid(term)
    return Q(pk=pk) | Q(correlation_id=term) if pk else None


def find_people(term: str) -> list[object]:
    """Users by part of their name or e-mail address."""
    condition = Q()
    for field in people.list_search_fields():
        condition |= Q(**{f"{field}__icontains": term})
    found = people.list_all_users().filter(condition)
    return list(found.values_list("pk", flat=True)[:_MOST_PEOPLE])


def find_customers(term: str) -> Q:
    if term.startswith("cus_"):
        return Q(stripe_customer_id=term)
    pk = parse_uuid(term)
    return Q(pk=pk) if pk else Q(user_id__in=find_people(term))


def find_payment_intents(term: str) -> Q:
    if term.startswith("pi_"):
        return Q(stripe_payment_intent_id=term)
    pk = parse_uuid(term)
    if pk:
        return Q(pk=pk)
    customers = StripeCustomer.objects.filter(find_customers(term)).values_list("pk", flat=True)
    bookings = list_all_bookings().filter(reference=term)
    return Q(customer_id__in=list(customers)) | Q(
        booking_id__in=list(bookings.values_list("pk", flat=True))
    )


def find_of_payment_intent(term: str) -> Q:
    """For rows that belong to a payment."""
    intents = StripePaymentIntent.objects.filter(find_payment_intents(term))
    return Q(payment_intent_id__in=intents.order_by().values("pk"))


def find_of_anything(term: str) -> Q:
    """For rows that belong to a payment, or to a refund, a dispute or a setup intent."""
    for prefixes, lookup in _LOOKUPS.items():
        if term.startswith(prefixes):
            return Q(**{lookup: term})
    return find_of_payment_intent(term)
