"""Which columns of its row a field reads, so that a list reads no others.

A field that shows an attribute reads the column with its name. Any other field declares its columns
in Django's terms: `strawberry_django.field(only=["amount", "currency"])`. If one of the selected
fields does not, whole rows are read.
"""

from collections.abc import Mapping
from functools import cache

from django.db.models import Model
from strawberry.types import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from strawberry_django.fields.field import StrawberryDjangoField

from .nodes import Node
from .object_types import ObjectType, list_fields
from .optional_texts import read_optional_text

__all__ = ["list_columns", "list_columns_of_all"]

type Columns = frozenset[str]

_OF_ALL = {"livemode", "account", "stripe_refund_id"}
"""For `is_ours`, and to leave out refunds that Stripe has not accepted."""
_OF_PAGES = {"created_at"}
"""For cursors."""


@cache
def list_columns(shown: ObjectType) -> Mapping[str, Columns | None]:
    """By the names of the fields in the schema. None if a field does not say."""
    definition = get_object_definition(shown.shown_by, strict=True)
    return {
        field.graphql_name or to_camel_case(field.python_name): _find_columns(field, shown.model)
        for field in list_fields(definition)
    }


@cache
def list_columns_of_all(model: type[Model], *, of_page: bool = False) -> Columns:
    """Those that are needed whatever is selected: the rows' keys, and whose they are. `of_page` is
    for the rows of a page, not for those that belong to them."""
    needed = _OF_ALL | _OF_PAGES if of_page else _OF_ALL
    fields = model._meta.concrete_fields
    return frozenset(
        field.name
        for field in fields
        if field.primary_key or field.is_relation or field.name in needed
    )


def _find_columns(field: StrawberryField, model: type[Model]) -> Columns | None:
    resolver = field.base_resolver
    if isinstance(field, StrawberryDjangoField) and field.store.only:
        names = set(field.store.only)
    elif resolver is None or resolver.wrapped_func is read_optional_text:
        names = {getattr(field, "django_name", None) or field.python_name}
    elif field.python_name == "id" and field.origin is Node:
        names = set()
    else:
        return None
    # A site's own bookings can have a property instead.
    has_all = names <= {one.name for one in model._meta.concrete_fields}
    return frozenset(names) if has_all else None
