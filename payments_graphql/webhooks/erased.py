"""Removes the payloads of erased people's events, which are otherwise applied like all others."""

from collections.abc import Iterable

from ..models import (
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeWebhookEvent,
)
from .storing import find_id

__all__ = ["drop_payloads_of_erased"]


def drop_payloads_of_erased(events: Iterable[StripeWebhookEvent]) -> None:
    """Clears the payloads in memory, before the events are marked as done, with one query for all.
    See Note [Erased for good]."""
    named = {event.pk: _list_ids(event) for event in events if event.payload is not None}
    erased = _find_erased(set().union(*named.values()))
    for event in events:
        if not erased.isdisjoint(named.get(event.pk, ())):
            event.payload = None


def _list_ids(event: StripeWebhookEvent) -> set[str]:
    """Of the event's object and owner, and of an owner whom another one has replaced."""
    assert event.payload is not None
    before = find_id(event.payload["data"].get("previous_attributes"), "customer")
    found = {event.object_id, event.stripe_customer_id, event.stripe_payment_intent_id, before}
    return found - {""}


def _find_erased(ids: set[str]) -> set[str]:
    if not ids:
        return set()
    customers = StripeCustomer.objects.filter(
        stripe_customer_id__in=ids, erased_at__isnull=False
    ).values_list("stripe_customer_id", flat=True)
    theirs = (
        model._default_manager.filter(**{f"{field}__in": ids}, customer__erased_at__isnull=False)
        .order_by()
        .values_list(field, flat=True)
        for model, field in (
            (StripePaymentIntent, "stripe_payment_intent_id"),
            (StripePaymentMethod, "stripe_payment_method_id"),
        )
    )
    found = customers.order_by().union(*theirs, all=True).order_by()
    return {str(stripe_id) for stripe_id in found}
