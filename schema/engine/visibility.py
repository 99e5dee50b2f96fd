"""Which rows a query may show: your own, or everybody's to those who have the permissions.

The one way of queries to rows. What is malformed, unknown or somebody else's does not exist.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from payments_graphql.errors import PermissionDeniedError
from payments_graphql.policy import VIEW_EVERYTHING, get_policy

from .context import Info, get_context, get_user
from .nodes import decode_id, find_by_id, parse_pk
from .object_types import (
    ObjectType,
    find_object_type_by_name,
    get_object_type,
    list_object_types,
)
from .prefetching import Plan, list_selected, plan


@strawberry.enum(description="Whose objects a query reaches.")
class Scope(Enum):
    OWN = strawberry.enum_value("own", description="Your own alone.")
    ALL = strawberry.enum_value(
        "all",
        description="Everybody's, for staff. It needs the permission to view payments, and that to "
        "view each kind of object that is asked for; without, the answer is the error "
        "PERMISSION_DENIED. Client secrets are shown to nobody but their owner.",
    )


ScopeArgument = Annotated[
    Scope,
    strawberry.argument(
        description="Whose: your own, or with ALL everybody's, where your permissions allow it."
    ),
]


class PermissionDenied(GraphQLError):
    def __init__(self, permission: str) -> None:
        super().__init__(
            _('`scope: ALL` needs the permission "%(permission)s".') % {"permission": permission},
            extensions={"code": "PERMISSION_DENIED"},
        )


def list_visible(
    info: Info, shown: type, scope: Scope, *, planned: Plan | None = None
) -> QuerySet[Any]:
    """Rows of the type `shown` with what is selected below the present field, for a query to
    narrow."""
    return _list_visible(info, get_object_type(shown), scope, planned)


def find_visible(info: Info, shown: type, global_id: str, scope: Scope) -> Any:
    """The one row of `global_id`, or None."""
    return find_by_id(list_visible(info, shown, scope), shown, global_id)


def find_nodes(info: Info, global_ids: Iterable[str], scope: Scope) -> list[Model | None]:
    """In the order of the ids, with None for each that there is none of; a query for each type."""
    if scope is Scope.ALL:
        _require_view_of((), get_user(info))
    places = [_find_place(global_id) for global_id in global_ids]
    wanted: dict[ObjectType, set[Any]] = {}
    for declared, pk in filter(None, places):
        wanted.setdefault(declared, set())
        if pk is not None:
            wanted[declared].add(pk)
    found: dict[tuple[ObjectType, Any], Model] = {}
    for declared, pks in wanted.items():
        rows = _list_visible(info, declared, scope).filter(pk__in=pks)
        found |= {(declared, row.pk): row for row in rows}
    return [found.get(place) if place else None for place in places]


def shows_everybodys(info: Info, model: type[Model]) -> bool:
    """Are rows of `model` that are somebody else's shown below the present field? As its root field
    was asked for; below a mutation it is what the policy lets the person see."""
    if info.operation.operation.value == OperationType.MUTATION.value:
        user, rules = get_user(info), get_policy()
        return rules.may_see_everything(user) and rules.may_see_everything(user, model)
    return _get_root(info) in get_context(info).shown_to_all


def refuse_to_show_others(info: Info) -> None:
    """In a mutation on somebody else's object, before anything is done.

    The payload shows what the person's permissions to view allow, as queries do with `scope: ALL`,
    and without them what is needed to act. Raises `PermissionDeniedError`.
    """
    user = get_user(info)
    for declared in list_object_types():
        needed, field = declared.needed_to_act, declared.field_name
        if not needed or list_selected(info, field) <= needed | {"__typename"}:
            continue
        missing = _find_missing_view(plan(info, declared, below=field).types, user)
        if missing:
            raise PermissionDeniedError(
                _(
                    "To read this of somebody else's `%(field)s` you need the permission "
                    '"%(permission)s". Without it, ask for nothing but %(needed)s. Nothing was '
                    "done."
                )
                % {
                    "field": field,
                    "permission": missing,
                    "needed": ", ".join(sorted(needed | {"__typename"})),
                }
            )


def _list_visible(
    info: Info, declared: ObjectType, scope: Scope, planned: Plan | None = None
) -> QuerySet[Any]:
    user = get_user(info)
    planned = planned or plan(info, declared)
    assert declared.of_user is not None
    assert declared.of_everybody is not None
    if scope is Scope.OWN:
        return planned.apply(declared.of_user(user))
    _require_view_of(planned.types, user)
    get_context(info).shown_to_all.add(_get_root(info))
    return planned.apply(declared.of_everybody())


def _find_place(global_id: str) -> tuple[ObjectType, Any] | None:
    decoded = decode_id(global_id)
    declared = find_object_type_by_name(decoded[0]) if decoded else None
    if decoded is None or declared is None or declared.of_user is None:
        return None
    return declared, parse_pk(declared.model, decoded[1])


def _get_root(info: Info) -> str:
    """The key in the answer of the root field that the present one is below."""
    path = info.path
    while path.prev is not None:
        path = path.prev
    return str(path.key)


def _require_view_of(types: Iterable[ObjectType], user: AbstractBaseUser) -> None:
    missing = _find_missing_view(types, user)
    if missing:
        raise PermissionDenied(missing)


def _find_missing_view(types: Iterable[ObjectType], user: AbstractBaseUser) -> str:
    """Also of what is shown inside: a payment's refunds are refunds. Empty when none is missing."""
    rules = get_policy()
    if not rules.may_see_everything(user):
        return f"payments_graphql.{VIEW_EVERYTHING}"
    for declared in sorted(types, key=lambda one: one.name):
        if not rules.may_see_everything(user, declared.model):
            return declared.view_permission
    return ""
