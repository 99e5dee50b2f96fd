"""Responses, with the status that belongs to their media type.

`application/json` has the status 200 for every well-formed request, so that clients do not mistake
a proxy's error for ours. `application/graphql-response+json` has the status 400 if nothing was
executed. See https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from .media_types import JSON


def respond(result: ExecutionResult, media_type: str) -> HttpResponse:
    """The result of an operation. A request error has no `data`."""
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if not is_request_error(result):
        answer["data"] = result.data
    if result.extensions:
        answer["extensions"] = result.extensions
    status = _get_status(result, media_type)
    return write(answer, status, media_type, {"Retry-After": "5"} if status == 503 else None)


def refuse(
    error: GraphQLError, status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The response to an invalid HTTP request."""
    return write({"errors": [error.formatted]}, status, media_type, headers)


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed. An error of a field has a path."""
    errors = result.errors or []
    return result.data is None and bool(errors) and all(error.path is None for error in errors)


def write(
    answer: Any, status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(answer),
        status=status,
        content_type=f"{media_type}; charset=utf-8",
        headers={
            # Any response can contain a client secret.
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            # Another site's page can send a GET, as a script or an image, but must not read it.
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Vary": "Accept",
            **(headers or {}),
        },
    )


def _get_status(result: ExecutionResult, media_type: str) -> int:
    if not is_request_error(result):
        return 200
    codes = {(error.extensions or {}).get("code") for error in result.errors or []}
    if "INTERNAL_SERVER_ERROR" in codes:
        return 500
    if "UNAVAILABLE" in codes:
        return 503
    return 200 if media_type == JSON else 400
