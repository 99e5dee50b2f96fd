"""Which row an operation's answer belongs to.

Note [The operation's row]
The row that an operation wrote, or was asked about, is known before Stripe is called, and what
Stripe answers is that row's: whatever amount, currency or customer the answer names, for to find
it by likeness would miss it as soon as one of them is written otherwise, and adopt the payment as
one that nobody asked for. Metadata is believed only where no operation says whose an object is: by
events, reads and lists, after an answer was lost.

Such news may also have come first, and have adopted the object. Two rows then stand for one
object: the one that people may have seen stays, is given what only the operation's row knows, and
takes its place. What cannot be right, an answer about another object, is left to a person.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ..logs import get_logger
from ..models import MirroredModel
from .rows import write
from .source import Source, WrongAnswer

__all__ = ["choose_row", "note_contradictions"]

logger = get_logger(__name__)

_OF_EACH_ROW = {field.attname for field in MirroredModel._meta.fields} | {"id", "status"}
_SAID_BY_US_ALONE = {"amount_due_reduction"}
"""Whoever adopts the object must guess it, and the operation was told."""


def choose_row[Row: MirroredModel](
    rows: Iterable[Row], id_field: str, stripe_id: str, source: Source
) -> Row | None:
    """Of `rows`, which are locked: the one that is the object's, or the operation's for it.

    Raises `WrongAnswer`.
    """
    known = held = None
    for row in rows:
        if getattr(row, id_field) == stripe_id:
            known = row
        elif source.held is not None and row.pk == source.held.pk:
            held = row
    if held is None:
        return known
    if getattr(held, id_field) is not None:
        raise WrongAnswer(
            f"Stripe answered with {stripe_id}, and the operation is about "
            f"{getattr(held, id_field)}."
        )
    if known is None:
        return held
    _unite(held, known, id_field, source)
    return known


def note_contradictions(
    row: MirroredModel, source: Source, *, asked: Mapping[str, Any], answered: Mapping[str, Any]
) -> None:
    """Record how Stripe's answer differs from what was asked: the row is still ours."""
    if source.held is None:
        return
    for name, value in answered.items():
        if value != asked[name]:
            found = f"Stripe answered with {name} {value}, and {asked[name]} was asked for."
            source.held.contradictions.append(found)
            logger.error(
                "stripe_answered_otherwise", operation_id=source.id, row=str(row.pk), finding=found
            )


def _unite(held: MirroredModel, known: MirroredModel, id_field: str, source: Source) -> None:
    assert source.held is not None
    ours = {}
    for column in type(held)._meta.concrete_fields:
        name, empty = column.attname, column.get_default()
        value = getattr(held, name)
        is_of_object = name not in _OF_EACH_ROW and name != id_field
        is_missing = value != empty and getattr(known, name) == empty
        if name in _SAID_BY_US_ALONE or (is_of_object and is_missing):
            ours[name] = value
    logger.warning(
        "rows_united",
        stripe_id=getattr(known, id_field),
        operation_id=source.id,
        row=str(known.pk),
        given_up=str(held.pk),
    )
    held.delete()  # before: a booking has one open payment
    write(
        known,
        ours,
        as_of=known.as_of or source.as_of,
        earliest=known.as_of_earliest or known.as_of or source.earliest,
    )
    source.held.replaced_by = known
