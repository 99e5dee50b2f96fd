"""Removes the payloads of erased people's events, which are otherwise applied like all others."""

from collections.abc import Iterable, Iterator

from ..models import (
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeWebhookEvent,
)

__all__ = ["drop_payloads_of_erased"]


def drop_payloads_of_erased(events: Iterable[StripeWebhookEvent]) -> None:
    """Clears the payloads in memory, before the events are marked as done, with one query for all.
    See Note [Erased for good]."""
    named = {event.pk: set(_iterate_ids(event)) for event in events if event.payload is not None}
    erased = _find_erased(set().union(*named.values()))
    for event in events:
        if not erased.isdisjoint(named.get(event.pk, ())):
            event.payload = None


def _iterate_ids(event: StripeWebhookEvent) -> Iterator[str]:
    """The ids of the event's object and owner. A refund or dispute only has its payment's id."""
    assert event.payload is not None
    data = event.payload["data"]
    yield event.object_id
    for found in (
        data["object"].get("customer"),
        data["object"].get("payment_intent"),
        (data.get("previous_attributes") or {}).get("customer"),
    ):
        if isinstance(found, str):
            yield found


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
