import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from ..models import (
    CauseKind,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    get_or_none,
    insert_once,
    without_person,
)
from .fitting import fit
from .ownership import get_customer
from .rehearsal import is_rehearsing, note
from .rows import backdate, find_news, get_id, write
from .source import NotOurs, ReadRequired, Source

__all__ = [
    "apply_expanded_method",
    "apply_payment_method",
    "get_known_method",
    "note_advice",
    "record_charged_method",
]


def apply_payment_method(
    payload: Mapping[str, Any], source: Source, *, owner: StripeCustomer | None = None
) -> StripePaymentMethod:
    """Updates the mirror with `payload`. `owner` used the method, if it is saved to no customer.

    Call it inside a transaction. Detaching is final: Stripe never attaches a method again.
    """
    customer_id = get_id(payload.get("customer"))
    row = _lock(payload["id"], is_attached=bool(customer_id))
    if row is None:
        customer = get_customer(customer_id) or owner
        if customer is None:
            raise NotOurs("not a payment method of one of our customers")
        row = _insert(payload, customer, source)
        if row is not None:
            return row
        row = _lock(payload["id"], is_attached=bool(customer_id))  # a concurrent insert won
        assert row is not None
    values = _read_values(payload, row.customer)
    was_attached = row.is_attached
    news = find_news(
        row,
        values,
        source,
        read=("payment_method", payload["id"]),
        # Only an event is proof of detaching: an answer may be from before the attaching.
        news_is_final=source.kind is CauseKind.EVENT and was_attached and not values["is_attached"],
    )
    if news is not None:
        write(row, news, as_of=source.as_of, earliest=source.earliest)
        if was_attached and not row.is_attached:
            StripeCustomer.objects.filter(default_payment_method=row).update(
                default_payment_method=None
            )
    return row


def _lock(stripe_id: str, *, is_attached: bool) -> StripePaymentMethod | None:
    """Locks the customer first if the method may be detached, since the customer's row changes too.
    Deleting a customer uses the same order."""
    if not is_attached:
        owners = StripeCustomer.objects.filter(
            payment_methods__stripe_payment_method_id=stripe_id
        ).order_by()
        if not list(owners.select_for_update(of=("self",), no_key=True).values_list("pk")):
            return None
    # The customer is loaded later: a join would return it as it was before waiting for the lock.
    rows = StripePaymentMethod.objects.select_for_update(of=("self",))
    return get_or_none(rows.filter(stripe_payment_method_id=stripe_id))


def _insert(
    payload: Mapping[str, Any], customer: StripeCustomer, source: Source
) -> StripePaymentMethod | None:
    """Returns None if the row exists already."""
    # Locks the customer's row: a deletion detaches the methods that it sees, and one inserted at
    # the same moment would stay attached. The given customer may be out of date.
    customer = StripeCustomer.objects.select_for_update(of=("self",), no_key=True).get(
        pk=customer.pk
    )
    row = _make(payload["id"], customer)
    values = fit(StripePaymentMethod, _read_values(payload, customer))
    note(row, values)
    for name, value in values.items():
        setattr(row, name, value)
    row.as_of, row.as_of_earliest = source.as_of, source.as_of_earliest
    if not insert_once(row, unique="stripe_payment_method_id"):
        return None
    backdate(row, payload)
    return row


def apply_expanded_method(
    payload: Mapping[str, Any], source: Source, *, owner: StripeCustomer
) -> StripePaymentMethod | None:
    """Applies the expanded payment method of an intent, if there is one."""
    method = payload.get("payment_method")
    if not isinstance(method, Mapping):
        return None
    try:
        # The version belongs to the intent, not to the method.
        return apply_payment_method(method, replace(source, version=None, held=None), owner=owner)
    except ReadRequired:
        # The method's own events will settle it. The intent must not wait for them.
        return get_known_method(method["id"], owner.pk)


def get_known_method(stripe_id: str, customer_pk: uuid.UUID) -> StripePaymentMethod | None:
    if not stripe_id:
        return None
    return get_or_none(
        StripePaymentMethod.objects.filter(
            stripe_payment_method_id=stripe_id, customer_id=customer_pk
        )
    )


def record_charged_method(
    charge: Mapping[str, Any], intent: StripePaymentIntent
) -> StripePaymentMethod | None:
    """The charged method. If unknown it is created, since events only contain its id. It is not
    searched for first: a known one is usually the payment's own, which is checked here."""
    stripe_id = get_id(charge.get("payment_method"))
    details = charge.get("payment_method_details") or {}
    if not stripe_id or not details:
        return None
    method = intent.payment_method
    if method is not None and method.stripe_payment_method_id == stripe_id:
        return method
    return _create_or_get(stripe_id, intent.customer, _read_details(details))


def _create_or_get(
    stripe_id: str, customer: StripeCustomer, details: Mapping[str, Any]
) -> StripePaymentMethod:
    row = _make(stripe_id, customer)
    for name, value in fit(
        StripePaymentMethod, without_person(StripePaymentMethod, details, customer)
    ).items():
        setattr(row, name, value)
    if insert_once(row, unique="stripe_payment_method_id"):
        return row
    return StripePaymentMethod.objects.get(stripe_payment_method_id=stripe_id)


def _make(stripe_id: str, customer: StripeCustomer) -> StripePaymentMethod:
    return StripePaymentMethod(
        stripe_payment_method_id=stripe_id,
        customer=customer,
        livemode=customer.livemode,
        account=customer.account,
    )


def _read_values(payload: Mapping[str, Any], customer: StripeCustomer) -> dict[str, Any]:
    return {
        # Deleting a customer detaches its methods, without an event for each.
        "is_attached": customer.deleted_at is None
        and get_id(payload.get("customer")) == customer.stripe_customer_id,
        **without_person(StripePaymentMethod, _read_details(payload), customer),
    }


def _read_details(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Reads a payment method, or a charge's `payment_method_details`: the fields that all types
    share. A bank account has no brand, and a voucher has almost none of them."""
    kind = payload.get("type") or "card"
    details = payload.get(kind) or {}
    return {
        "type": kind,
        "brand": details.get("brand") or "",
        "last4": details.get("last4") or "",
        "bank_name": details.get("bank_name") or details.get("bank") or "",
        "exp_month": details.get("exp_month"),
        "exp_year": details.get("exp_year"),
        "funding": details.get("funding") or "",
        "country": details.get("country") or "",
        "fingerprint": details.get("fingerprint") or "",
    }


def note_advice(customer_pk: uuid.UUID, stripe_id: str, advice_code: str, at: datetime) -> None:
    """Stores a decline's advice about the method. Empty after a payment. Ignores older values.

    https://docs.stripe.com/declines/card#retrying-issuer-declines
    """
    if not stripe_id or is_rehearsing():
        return
    StripePaymentMethod.objects.filter(
        Q(advised_at=None) | Q(advised_at__lt=at) | Q(advised_at=at, advice_code=""),
        customer_id=customer_pk,
        stripe_payment_method_id=stripe_id,
    ).update(advice_code=_cut_advice(advice_code), advised_at=at)


def _cut_advice(advice_code: str) -> str:
    return str(fit(StripePaymentMethod, {"advice_code": advice_code})["advice_code"])
