"""One GraphQL endpoint for a site and its payments: see docs/merging.md."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.schema.name_converter import NameConverter
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition
from strawberry_django.queryset import get_queryset_config

from payments_graphql import deadlines
from payments_graphql.conf import conf
from payments_graphql.correlation import HEADER, of_request
from payments_graphql.operations import actor_of, on_behalf_of

from .engine.context import Context, Info, keeping
from .engine.errors import ERROR_TYPES
from .engine.extensions import Cost, Documents
from .engine.names import PrefixedNames
from .engine.object_types import add_field
from .engine.public_errors import as_public
from .engine.request_counts import RequestCounts
from .engine.scalars import DATE_TIME, DECIMAL
from .engine.schemas import PaymentsSchema
from .engine.traces import Traces
from .engine.visibility import Scope
from .engine.visibility import list_visible as list_planned
from .http.authentication import authenticate
from .http.errors import find_refusal
from .roots import PaymentsMutation, PaymentsQuery, PaymentsSubscription

__all__ = [
    "PaymentsMutation",
    "PaymentsQuery",
    "PaymentsSchema",
    "PaymentsSubscription",
    "PrefixedNames",
    "Scope",
    "extend",
    "list_visible",
    "payments_schema_config",
]


def payments_schema_config(
    *,
    prefix: str = "",
    config: StrawberryConfig | None = None,
    types: Iterable[Any] = (),
    extensions: Iterable[Any] = (),
    sign_in: bool = True,
) -> dict[str, Any]:
    """The arguments `config`, `types` and `extensions` for `strawberry.Schema`, including those of
    the site.

    `prefix` is added to the names of our types. If `sign_in` is false, the site sets `request.user`
    and checks CSRF itself. Raises `ImproperlyConfigured`.
    """
    config = config or StrawberryConfig()
    names = config.name_converter
    if names.apply_naming_config("payment_intents") != "paymentIntents":
        # Selections, and with them permissions, are looked up by these names.
        raise ImproperlyConfigured(
            "Payments need `auto_camel_case`, which is Strawberry's default."
        )
    scalars = {Decimal: DECIMAL, datetime: DATE_TIME, **config.scalar_map}
    _check_decimal(scalars[Decimal])
    if prefix:
        if type(names) is not NameConverter:
            raise ImproperlyConfigured(
                "Derive the name converter from PrefixedNames instead of giving a prefix."
            )
        names = PrefixedNames(prefix)
    return {
        "config": replace(config, name_converter=names, scalar_map=scalars),
        "types": [*ERROR_TYPES, *types],
        "extensions": [
            partial(PaymentsExtension, sign_in=sign_in),
            Traces,
            RequestCounts,
            Documents,
            Cost,
            *extensions,
        ],
    }


def extend(shown: type) -> Callable[[StrawberryField], StrawberryField]:
    """Adds the decorated `strawberry.field` to one of our types, in every `PaymentsSchema` that is
    created afterwards."""

    def add(field: StrawberryField) -> StrawberryField:
        field.origin = shown
        add_field(shown, field)
        return field

    return add


def list_visible(info: Info, shown: type, scope: Scope = Scope.OWN) -> QuerySet[Any]:
    """The rows of our type `shown` for a field of the site, with everything selected below it: the
    caller's own, or everyone's if the permissions allow it."""
    rows = list_planned(info, shown, scope)
    get_queryset_config(rows).optimized = True  # DjangoOptimizerExtension would plan it again
    return rows


class PaymentsExtension(SchemaExtension):
    """Does the work of our view for another view. It must be the first extension, so that errors in
    the others are masked too."""

    def __init__(self, *, sign_in: bool = True) -> None:
        self._signs_in = sign_in

    def on_operation(self) -> Iterator[None]:
        try:
            with ExitStack() as stack:
                self._prepare(stack)
                yield
        except (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError):
            raise  # the view answers these
        except Exception as error:
            [shown] = as_public([_as_graphql_error(error)])
            raise shown from None
        result = self.execution_context.result
        if result is not None and result.errors:
            result.errors = as_public(result.errors)

    def _prepare(self, stack: ExitStack) -> None:
        given = self.execution_context.context
        if isinstance(given, Context):
            return  # our view has done all this
        _refuse_event_loop()
        request, response = _get(given, "request"), _get(given, "response")
        if not isinstance(request, HttpRequest):
            raise ImproperlyConfigured("The context of the schema must have Django's `request`.")
        if response is None:
            response = HttpResponse()
        response.headers["Cache-Control"] = "no-store"  # any response can contain a client secret
        # Of a view of the site, whose middleware may not know of it.
        response.headers[HEADER] = stack.enter_context(of_request(request))
        stack.enter_context(deadlines.within(conf.PAYMENTS_REQUEST_TIMEOUT))
        if self._signs_in:
            _sign_in(request, response)
        user = getattr(request, "user", None)
        is_known = user is not None and user.is_authenticated
        stack.enter_context(on_behalf_of(actor_of(user) if is_known else ""))
        stack.enter_context(keeping(Context(request=request, response=response)))


def _sign_in(request: HttpRequest, response: HttpResponse) -> None:
    try:
        authenticate(request)
    except Exception as error:
        refusal = find_refusal(error, request)
        if refusal is None:
            raise
        response.status_code = refusal.status
        raise GraphQLError(refusal.message, extensions={"code": refusal.code}) from None


def _refuse_event_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ImproperlyConfigured(
        "Payments are read synchronously: serve the schema with "
        "strawberry.django.views.GraphQLView."
    )


def _get(context: object, name: str) -> Any:
    return context.get(name) if isinstance(context, Mapping) else getattr(context, name, None)


def _as_graphql_error(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)


def _check_decimal(scalar: ScalarDefinition) -> None:
    """Money must cross the API exactly: a float would round it."""
    if scalar.serialize is None or scalar.serialize(Decimal("10.10")) != "10.10":
        raise ImproperlyConfigured(
            "The scalar of the site for `Decimal` must write Decimal('10.10') as \"10.10\"."
        )
