"""Compares our rows with Stripe's objects field by field, without changing either."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from ..models import CauseKind, MirroredModel
from ..stripe_client import Answer
from .reading import MIRRORED, release_connection
from .rehearsal import Difference, rehearse
from .source import ReadRequired, Source

__all__ = ["Comparison", "compare_listed", "fetch_and_compare", "get_row"]

_MAXIMUM_READS = 6


@dataclass(frozen=True)
class Comparison:
    """`before` is our row, or None if it is missing; `after` is the row as it should be.
    `differences` may include other rows, such as the card of a payment."""

    kind: str
    stripe_id: str
    before: MirroredModel | None
    after: MirroredModel
    differences: tuple[Difference, ...]

    @property
    def differs(self) -> bool:
        return self.before is None or bool(self.differences)


@dataclass(frozen=True)
class _Reading:
    kind: str
    payload: Mapping[str, Any]
    before: MirroredModel | None
    source: Source


def get_row(kind: str, stripe_id: str) -> MirroredModel | None:
    mirrored = MIRRORED[kind]
    rows: Any = mirrored.model._default_manager
    row: MirroredModel | None = rows.filter(**{mirrored.id_field: stripe_id}).first()
    return row


def compare_listed(kind: str, payload: Mapping[str, Any], answer: Answer) -> Comparison:
    """Compares an item of a list. It may be older than the row, so only agreement is conclusive.

    Raises `NotOurs`, or `ReadRequired` if another object must be read first.
    """
    source = Source(CauseKind.READ, answer.request_id, answer.as_of, is_comparison=True)
    before = get_row(kind, payload["id"])
    (comparison,) = _rehearse([_Reading(kind, payload, before, source)])
    return comparison


def fetch_and_compare(kind: str, stripe_id: str) -> list[Comparison]:
    """Compares the object as it is now. Missing objects that it belongs to come first in the list.

    Call it outside of transactions. Raises `NotOurs`, `StripeCallError`, or `ReadRequired` if the
    row keeps changing while Stripe is read.
    """
    wanted = [(kind, stripe_id)]
    for _ in range(_MAXIMUM_READS):
        readings = [_fetch(*one) for one in wanted]
        try:
            return _rehearse(readings)
        except ReadRequired as required:
            last = required
            one = (required.kind, required.stripe_id)
            if one not in wanted:
                wanted.insert(0, one)
    raise last


def _fetch(kind: str, stripe_id: str) -> _Reading:
    before = get_row(kind, stripe_id)
    version = before.version if before else None
    release_connection()
    answer = MIRRORED[kind].retrieve(stripe_id)
    source = Source(CauseKind.READ, answer.request_id, answer.as_of, version, is_comparison=True)
    return _Reading(kind, answer.object, before, source)


def _rehearse(readings: list[_Reading]) -> list[Comparison]:
    comparisons = []
    with rehearse() as differences:
        for reading in readings:
            noted = len(differences)
            after = MIRRORED[reading.kind].apply(reading.payload, reading.source)
            comparisons.append(
                Comparison(
                    reading.kind,
                    reading.payload["id"],
                    reading.before,
                    copy(after),  # a later one may change the same row
                    tuple(differences[noted:]),
                )
            )
    return comparisons
