"""Reads a GraphQL request from an HTTP request.

Follows https://graphql.github.io/graphql-over-http/draft/: POST with JSON, GET with a query string.
It does not depend on Django's view, so that streams can use it too.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from payments_graphql.conf import conf

from .media_types import JSON, is_utf8, parse_media_type


@dataclass(frozen=True)
class GraphQLRequest:
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


@dataclass(eq=False)
class RequestError(Exception):
    """The request is invalid. `status` is for the response, and `message` can be shown."""

    status: int
    message: str
    code: str = "BAD_REQUEST"
    headers: Mapping[str, str] = field(default_factory=dict)


class _DuplicateNameError(ValueError):
    pass


def read_request(request: HttpRequest) -> GraphQLRequest:
    """Raises `RequestError`. Reads no more of the body than allowed."""
    if request.method == "GET":
        return parse_query_string(request.META.get("QUERY_STRING", ""))
    if request.method != "POST":
        message = "Send queries with GET or POST, and mutations with POST."
        raise RequestError(405, message, "METHOD_NOT_ALLOWED", {"Allow": "GET, POST"})
    _check_content_type(request)
    return parse_body(_read_body(request))


def parse_body(body: bytes) -> GraphQLRequest:
    """Raises `RequestError`."""
    parsed = _parse_json(body, "The body")
    if not isinstance(parsed, dict):
        raise RequestError(
            400, "The body must be a JSON object with a `query`. Batches are not supported."
        )
    return _build(parsed)


def parse_query_string(text: str) -> GraphQLRequest:
    """`variables` and `extensions` are JSON. Empty parameters are ignored. Raises
    `RequestError`."""
    if len(text) > conf.PAYMENTS_GRAPHQL_MAX_BODY:
        raise RequestError(414, "The query string is too long.", "BODY_TOO_LARGE")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError:
        raise RequestError(400, "The query string is not UTF-8.") from None
    except ValueError:
        raise RequestError(400, "The query string has too many parameters.") from None
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1 and name in ("query", "operationName", "variables", "extensions"):
            raise RequestError(400, f"`{name}` is given more than once.")
    parameters: dict[str, Any] = {name: value for name, value in pairs if value}
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _parse_json(parameters[name], f"`{name}`")
    return _build(parameters)


def _check_content_type(request: HttpRequest) -> None:
    media_type, parameters = parse_media_type(request.headers.get("Content-Type", ""))
    if media_type != JSON or not is_utf8(parameters):
        message = "Send the query as application/json in UTF-8."
        raise RequestError(415, message, headers={"Accept": JSON})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        message = "Send the body without a Content-Encoding."
        raise RequestError(415, message, headers={"Accept-Encoding": "identity"})


def _read_body(request: HttpRequest) -> bytes:
    most = conf.PAYMENTS_GRAPHQL_MAX_BODY
    too_large = RequestError(413, f"The body is larger than {most} bytes.", "BODY_TOO_LARGE")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length[:19]) > most:
        raise too_large
    try:
        # `request.body` would read everything if the length is not known in advance.
        body: bytes = request.read(most + 1)
    except UnreadablePostError:
        raise RequestError(400, "The body could not be read.") from None
    if len(body) > most:
        raise too_large
    request._body = body  # noqa: SLF001 (for authentication classes that read it too)
    return body


def _parse_json(text: bytes | str, what: str) -> Any:
    """Stricter than the standard library: rejects NaN, 1e400, unpaired surrogates, and duplicate
    names in an object, since some parsers take the first and others the last."""
    try:
        parsed = orjson.loads(text)
        # Numbers stay text: int() rejects very long ones.
        json.loads(text, object_pairs_hook=_check_names, parse_int=str, parse_float=str)
    except _DuplicateNameError:
        raise RequestError(400, f"{what} has an object with a duplicate name.") from None
    except RecursionError:
        raise RequestError(400, f"{what} is nested too deeply.") from None
    except orjson.JSONDecodeError as error:
        problem = "is nested too deeply" if "depth" in str(error) else "is not JSON"
        raise RequestError(400, f"{what} {problem}.") from None
    return parsed


def _check_names(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _DuplicateNameError


def _build(values: Mapping[str, Any]) -> GraphQLRequest:
    query = _get(values, "query", str)
    if not query:
        raise RequestError(400, "The request has no `query`.")
    return GraphQLRequest(
        query=query,
        variables=_get(values, "variables", dict),
        operation_name=_get(values, "operationName", str),
        extensions=_get(values, "extensions", dict),
    )


def _get[Value](values: Mapping[str, Any], name: str, expected: type[Value]) -> Value | None:
    value = values.get(name)
    if value is None or isinstance(value, expected):
        return value
    kind = "an object" if expected is dict else "a string"
    raise RequestError(400, f"`{name}` must be {kind}.")
