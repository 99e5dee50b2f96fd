"""Rereads rows that are not final. See Note [Rereading] in `mirror/next_reads.py`."""

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
"""Longer than a read takes. If a machine dies, the row is free again after this time."""
MAXIMUM_FAILURES = 3
"""After this many reads in a row without an answer, the rest is left to the next round."""

# The rarest kinds first.
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
    """The result of `read_due`. `in_vain` counts the last reads in a row without an answer."""

    read: int = 0
    canceled: int = 0
    in_vain: int = 0


def read_due(*, limit: int = 500, seconds: float = 30) -> Reads:
    """Reads due rows: per kind at most `limit`, and only until `seconds` have passed. A row that
    cannot be read waits for its next time and does not block others."""
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
    """Returns the end of the lease, or None if another machine or an update came first."""
    lease_end = timezone.now() + LEASE
    rows = due.model._default_manager.filter(pk=due.pk, next_read_at=due.next_read_at)
    return lease_end if rows.update(next_read_at=lease_end) else None


def _list_due(kind: str, model: type[MirroredModel], id_field: str, limit: int) -> Iterator[_Due]:
    due = (
        model._default_manager.filter(next_read_at__lte=timezone.now(), **our_values())
        .order_by("next_read_at")
        .values_list("pk", id_field, "next_read_at")[:limit]
    )
    # Loaded completely, since the connection is released during calls to Stripe.
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
            # Stays due after the lease, since the failure has nothing to do with the row.
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
    """Schedules the next read, unless an update has already done so."""
    rows = due.model._default_manager.filter(pk=due.pk, next_read_at=lease_end)
    row = rows.first()
    if row is not None:
        rows.update(next_read_at=mirror.get_next_read(row, now=timezone.now()))
