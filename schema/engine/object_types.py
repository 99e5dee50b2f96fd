"""The declarations of the types that show rows. Each type is declared where it is defined."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import strawberry_django
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from strawberry.schema.name_converter import NameConverter
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField


@dataclass(frozen=True, eq=False)
class ObjectType:
    """`of_user` and `of_everybody` return the rows that can be found by an `id`. A type without
    them is only shown inside other types. `viewed_as` is the model whose view permission is
    required. `of_customers` returns what `of_user` does, by the primary keys of the user's
    customers alone, so that its statement can be kept for everybody."""

    name: str
    shown_by: type
    model: type[Model]
    of_user: Callable[[AbstractBaseUser], QuerySet[Any]] | None
    of_everybody: Callable[[], QuerySet[Any]] | None
    viewed_as: type[Model]
    needed_to_act: frozenset[str] = field(default_factory=frozenset)
    of_customers: Callable[[Collection[Any]], QuerySet[Any]] | None = None

    @property
    def field_name(self) -> str:
        """The name of the field that shows one object, in a payload or an operation."""
        return self.name[0].lower() + self.name[1:]

    @property
    def view_permission(self) -> str:
        return f"{self.viewed_as._meta.app_label}.view_{self.viewed_as._meta.model_name}"


READ_ONCE = {"is_read_once": True}
"""The metadata of a field that is not read twice in an operation, since it calls Stripe."""

_by_class: dict[object, ObjectType] = {}
_by_name: dict[str, ObjectType] = {}
_added_fields: dict[type, list[StrawberryField]] = {}


def as_type[Shown](rows: Any) -> Shown:  # type: ignore[type-var]  # inferred where it is called
    """Returns `rows` where the type checker expects their GraphQL type. Strawberry reads the fields
    of a type from its row."""
    return rows  # type: ignore[no-any-return]  # as above


def object_type[Shown](
    model: type[Model],
    *,
    name: str,
    description: str,
    of_user: Callable[[AbstractBaseUser], QuerySet[Any]] | None = None,
    of_everybody: Callable[[], QuerySet[Any]] | None = None,
    viewed_as: type[Model] | None = None,
    needed_to_act: Collection[str] = (),
    of_customers: Callable[[Collection[Any]], QuerySet[Any]] | None = None,
) -> Callable[[type[Shown]], type[Shown]]:
    """Declares the decorated class as the GraphQL type of `model`.

    Queries return the rows of `of_user`, or with `scope: ALL` those of `of_everybody`. The latter
    requires the view permission of `model`, or of `viewed_as` if given. A mutation on another
    user's object shows only the fields in `needed_to_act` to staff without that permission. For
    `of_customers` see `ObjectType`.
    """

    def declare(shown: type[Shown]) -> type[Shown]:
        made: type[Shown] = strawberry_django.type(model, name=name, description=description)(shown)
        declared = ObjectType(
            name,
            made,
            model,
            of_user,
            of_everybody,
            viewed_as or model,
            frozenset(needed_to_act),
            of_customers,
        )
        _by_class[made] = _by_name[name] = declared
        return made

    return declare


def get_object_type(shown: type) -> ObjectType:
    return _by_class[shown]


def find_object_type(shown: object) -> ObjectType | None:
    """Returns None for a class that shows no rows, such as a scalar."""
    return _by_class.get(shown)


def find_object_type_by_name(name: str) -> ObjectType | None:
    return _by_name.get(name)


def add_field(shown: type, added: StrawberryField) -> None:
    """For schemas of sites: see `PaymentsSchema`."""
    definition = get_object_definition(shown, strict=True)
    if any(one.python_name == added.python_name for one in list_fields(definition)):
        raise TypeError(f"{definition.name} has a field `{added.python_name}` already.")
    _added_fields.setdefault(shown, []).append(added)


def list_fields(definition: StrawberryObjectDefinition) -> list[StrawberryField]:
    """Includes fields that sites have added."""
    return [*definition.fields, *_added_fields.get(definition.origin, ())]


@cache
def name_object_types(names: NameConverter) -> Mapping[str, ObjectType]:
    """The types by their names in a schema with these `names`."""
    return {
        names.from_type(get_object_definition(one.shown_by, strict=True)): one
        for one in _by_name.values()
    }


def list_object_types() -> Collection[ObjectType]:
    return _by_name.values()
