"""The context of one operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

import strawberry
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from graphql import GraphQLError

from payments_graphql.live_updates import Watch


class UnauthenticatedError(GraphQLError):
    def __init__(self) -> None:
        super().__init__(
            _("Sign in first, with a session or with a token in the Authorization header."),
            extensions={"code": "UNAUTHENTICATED"},
        )


class BadInputError(GraphQLError):
    """An invalid argument of a query."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "BAD_USER_INPUT"})


class Followed(Protocol):
    """The object that a stream shows again after each change."""

    version: Any

    @property
    def is_terminal(self) -> bool: ...


@dataclass
class Context:
    request: HttpRequest
    response: HttpResponse
    # The paths of root fields, or of items of their lists, that show everyone's objects.
    # See `visibility`.
    shown_to_all: set[tuple[str | int, ...]] = field(default_factory=set)
    # For streams only: the watch to tell what is shown, and the object last shown.
    watch: Watch | None = None
    seen: Followed | None = None
    _parts: dict[type, Any] = field(default_factory=dict, repr=False)

    def get_part[Part](self, kind: type[Part]) -> Part:
        """Data that a module keeps for this request. It is created on first use."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        part: Part = self._parts[kind]
        return part


Info = strawberry.Info[Any, None]

_of_this_operation: ContextVar[Context] = ContextVar("payments_graphql_context")


@contextmanager
def keeping(context: Context) -> Iterator[None]:
    """For an operation that runs with the site's own context: see `merging`."""
    token = _of_this_operation.set(context)
    try:
        yield
    finally:
        _of_this_operation.reset(token)


def get_context(info: Info) -> Context:
    """Our own context, whatever context the operation was given."""
    if isinstance(info.context, Context):
        return info.context
    context = _of_this_operation.get(None)
    if context is None:
        raise RuntimeError(
            "Build the schema with `**payments_schema_config()`. See docs/merging.md."
        )
    return context


def get_user(info: Info) -> AbstractBaseUser:
    """The signed-in user. Every root field except `paymentsConfig` and `me` calls it first."""
    user = find_user(info)
    if user is None:
        raise UnauthenticatedError
    return user


def find_user(info: Info) -> AbstractBaseUser | None:
    """The signed-in user, or None."""
    user: AbstractBaseUser | AnonymousUser = getattr(
        get_context(info).request, "user", AnonymousUser()
    )
    return None if isinstance(user, AnonymousUser) or not user.is_authenticated else user
