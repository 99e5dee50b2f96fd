"""What belongs to one operation."""

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
    """An argument of a query that cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "BAD_USER_INPUT"})


class Followed(Protocol):
    """What a stream shows again after each change."""

    version: Any

    @property
    def is_terminal(self) -> bool: ...


@dataclass
class Context:
    request: HttpRequest
    response: HttpResponse
    # The root fields, or items of their lists, that show everybody's: by their paths in the answer.
    # See `visibility`.
    shown_to_all: set[tuple[str | int, ...]] = field(default_factory=set)
    # Of a stream alone: whom to tell what is looked at, and what was seen.
    watch: Watch | None = None
    seen: Followed | None = None
    _parts: dict[type, Any] = field(default_factory=dict, repr=False)

    def get_part[Part](self, kind: type[Part]) -> Part:
        """What a room of types keeps for this request, made when it is first asked for."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        part: Part = self._parts[kind]
        return part


Info = strawberry.Info[Any, None]

_of_this_operation: ContextVar[Context] = ContextVar("payments_graphql_context")


@contextmanager
def keeping(context: Context) -> Iterator[None]:
    """For an operation that is executed with a context of the site's own: see `merging`."""
    token = _of_this_operation.set(context)
    try:
        yield
    finally:
        _of_this_operation.reset(token)


def get_context(info: Info) -> Context:
    """Ours, whatever context the operation was given."""
    if isinstance(info.context, Context):
        return info.context
    context = _of_this_operation.get(None)
    if context is None:
        raise RuntimeError(
            "Build the schema with `**payments_schema_config()`. See docs/merging.md."
        )
    return context


def get_user(info: Info) -> AbstractBaseUser:
    """The person who asks. Every field of the roots but `paymentsConfig` and `me` begins with
    this."""
    user = find_user(info)
    if user is None:
        raise UnauthenticatedError
    return user


def find_user(info: Info) -> AbstractBaseUser | None:
    """The person who asks, or None for somebody who has not signed in."""
    user: AbstractBaseUser | AnonymousUser = getattr(
        get_context(info).request, "user", AnonymousUser()
    )
    return None if isinstance(user, AnonymousUser) or not user.is_authenticated else user
