"""Makes Stripe's values fit their columns.

Note [Values always fit]
Stripe guarantees no lengths, and PostgreSQL rejects a text that is too long, a NUL, a lone
surrogate and a number that is out of range. One such value would keep a payment's status from being
stored forever, so everything written to the mirror goes through here. Text for people is cut. A
number that does not fit is set to null, or to the nearest number that fits if the column is
required, and an error is logged. Unique ids are never cut, since a cut id could name another
object.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import CharField, Field, JSONField, Model, TextField

from ..logs import get_logger
from ..texts import make_storable

__all__ = ["fit", "insert_row", "make_row"]

logger = get_logger(__name__)


def fit(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `values`, by field name, in a form that every database accepts for `model`."""
    return {name: _fit(model, name, value) for name, value in values.items()}


def make_row[Row: Model](model: type[Row], **values: Any) -> Row:
    """A new row that is not saved yet."""
    return model(**fit(model, values))


def insert_row[Row: Model](model: type[Row], **values: Any) -> Row:
    row: Row = model._default_manager.create(**fit(model, values))
    return row


def _fit(model: type[Model], name: str, value: Any) -> Any:
    if isinstance(value, str):
        field = _get_field(model, name)
        return _fit_text(field, value) if isinstance(field, CharField | TextField) else value
    if isinstance(value, dict | list):
        return _clean(value) if isinstance(_get_field(model, name), JSONField) else value
    if type(value) is int:
        return _fit_number(_get_field(model, name), value)
    return value


@lru_cache(maxsize=1024)
def _get_field(model: type[Model], name: str) -> "Field[Any, Any]":
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]  # our models have no other kind
    return field


def _fit_text(field: "Field[Any, Any]", text: str) -> str:
    return make_storable(text, None if field.unique else field.max_length)


def _fit_number(field: "Field[Any, Any]", number: int) -> int | None:
    least, most = BaseDatabaseOperations.integer_field_ranges.get(
        field.get_internal_type(), (number, number)
    )
    if least <= number <= most:
        return number
    logger.error("mirrored_value_out_of_range", field=str(field), digits=len(str(number)))
    return None if field.null else min(max(number, least), most)


def _clean(value: Any) -> Any:
    """Cleans every text in a JSON value, including keys."""
    if isinstance(value, str):
        return make_storable(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
