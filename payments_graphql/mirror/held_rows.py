"""Finds the row that an operation's answer belongs to.

Note [The operation's row]
The row that an operation wrote or is about is known before Stripe is called, and Stripe's answer
belongs to that row, whatever amount, currency or customer the answer contains. A search by these
values would miss the row if one of them differed, and adopt the payment as an unknown one. Metadata
is used only if no operation says which row an object belongs to: for events, reads and lists, after
an answer was lost.

Such an event or read may also come first and adopt the object. Then two rows stand for one object.
The adopted row, which people may have seen, stays, gets the values that only the operation's row
has, and replaces it. An answer about another object cannot be right, and is left to a person.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ..logs import get_logger
from ..models import MirroredModel
from .rows import write
from .source import Source, WrongAnswer

__all__ = ["choose_row", "note_contradictions"]

logger = get_logger(__name__)

_COMMON_FIELDS = {field.attname for field in MirroredModel._meta.fields} | {"id", "status"}
_ONLY_OURS = {"amount_due_reduction"}
"""When a row is adopted, this can only be guessed. The operation's row has the true value."""


def choose_row[Row: MirroredModel](
    rows: Iterable[Row], id_field: str, stripe_id: str, source: Source
) -> Row | None:
    """Chooses, from the locked `rows`, the object's row or the operation's row for it.

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
            f"Stripe answered with {stripe_id}, but the operation is about "
            f"{getattr(held, id_field)}."
        )
    if known is None:
        return held
    _unite(held, known, id_field, source)
    return known


def note_contradictions(
    row: MirroredModel, source: Source, *, asked: Mapping[str, Any], answered: Mapping[str, Any]
) -> None:
    """Records how Stripe's answer differs from the request. The row is still ours."""
    if source.held is None:
        return
    for name, value in answered.items():
        if value != asked[name]:
            found = f"Stripe answered with {name} {value}, but {asked[name]} was requested."
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
        is_of_object = name not in _COMMON_FIELDS and name != id_field
        is_missing = value != empty and getattr(known, name) == empty
        if name in _ONLY_OURS or (is_of_object and is_missing):
            ours[name] = value
    logger.warning(
        "rows_united",
        stripe_id=getattr(known, id_field),
        operation_id=source.id,
        row=str(known.pk),
        given_up=str(held.pk),
    )
    held.delete()  # before the update, since a booking may have only one open payment
    write(
        known,
        ours,
        as_of=known.as_of or source.as_of,
        earliest=known.as_of_earliest or known.as_of or source.earliest,
    )
    source.held.replaced_by = known
