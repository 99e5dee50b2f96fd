"""The rows that a query may show: your own, or everyone's with the required permissions.

Queries reach rows only through this module. An id that is malformed, unknown or of another user's
object looks as if the object did not exist.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
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
from .kept_rows import Rows, find_row
from .nodes import decode_id, find_by_id, parse_id, parse_pk
from .object_types import (
    ObjectType,
    find_object_type_by_name,
    get_object_type,
    list_object_types,
)
from .own_customers import get_own_customers
from .prefetching import Plan, list_selected, plan

type _Place = tuple[ObjectType, Any]
"""A type and a primary key. The key is None if it is invalid."""


@strawberry.enum(description="Whose objects a query returns.")
class Scope(Enum):
    OWN = strawberry.enum_value("own", description="Only your own.")
    ALL = strawberry.enum_value(
        "all",
        description="Everyone's, for staff. Requires the permission "
        "`payments_graphql.view_stripepaymentintent` and the view permission of each selected "
        "type; otherwise fails with the code PERMISSION_DENIED. A client secret is only shown to "
        "the owner of the payment.",
    )


ScopeArgument = Annotated[
    Scope | None,
    strawberry.argument(
        description="Whose objects to return: your own, or with ALL everyone's. ALL requires "
        "permissions."
    ),
]


class PermissionDenied(GraphQLError):
    def __init__(self, permission: str) -> None:
        super().__init__(
            _('`scope: ALL` requires the permission "%(permission)s".')
            % {"permission": permission},
            extensions={"code": "PERMISSION_DENIED"},
        )


def get_rows(info: Info, declared: ObjectType, scope: Scope | None) -> Rows:
    """For a query: no other columns are read than the selected fields show."""
    planned = plan(info, declared)
    if scope is not Scope.ALL:
        return _get_own(info, declared, planned)
    _show_everybodys(info, planned)
    return _get_everybodys(declared, planned)


def list_visible(info: Info, shown: type, scope: Scope | None, *, below: str = "") -> QuerySet[Any]:
    """Whole rows of the type `shown`, with what is selected below the current field, or below its
    field `below`. The query can filter them."""
    declared = get_object_type(shown)
    user, planned = get_user(info), plan(info, declared, below=below)
    assert declared.of_user is not None
    assert declared.of_everybody is not None
    if scope is not Scope.ALL:
        return planned.apply(declared.of_user(user))
    _show_everybodys(info, planned)
    return planned.apply(declared.of_everybody())


def find_visible(info: Info, shown: type, global_id: str, scope: Scope | None) -> Any:
    """The whole row with this `global_id`, or None."""
    return find_by_id(list_visible(info, shown, scope), shown, global_id)


def find_shown(info: Info, shown: type, global_id: str, scope: Scope | None) -> Any:
    """The same for a query: see `get_rows`."""
    declared = get_object_type(shown)
    rows = get_rows(info, declared, scope)
    pk = parse_id(declared.name, declared.model, global_id)
    return None if pk is None else find_row(info, rows, pk)


def find_node(info: Info, global_id: str) -> Model | None:
    """The caller's own object, or anyone's for staff who may view everything that is selected of
    it."""
    [found] = _find_places(info, [_find_place(global_id)])
    if found is None:
        return None
    if found.is_everybodys:
        get_context(info).shown_to_all.add(_get_root(info))
    return found.row


def find_nodes(info: Info, global_ids: Iterable[str]) -> list[Model | None]:
    """The objects in the order of the ids, with None where there is none. Permissions are checked
    for each object, since they can differ by type."""
    found = _find_places(info, [_find_place(global_id) for global_id in global_ids])
    for index, one in enumerate(found):
        if one is not None and one.is_everybodys:
            get_context(info).shown_to_all.add((*_get_root(info), index))
    return [one.row if one else None for one in found]


def shows_everybodys(info: Info, model: type[Model]) -> bool:
    """Whether other users' rows of `model` are shown below the current field. In a query, the
    arguments of the root field decide; in a mutation, the policy."""
    if info.operation.operation.value == OperationType.MUTATION.value:
        user, rules = get_user(info), get_policy()
        return rules.may_see_everything(user) and rules.may_see_everything(user, model)
    path = tuple(info.path.as_list())
    return not get_context(info).shown_to_all.isdisjoint((path[:1], path[:2]))


def refuse_to_show_others(info: Info) -> None:
    """For a mutation on another user's object, before anything is done.

    The payload shows what the view permissions allow, as queries do with `scope: ALL`. Without
    them, it shows only what is needed to act. Raises `PermissionDeniedError`.
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
                    "Nothing was done. Selecting these fields of another user's `%(field)s` "
                    'requires the permission "%(permission)s". Without it, select only %(needed)s.'
                )
                % {
                    "field": field,
                    "permission": missing,
                    "needed": ", ".join(sorted(needed | {"__typename"})),
                }
            )


def _get_own(info: Info, declared: ObjectType, planned: Plan) -> Rows:
    user, of_user, of_customers = get_user(info), declared.of_user, declared.of_customers
    assert of_user is not None
    if of_customers is None:
        return Rows(declared, "user", lambda: planned.apply(of_user(user), narrow=True), None)
    own = get_own_customers(info)
    return Rows(declared, "customers", lambda: planned.apply(of_customers(own), narrow=True), own)


def _get_everybodys(declared: ObjectType, planned: Plan) -> Rows:
    of_everybody = declared.of_everybody
    assert of_everybody is not None
    return Rows(declared, "everybody", lambda: planned.apply(of_everybody(), narrow=True), [])


@dataclass(frozen=True)
class _Found:
    row: Model
    is_everybodys: bool


def _find_places(info: Info, places: Sequence[_Place | None]) -> list[_Found | None]:
    """Runs one statement for each type, and a second if some objects were not found."""
    wanted: dict[ObjectType, set[Any]] = {}
    for declared, pk in filter(None, places):
        wanted.setdefault(declared, set()).add(pk)
    found: dict[_Place, _Found] = {}
    for declared, pks in wanted.items():
        planned, missing = plan(info, declared), pks - {None}
        for is_everybodys in _choose_order(get_user(info)):
            if not missing:
                break
            if not is_everybodys:
                rows = _get_own(info, declared, planned)
            elif not _find_missing_view(planned.types, get_user(info)):
                rows = _get_everybodys(declared, planned)
            else:
                continue
            for row in _find_rows(info, rows, missing):
                found[declared, row.pk] = _Found(row, is_everybodys)
                missing.remove(row.pk)
    return [found.get(place) if place else None for place in places]


def _choose_order(user: AbstractBaseUser) -> tuple[bool, bool]:
    """Whether everybody's rows are looked through first or last. For most people last, since the
    permissions of a user are read by two statements."""
    is_staff = bool(getattr(user, "is_staff", False))
    return is_staff, not is_staff


def _find_rows(info: Info, rows: Rows, pks: Collection[Any]) -> list[Any]:
    if len(pks) > 1:
        return list(rows.make().filter(pk__in=pks))
    [pk] = pks
    row = find_row(info, rows, pk)
    return [] if row is None else [row]


def _find_place(global_id: str) -> _Place | None:
    decoded = decode_id(global_id)
    declared = find_object_type_by_name(decoded[0]) if decoded else None
    if decoded is None or declared is None or declared.of_user is None:
        return None
    return declared, parse_pk(declared.model, decoded[1])


def _get_root(info: Info) -> tuple[str | int, ...]:
    """The path of the current root field in the response."""
    return tuple(info.path.as_list()[:1])


def _show_everybodys(info: Info, planned: Plan) -> None:
    """Below the current root field."""
    missing = _find_missing_view(planned.types, get_user(info))
    if missing:
        raise PermissionDenied(missing)
    get_context(info).shown_to_all.add(_get_root(info))


def _find_missing_view(types: Iterable[ObjectType], user: AbstractBaseUser) -> str:
    """The missing view permission, or an empty text. Checks nested objects too: the refunds of a
    payment are refunds."""
    rules = get_policy()
    if not rules.may_see_everything(user):
        return f"payments_graphql.{VIEW_EVERYTHING}"
    for declared in sorted(types, key=lambda one: one.name):
        if not rules.may_see_everything(user, declared.viewed_as):
            return declared.view_permission
    return ""
