"""Decides which of Stripe's objects are ours, and finds their rows."""

import uuid
from collections.abc import Mapping
from typing import Any

from ..conf import conf
from ..correlation import clean, get_correlation_id
from ..logs import get_logger
from ..models import (
    Operation,
    OperationKind,
    StripeCustomer,
    StripePaymentIntent,
    get_or_none,
)

logger = get_logger(__name__)

_INSTALLATION = "payments_installation"
_CORRELATION = "payments_correlation"
_NO_ROW = uuid.UUID(int=0)


def our_metadata(operation_id: uuid.UUID, **rows: uuid.UUID) -> dict[str, str]:
    """The metadata that we write at Stripe, to find our rows again if an answer is lost."""
    correlation_id = get_correlation_id()
    return {
        _INSTALLATION: conf.PAYMENTS_INSTALLATION_ID,
        "payments_operation": str(operation_id),
        **({_CORRELATION: correlation_id} if correlation_id else {}),
        **{f"payments_{name}": str(pk) for name, pk in rows.items()},
    }


def get_claimed_row(payload: Mapping[str, Any], name: str) -> uuid.UUID:
    """The id of the row that the metadata names, or an id that no row has.

    Anyone with the account's keys can write metadata, so the caller must check that amount,
    currency and customer match.
    """
    if not is_of_this_installation(payload):
        return _NO_ROW
    try:
        return uuid.UUID(payload["metadata"].get(f"payments_{name}", ""))
    except ValueError:
        return _NO_ROW


def get_operation_id(payload: Mapping[str, Any]) -> str:
    return str((payload.get("metadata") or {}).get("payments_operation", ""))


def find_correlation_id(payload: Mapping[str, Any]) -> str:
    """The correlation id in the metadata that we wrote, or an empty text."""
    metadata = payload.get("metadata")
    if not isinstance(metadata, Mapping) or not is_of_this_installation(payload):
        return ""
    return clean(str(metadata.get(_CORRELATION, "")))


def link_creation(payload: Mapping[str, Any], intent: StripePaymentIntent) -> None:
    """Links the payment to the operation that created it, if that operation gave up before Stripe
    showed the payment. The payment is then ours, and is canceled if nobody pays it."""
    if not is_of_this_installation(payload):
        return
    try:
        operation_id = uuid.UUID(get_operation_id(payload))
    except ValueError:
        return
    Operation.objects.filter(
        pk=operation_id, kind=OperationKind.CREATE_PAYMENT_INTENT, payment_intent=None
    ).update(payment_intent=intent)


def is_of_this_installation(payload: Mapping[str, Any]) -> bool:
    metadata = payload.get("metadata") or {}
    return bool(metadata.get(_INSTALLATION) == conf.PAYMENTS_INSTALLATION_ID)


def without_ours(metadata: Mapping[str, str] | None) -> dict[str, str]:
    return {
        key: value for key, value in (metadata or {}).items() if not key.startswith("payments_")
    }


def get_customer(stripe_customer_id: str) -> StripeCustomer | None:
    if not stripe_customer_id:
        return None
    return get_or_none(StripeCustomer.objects.ours().filter(stripe_customer_id=stripe_customer_id))
