"""Which rows a query may show: your own, or everybody's to those who have the permissions.

The one way of queries to rows. What is malformed, unknown or somebody else's does not exist.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Annotated, Any

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from graphql import GraphQLError

from payments_graphql.conf import conf
from payments_graphql.errors import PermissionDeniedError
from payments_graphql.models import (
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    get_booking_model,
    get_or_none,
    list_all_bookings,
)

from .context import Info, get_user
from .nodes import decode_id, parse_pk
from .ownership import is_own
from .prefetching import Plan, list_selected, plan
from .sight import note_everybodys


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

_MODELS: dict[str, type[Model]] = {
    "PaymentIntent": StripePaymentIntent,
    "Refund": StripeRefund,
    "Dispute": StripeDispute,
    "Booking": get_booking_model(),
    "SetupIntent": StripeSetupIntent,
    "PaymentMethod": StripePaymentMethod,
    "StatusChange": StatusChange,
}
_OF_USER: dict[str, Callable[[AbstractBaseUser], QuerySet[Any]]] = {
    "PaymentIntent": StripePaymentIntent.objects.for_user,
    "Refund": StripeRefund.objects.for_user,
    "Dispute": StripeDispute.objects.for_user,
    "Booking": lambda user: list_all_bookings().for_user(user),
    "SetupIntent": StripeSetupIntent.objects.for_user,
    "PaymentMethod": StripePaymentMethod.objects.for_user,
}
"""The types that have an id, and may be found by it."""

_OF_EVERYBODY: dict[str, Callable[[], QuerySet[Any]]] = {
    "PaymentIntent": lambda: StripePaymentIntent.objects.ours().accepted(),
    "Refund": lambda: StripeRefund.objects.ours().accepted(),
    "Dispute": StripeDispute.objects.ours,
    "Booking": list_all_bookings,
    "SetupIntent": lambda: StripeSetupIntent.objects.ours().accepted(),
    "PaymentMethod": StripePaymentMethod.objects.ours,
}
# What a client secret is given by, where one object alone is asked for.
_WITH_OWNER = {"PaymentIntent": "customer", "SetupIntent": "customer"}


# What staff must see of somebody else's object to act on it, without a permission to view it.
_NEEDED_TO_ACT: dict[str, frozenset[str]] = {
    "PaymentIntent": frozenset(
        ("__typename", "id", "status", "version", "amount", "currency", "availableActions")
    ),
    "Refund": frozenset(("__typename", "id", "status", "amount", "currency")),
    "Dispute": frozenset(
        (
            "__typename",
            "id",
            "status",
            "amount",
            "currency",
            "evidenceDueBy",
            "hasEvidence",
            "submissionCount",
            "isClosed",
        )
    ),
}


class PermissionDenied(GraphQLError):
    def __init__(self, permission: str) -> None:
        super().__init__(
            _('`scope: ALL` needs the permission "%(permission)s".') % {"permission": permission},
            extensions={"code": "PERMISSION_DENIED"},
        )


def list_visible(
    info: Info, type_name: str, scope: Scope, *, planned: Plan | None = None
) -> QuerySet[Any]:
    """Rows of `type_name` with what is selected below the present field, for a query to narrow."""
    user = get_user(info)
    planned = planned or plan(info, type_name)
    if scope is Scope.OWN:
        return planned.apply(_OF_USER[type_name](user))
    _require_view_of(planned.types, user)
    note_everybodys(info)
    return planned.apply(_OF_EVERYBODY[type_name]())


def find_visible(info: Info, type_name: str, global_id: str, scope: Scope) -> Any:
    """The one row of `global_id`, or None."""
    rows = list_one_visible(info, type_name, scope)
    decoded = decode_id(global_id)
    if decoded is None or decoded[0] != type_name:
        return None
    pk = parse_pk(rows.model, decoded[1])
    return None if pk is None else get_or_none(rows.filter(pk=pk))


def list_one_visible(
    info: Info, type_name: str, scope: Scope, *, planned: Plan | None = None
) -> QuerySet[Any]:
    """As `list_visible`, for a query to narrow to one row, whose owner is then known."""
    rows = list_visible(info, type_name, scope, planned=planned)
    owner = _WITH_OWNER.get(type_name)
    return rows.select_related(owner) if owner else rows


def find_nodes(info: Info, global_ids: Iterable[str], scope: Scope) -> list[Model | None]:
    """In the order of the ids, with None for each that there is none of; a query for each type."""
    if scope is Scope.ALL:
        _require_view_of((), get_user(info))
    decoded = [decode_id(global_id) for global_id in global_ids]
    wanted: dict[str, set[str]] = {}
    for type_name, text in filter(None, decoded):
        if type_name in _OF_USER:
            wanted.setdefault(type_name, set()).add(text)
    found: dict[tuple[str, Any], Model] = {}
    for type_name, texts in wanted.items():
        model = _MODELS[type_name]
        pks = [pk for text in texts if (pk := parse_pk(model, text)) is not None]
        rows = list_one_visible(info, type_name, scope).filter(pk__in=pks)
        found |= {(type_name, row.pk): row for row in rows}
    return [
        found.get((one[0], parse_pk(_MODELS[one[0]], one[1])))
        if one and one[0] in _OF_USER
        else None
        for one in decoded
    ]


def refuse_to_show(info: Info, intent: StripePaymentIntent) -> None:
    """In a mutation on `intent`, or a refund or dispute of it, before anything is done.

    Of somebody else's, the payload shows what its permissions to view allow, as queries do with
    `scope: ALL`, and without them what is needed to act. Raises `PermissionDeniedError`.
    """
    user = get_user(info)
    if is_own(user, intent):
        return
    for type_name, needed in _NEEDED_TO_ACT.items():
        field = type_name[0].lower() + type_name[1:]
        if list_selected(info, field) <= needed:
            continue
        missing = _find_missing_view(plan(info, type_name, below=field).types, user)
        if missing is not None:
            raise PermissionDeniedError(
                _(
                    "To read this of somebody else's `%(field)s` you need the permission "
                    '"%(permission)s". Without it, ask for nothing but %(needed)s. Nothing was '
                    "done."
                )
                % {
                    "field": field,
                    "permission": _name_permission(missing),
                    "needed": ", ".join(sorted(needed)),
                }
            )


def _require_view_of(type_names: Iterable[str], user: AbstractBaseUser) -> None:
    missing = _find_missing_view(type_names, user)
    if missing is not None:
        raise PermissionDenied(_name_permission(missing))


def _find_missing_view(type_names: Iterable[str], user: AbstractBaseUser) -> type[Model] | None:
    """Also of what is shown inside: a payment's refunds are refunds."""
    rules = conf.PAYMENTS_POLICY
    if not rules.may_see_everything(user):
        return StripePaymentIntent
    models = (_MODELS[type_name] for type_name in sorted(type_names))
    return next((model for model in models if not rules.may_see_everything(user, model)), None)


def _name_permission(model: type[Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"
