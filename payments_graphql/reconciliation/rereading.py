"""Read anew from Stripe what is not final. See Note [Reading anew] in `mirror/next_reads.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.utils import timezone

from .. import mirror
from ..errors import InvalidStateError, PaymentError
from ..logs import get_logger
from ..mirror import ReadRequired
from ..models import (
    MirroredModel,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
    our_values,
)
from ..stripe_client import StripeCallError, StripeRefusedError
from . import abandoned

logger = get_logger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than one read takes: a machine that dies gives the row back after it."""
MAXIMUM_FAILURES = 3
"""So many reads in a row without an answer, and the rest is left for the next round."""

# The fewest first.
_KINDS: tuple[tuple[str, type[MirroredModel], str], ...] = (
    ("dispute", StripeDispute, "stripe_dispute_id"),
    ("refund", StripeRefund, "stripe_refund_id"),
    ("payment_intent", StripePaymentIntent, "stripe_payment_intent_id"),
    ("setup_intent", StripeSetupIntent, "stripe_setup_intent_id"),
)


@dataclass(frozen=True)
class _Due:
    kind: str
    model: type[MirroredModel]
    pk: UUID
    stripe_id: str
    next_read_at: datetime


@dataclass
class Reads:
    """What `read_due` did. `in_vain` is how often in a row Stripe gave no answer."""

    read: int = 0
    canceled: int = 0
    in_vain: int = 0


def read_due(*, limit: int = 500, seconds: float = 30) -> Reads:
    """Rows whose time has come: of each kind at most `limit`, begun within `seconds`. One that
    cannot be read waits for its next time, and keeps no other from it."""
    done = Reads()
    for kind, model, id_field in _KINDS:
        deadline = monotonic() + seconds
        for due in _list_due(kind, model, id_field, limit):
            if monotonic() > deadline:
                break
            lease_end = _claim(due)
            if lease_end is not None:
                _read(due, lease_end, done)
            if done.in_vain >= MAXIMUM_FAILURES:
                return done
    return done


def _claim(due: _Due) -> datetime | None:
    """The end of the lease; None when another machine was there first, or news came meanwhile."""
    lease_end = timezone.now() + LEASE
    rows = due.model._default_manager.filter(pk=due.pk, next_read_at=due.next_read_at)
    return lease_end if rows.update(next_read_at=lease_end) else None


def _list_due(kind: str, model: type[MirroredModel], id_field: str, limit: int) -> Iterator[_Due]:
    due = (
        model._default_manager.filter(next_read_at__lte=timezone.now(), **our_values())
        .order_by("next_read_at")
        .values_list("pk", id_field, "next_read_at")[:limit]
    )
    # As a list: the connection is given back while Stripe is asked.
    for pk, stripe_id, next_read_at in list[Any](due):
        yield _Due(kind, model, pk, stripe_id, next_read_at)


def _read(due: _Due, lease_end: datetime, done: Reads) -> None:
    in_vain, done.in_vain = done.in_vain, 0
    try:
        mirror.fetch_and_apply(due.kind, due.stripe_id)
        done.read += 1
        if due.model is StripePaymentIntent:
            done.canceled += _cancel_if_abandoned(due)
    except (StripeCallError, PaymentError, ReadRequired) as error:
        logger.warning("row_not_read", stripe_id=due.stripe_id, outcome=type(error).__name__)
        if _is_temporary(error):
            # Not put off for longer than the lease: it is not the row's fault.
            done.in_vain = in_vain + 1
            return
    except Exception:
        logger.exception("row_not_read", stripe_id=due.stripe_id)
    _put_off(due, lease_end)


def _is_temporary(error: StripeCallError | PaymentError | ReadRequired) -> bool:
    match error:
        case PaymentError():
            return error.retryable
        case ReadRequired() | StripeRefusedError():
            return False
    return True


def _cancel_if_abandoned(due: _Due) -> bool:
    intent = StripePaymentIntent.objects.get(pk=due.pk)
    if not abandoned.is_abandoned(intent):
        return False
    try:
        abandoned.cancel(intent)
    except InvalidStateError as moved:
        logger.info("unpaid_payment_left", stripe_id=due.stripe_id, status=moved.current_status)
        return False
    logger.info("unpaid_payment_canceled", stripe_id=due.stripe_id)
    return True


def _put_off(due: _Due, lease_end: datetime) -> None:
    """Where no news did it: the row is as it was, or could not be read."""
    rows = due.model._default_manager.filter(pk=due.pk, next_read_at=lease_end)
    row = rows.first()
    if row is not None:
        rows.update(next_read_at=mirror.get_next_read(row, now=timezone.now()))
