"""Writes changes to a mirrored row in one conditional UPDATE."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from ..live_updates import announcing
from ..models import MirroredModel, StripeDispute, StripePaymentIntent, StripeRefund, is_ours
from .fitting import fit
from .next_reads import get_next_read
from .rehearsal import note
from .source import Decision, NotOurs, ReadRequired, Source, decide


class RowMovedError(RuntimeError):
    """Another process changed the row. Cannot happen while its lock is held."""


def find_differences(row: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Compares values as they would be stored, so that a text that was cut does not always
    differ."""
    fitting = fit(type(row), values)
    return {name: value for name, value in fitting.items() if getattr(row, name) != value}


def find_news(
    row: MirroredModel,
    values: Mapping[str, Any],
    source: Source,
    *,
    read: tuple[str, str],
    row_is_final: bool = False,
    news_is_final: bool = False,
    is_read_in_doubt: bool = False,
) -> dict[str, Any] | None:
    """Returns what `values` change in the row, or None if they are outdated.

    See Note [Order of updates]. Raises `ReadRequired` with `read` if that object must be read from
    Stripe. Raises `NotOurs` for a row of another mode or account, which our key cannot read.
    """
    refuse_others(row)
    differences = find_differences(row, values)
    decision = decide(
        row,
        source,
        differs=bool(differences),
        row_is_final=row_is_final,
        news_is_final=news_is_final,
        is_read_in_doubt=is_read_in_doubt,
    )
    if decision is Decision.READ:
        raise ReadRequired(*read)
    return differences if decision is Decision.APPLY else None


def refuse_others(row: MirroredModel) -> None:
    """See Note [One mode, one account]."""
    if not is_ours(row):
        raise NotOurs("of another mode or Stripe account than our keys")


def write(
    row: MirroredModel,
    values: Mapping[str, Any],
    *,
    as_of: datetime,
    earliest: datetime | None = None,
) -> None:
    """Updates the row only if it has the version that was read. On SQLite this replaces row locks.

    `values` are newer than the row, whatever the clocks say, and describe a time between `earliest`
    and `as_of`. See Note [Values always fit].
    """
    values = fit(type(row), values)
    note(row, values)
    now, version = timezone.now(), row.version
    earliest = earliest or as_of
    if row.as_of is not None:
        as_of = max(as_of, row.as_of)
        earliest = max(earliest, row.as_of_earliest or row.as_of)
    changed = {**values, "as_of": as_of, "as_of_earliest": None if earliest == as_of else earliest}
    if values:
        changed |= {"version": version + 1, "updated_at": now}
    for name, value in changed.items():
        setattr(row, name, value)
    changed["next_read_at"] = row.next_read_at = get_next_read(row, now=now)
    payment_intent = _get_payment_intent(row)
    if values and payment_intent is not None:
        changed["version"] = announcing(row.version, payment_intent)
    manager = type(row)._default_manager
    if not manager.filter(pk=row.pk, version=version).update(**changed):
        raise RowMovedError(f"{type(row).__name__} {row.pk} was changed by another process.")


def _get_payment_intent(row: MirroredModel) -> UUID | None:
    """The payment that must be announced as changed. See Note [Live updates]."""
    if isinstance(row, StripePaymentIntent):
        return row.pk
    if isinstance(row, StripeRefund | StripeDispute):
        return row.payment_intent_id
    return None


def backdate(row: MirroredModel, payload: Mapping[str, Any]) -> None:
    """Sets `created_at` to Stripe's time for an object that others created."""
    created = parse_timestamp(payload.get("created"))
    # Stripe's times are whole seconds: new objects keep the order in which they arrived.
    if created is not None and created < row.created_at - timedelta(minutes=1):
        # An UPDATE, since `auto_now_add` ignores given values.
        type(row)._default_manager.filter(pk=row.pk).update(created_at=created)
        row.created_at = created


def parse_timestamp(seconds: int | None) -> datetime | None:
    """None for an impossible time, too. See Note [Values always fit]."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def get_id(reference: str | Mapping[str, Any] | None) -> str:
    """The id of a reference, which is an id or an expanded object."""
    if isinstance(reference, Mapping):
        return str(reference["id"])
    return reference or ""
