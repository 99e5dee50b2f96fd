import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Q

from ..models import CauseKind, StripeCustomer, StripePaymentMethod
from .ownership import get_customer
from .rows import backdate, find_news, get_id, write
from .source import NotOurs, ReadRequired, Source

__all__ = [
    "apply_expanded_method",
    "apply_payment_method",
    "get_known_method",
    "record_charged_method",
]


def apply_payment_method(
    payload: Mapping[str, Any], source: Source, *, owner: StripeCustomer | None = None
) -> StripePaymentMethod:
    """Bring the mirror to what `payload` says; `owner` used it when it is saved to nobody.

    Within a transaction. Detaching is final: Stripe never attaches a detached method again.
    """
    customer_id = get_id(payload.get("customer"))
    _lock_customer(payload["id"], customer_id)
    row = (
        StripePaymentMethod.objects.select_for_update(of=("self",))
        .filter(stripe_payment_method_id=payload["id"])
        .first()
    )
    was_attached = row is not None and row.is_attached
    if row is None:
        customer = get_customer(customer_id) or owner
        if customer is None:
            raise NotOurs("not a payment method of one of our customers")
        row = _create(payload["id"], customer, _read_card(payload))
        backdate(row, payload)
    values = {
        "type": payload.get("type") or "card",
        # A customer's deletion detaches its methods, and no event says so of each.
        "is_attached": row.customer.deleted_at is None
        and customer_id == row.customer.stripe_customer_id,
        **_read_card(payload),
    }
    news = find_news(
        row,
        values,
        source,
        read=("payment_method", payload["id"]),
        # Only an event tells of a detaching; an answer may be from before the attaching.
        news_is_final=source.kind is CauseKind.EVENT and was_attached and not values["is_attached"],
    )
    if news is not None:
        write(row, news, as_of=source.as_of)
        if was_attached and not row.is_attached:
            StripeCustomer.objects.filter(default_payment_method=row).update(
                default_payment_method=None
            )
    return row


def _lock_customer(stripe_id: str, customer_id: str) -> None:
    """The customer before its methods, as where a deleted customer's methods are detached."""
    is_owner = Q(payment_methods__stripe_payment_method_id=stripe_id)
    customers = StripeCustomer.objects.filter(is_owner | Q(stripe_customer_id=customer_id))
    list(customers.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))


def apply_expanded_method(
    payload: Mapping[str, Any], source: Source, *, owner: StripeCustomer
) -> StripePaymentMethod | None:
    """The method inside an intent, where Stripe was asked to expand it."""
    method = payload.get("payment_method")
    if not isinstance(method, Mapping):
        return None
    try:
        # The version is the intent's, and says nothing of the method.
        return apply_payment_method(method, replace(source, version=None), owner=owner)
    except ReadRequired:
        # Its own events settle what it is; the intent must not wait for that.
        return get_known_method(method["id"], owner.pk)


def get_known_method(stripe_id: str, customer_pk: uuid.UUID) -> StripePaymentMethod | None:
    if not stripe_id:
        return None
    return StripePaymentMethod.objects.filter(
        stripe_payment_method_id=stripe_id, customer_id=customer_pk
    ).first()


def record_charged_method(
    charge: Mapping[str, Any], customer: StripeCustomer
) -> StripePaymentMethod | None:
    """The method that was charged, known or not: events name it by its id alone."""
    stripe_id = get_id(charge.get("payment_method"))
    details = charge.get("payment_method_details") or {}
    if not stripe_id or not details:
        return None
    known = get_known_method(stripe_id, customer.pk)
    return known or _create(stripe_id, customer, _read_card(details))


def _create(
    stripe_id: str, customer: StripeCustomer, card: Mapping[str, Any]
) -> StripePaymentMethod:
    row, _ = StripePaymentMethod.objects.get_or_create(
        stripe_payment_method_id=stripe_id,
        defaults={
            "customer": customer,
            "livemode": customer.livemode,
            "account": customer.account,
            **card,
        },
    )
    return row


def _read_card(payload: Mapping[str, Any]) -> dict[str, Any]:
    """From a payment method's or a charge's details; other types have no card."""
    card = payload.get("card") or {}
    return {
        "brand": card.get("brand") or "",
        "last4": card.get("last4") or "",
        "exp_month": card.get("exp_month"),
        "exp_year": card.get("exp_year"),
        "funding": card.get("funding") or "",
        "country": card.get("country") or "",
        "fingerprint": card.get("fingerprint") or "",
    }
