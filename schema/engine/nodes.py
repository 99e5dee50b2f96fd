"""Objects with an id: https://relay.dev/graphql/objectidentification.htm

Replaces `strawberry.relay.Node`, which resolves the type again for every id and has fixed
descriptions.
"""

import base64
from typing import Any

import strawberry
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet

from payments_graphql.models.single_rows import get_or_none

from .context import Info
from .object_types import get_object_type, name_object_types

LONGEST_ID = 500
"""The maximum length of an id or a cursor. Ours have fewer than 100 characters."""


@strawberry.interface(description="An object that the queries `node` and `nodes` find by its `id`.")
class Node:
    @strawberry.field(
        description='Opaque, globally unique id, such as `"UGF5bWVudEludGVudDo4..."`. It never '
        "changes. Do not parse it."
    )
    def id(self, root: strawberry.Parent[Any], info: Info) -> strawberry.ID:
        return strawberry.ID(encode_id(_get_type_name(info), root.pk))


def _get_type_name(info: Info) -> str:
    """The name without the prefix of a site's schema, so that an id is the same in every schema."""
    shown = name_object_types(info.schema.config.name_converter)
    return shown[info.path.typename or ""].name


def encode_id(type_name: str, pk: object) -> str:
    return base64.b64encode(f"{type_name}:{pk}".encode()).decode()


def decode_id(global_id: str) -> tuple[str, str] | None:
    """The name of the type and the primary key as text, or None for an invalid id."""
    if len(global_id) > LONGEST_ID:
        return None
    try:
        type_name, colon, pk = base64.b64decode(global_id, validate=True).decode().partition(":")
    except ValueError:  # includes the errors of binascii and Unicode
        return None
    return (type_name, pk) if colon and "\0" not in pk else None


def parse_pk(model: type[Model], text: str) -> Any:
    """Returns None if `text` cannot be a primary key of `model`."""
    key = model._meta.pk
    try:
        pk = key.to_python(text)
        key.run_validators(pk)  # rejects, for example, an integer that is too large for the column
        return pk
    except (ValueError, DjangoValidationError):
        return None


def find_by_id(rows: QuerySet[Any], shown: type, global_id: str) -> Any:
    """The row of the type `shown` with this id. None for an id that is malformed or of another
    type."""
    pk = parse_id(get_object_type(shown).name, rows.model, global_id)
    return None if pk is None else get_or_none(rows.filter(pk=pk))


def parse_id(type_name: str, model: type[Model], global_id: str) -> Any:
    """The primary key in a global id, or None if the id is not of this type."""
    decoded = decode_id(global_id)
    return parse_pk(model, decoded[1]) if decoded and decoded[0] == type_name else None
