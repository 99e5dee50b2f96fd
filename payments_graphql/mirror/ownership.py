"""Which of Stripe's objects are ours, and which local row they belong to."""

import uuid
from collections.abc import Mapping
from typing import Any

from ..conf import conf
from ..models import StripeCustomer

_INSTALLATION = "payments_installation"
_NO_ROW = uuid.UUID(int=0)


def our_metadata(operation_id: uuid.UUID, **rows: uuid.UUID) -> dict[str, str]:
    """What we write into Stripe's metadata, to find our rows again when an answer was lost."""
    return {
        _INSTALLATION: conf.PAYMENTS_INSTALLATION_ID,
        "payments_operation": str(operation_id),
        **{f"payments_{name}": str(pk) for name, pk in rows.items()},
    }


def get_claimed_row(payload: Mapping[str, Any], name: str) -> uuid.UUID:
    """The row that the metadata names, or an id that no row has.

    Anyone with the account's keys can write metadata, so the caller must check that amount,
    currency and customer agree.
    """
    metadata = payload.get("metadata") or {}
    if metadata.get(_INSTALLATION) != conf.PAYMENTS_INSTALLATION_ID:
        return _NO_ROW
    try:
        return uuid.UUID(metadata.get(f"payments_{name}", ""))
    except ValueError:
        return _NO_ROW


def get_operation_id(payload: Mapping[str, Any]) -> str:
    return str((payload.get("metadata") or {}).get("payments_operation", ""))


def without_ours(metadata: Mapping[str, str] | None) -> dict[str, str]:
    return {
        key: value for key, value in (metadata or {}).items() if not key.startswith("payments_")
    }


def get_customer(stripe_customer_id: str) -> StripeCustomer | None:
    if not stripe_customer_id:
        return None
    return StripeCustomer.objects.filter(
        stripe_customer_id=stripe_customer_id, livemode=conf.livemode
    ).first()
