"""The errors of a response as shown to clients: each has a code, none shows internals, and their
number is limited."""

import uuid
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _
from graphql import GraphQLError, GraphQLSyntaxError

from payments_graphql.conf import conf
from payments_graphql.errors import PaymentError, RateLimitedError
from payments_graphql.logs import get_logger

logger = get_logger("payments_graphql.graphql")

_LONGEST_MESSAGE = 500
"""In characters. Some errors repeat the value that was sent."""


def as_public(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """At most `PAYMENTS_GRAPHQL_MAX_ERRORS`, and a last error with the number of the others.

    Masks and logs unexpected errors. Does not change errors that are already public.
    """
    most = conf.PAYMENTS_GRAPHQL_MAX_ERRORS
    if len(errors) <= most + 1:
        return [_as_public(error) for error in errors]
    count = len(errors) - most
    more = GraphQLError(
        f"There are {count} more errors.", extensions={"code": "MORE_ERRORS", "count": count}
    )
    return [*(_as_public(error) for error in errors[:most]), more]


def mask(exception: BaseException, error: GraphQLError | None = None) -> GraphQLError:
    """An error that hides the exception. It has the id under which the exception is logged."""
    error_id = uuid.uuid4().hex
    path = error.path if error else None
    logger.error("graphql.unexpected_error", error_id=error_id, path=path, exc_info=exception)
    if isinstance(exception, OperationalError | InterfaceError):
        # The database could not be reached, or its connection pool is exhausted.
        message = _("The site is temporarily unavailable. Try again in a moment.")
        extensions = {"code": "UNAVAILABLE", "id": error_id, "retryable": True}
        return _with_code(error or GraphQLError(""), message, extensions)
    return _with_code(
        error or GraphQLError(""),
        _("An unexpected error occurred."),
        {"code": "INTERNAL_SERVER_ERROR", "id": error_id},
    )


def _as_public(error: GraphQLError) -> GraphQLError:
    cause = find_cause(error)
    if isinstance(cause, PaymentError):
        extensions: dict[str, object] = {"code": cause.code.name, "retryable": cause.retryable}
        if isinstance(cause, RateLimitedError):
            extensions["retryAfter"] = cause.retry_after
        return _with_code(error, cause.message, extensions)
    if cause is not None:
        return mask(cause, error)
    extensions = dict(error.extensions or {})
    if "code" not in extensions:
        is_syntax = isinstance(error, GraphQLSyntaxError)
        extensions["code"] = "GRAPHQL_PARSE_FAILED" if is_syntax else "BAD_USER_INPUT"
    elif len(error.message) <= _LONGEST_MESSAGE:
        return error
    return _with_code(error, error.message, extensions)


def find_cause(error: GraphQLError) -> BaseException | None:
    """The original exception, through all errors that wrap it. An exception of a scalar is wrapped
    twice."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _with_code(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
