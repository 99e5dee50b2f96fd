"""GraphQL over HTTP: POST with JSON, and GraphiQL for a browser where it is on.

Whatever is wrong with a request is answered with a GraphQL error as JSON, never with a page.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from cross_web import HTTPException, SyncHTTPRequestAdapter
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import GraphQLView
from strawberry.http import GraphQLRequestData

from payments_graphql import deadlines
from payments_graphql.conf import conf

from .authentication import BadTokenError, CsrfError, authenticate
from .context import Context
from .extensions import mask
from .graphiql import graphiql
from .schema import schema

_BAD_REQUEST = "BAD_REQUEST"


# Exempt, as `authenticate` checks it for those who need it; a token needs none.
@method_decorator(csrf_exempt, name="dispatch")
# See Note [No transaction around Stripe]: a view under ATOMIC_REQUESTS would be in one.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class PaymentsGraphQLView(GraphQLView[Context, None]):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if conf.PAYMENTS_GRAPHIQL and request.method == "GET" and _is_browser(request):
            return graphiql(request)
        if request.method != "POST":
            return _refuse(405, "METHOD_NOT_ALLOWED", "Send queries by POST.", Allow="POST")
        try:
            with deadlines.within(conf.PAYMENTS_REQUEST_TIMEOUT):
                authenticate(request)
                return self.run(request=request)
        except BadTokenError:
            message = "The token is not valid, or it has expired. Sign in again."
            return _refuse(401, "UNAUTHENTICATED", message, WWW_Authenticate="Token")
        except CsrfError:
            message = "Send the CSRF token in the X-CSRFToken header."
            return _refuse(403, "CSRF_FAILED", message)
        except RequestDataTooBig:
            return _refuse(413, "BODY_TOO_LARGE", "The body is too large.")
        except UnreadablePostError:
            return _refuse(400, _BAD_REQUEST, "The body could not be read.")
        except HTTPException as error:
            return _refuse(error.status_code, _BAD_REQUEST, error.reason)
        except (OperationalError, InterfaceError) as error:
            return _respond({"errors": [mask(error).formatted]}, 503, {"Retry-After": "5"})
        except RecursionError:
            return _refuse(400, _BAD_REQUEST, "The request is nested too deeply.")
        except Exception as error:
            return _respond({"errors": [mask(error).formatted]}, 500)

    def parse_http_body(self, request: SyncHTTPRequestAdapter) -> GraphQLRequestData:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise HTTPException(415, "Send the query as application/json.")
        try:
            text = request.body
        except UnicodeDecodeError:
            raise HTTPException(400, "The body is not JSON.") from None
        body = _parse_json(text)
        return GraphQLRequestData(
            query=_get(body, "query", str),
            variables=_get(body, "variables", dict),
            operation_name=_get(body, "operationName", str),
            extensions=_get(body, "extensions", dict),
        )

    def get_context(self, request: HttpRequest, response: HttpResponse) -> Context:
        return Context(request=request, response=response)

    def create_response(self, response_data: Any, sub_response: HttpResponse) -> HttpResponseBase:
        return _respond(response_data, 200)


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _parse_json(body: str | bytes) -> dict[str, Any]:
    """Stricter than the standard library's: no NaN, no 1e400, no half of a surrogate pair."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(parsed, dict):
        raise HTTPException(
            400, "The body must be a JSON object with a `query`. Batches are not supported."
        )
    return parsed


def _get[Value](body: dict[str, Any], name: str, expected: type[Value]) -> Value | None:
    value = body.get(name)
    if value is None or isinstance(value, expected):
        return value
    kind = "an object" if expected is dict else "a string"
    raise HTTPException(400, f"`{name}` must be {kind}.")


def _refuse(status: int, code: str, message: str, **headers: str) -> HttpResponse:
    error = {"message": message, "extensions": {"code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _respond({"errors": [error]}, status, named)


def _respond(data: Any, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    # Any answer may hold a client secret.
    return HttpResponse(
        orjson.dumps(data),
        status=status,
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            **(headers or {}),
        },
    )


graphql_view = PaymentsGraphQLView.as_view(schema=schema, graphql_ide=None)
