"""The view that opens a stream."""

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from payments_graphql import metrics
from payments_graphql.conf import conf
from payments_graphql.correlation import correlated

from ..engine.context import UnauthenticatedError
from .authentication import authenticate
from .errors import explain
from .media_types import JSON
from .requests import RequestError, read_request
from .signed_in import SignIn
from .stream_places import NoPlaceError, TooManyStreamsError
from .streams import Server, Stream, StreamResponse


@login_not_required  # it answers with 401, never with a redirect
@csrf_exempt  # `authenticate` checks it where necessary
@transaction.non_atomic_requests
@correlated
def open_stream(request: HttpRequest) -> HttpResponseBase:
    """Returns a `StreamResponse`, or an error."""
    try:
        return _open(request)
    except Exception as error:
        return explain(_as_request_error(error), request, JSON)


def _open(request: HttpRequest) -> HttpResponseBase:
    """Without a stream server, the client did not ask for a stream, or a proxy sent it to a process
    without streams, such as one under WSGI."""
    if request.method not in ("GET", "POST"):
        headers = {"Allow": "GET, POST"}
        raise RequestError(405, "Subscribe with POST or GET.", "METHOD_NOT_ALLOWED", headers)
    server: Server | None = getattr(request, "stream_server", None)
    if server is None:
        if "text/event-stream" not in request.headers.get("Accept", ""):
            raise RequestError(406, "Send `Accept: text/event-stream`.", "NOT_ACCEPTABLE")
        message = (
            "This process does not support subscriptions. They require the site's ASGI application."
        )
        raise RequestError(501, message, "NOT_IMPLEMENTED")
    asked = read_request(request)
    authenticate(request)
    if not request.user.is_authenticated:
        raise UnauthenticatedError
    stream = Stream(asked, SignIn.of(request), server.watch, server.places)
    stream.open(request)
    server.stream = stream
    return StreamResponse(stream)


def _as_request_error(error: Exception) -> Exception:
    """Converts errors that only occur with streams."""
    match error:
        case TooManyStreamsError():
            metrics.count_limit("stream.user")
            most = conf.PAYMENTS_STREAMS_PER_PROCESS_AND_USER
            message = f"You already have {most} open streams. Close one first."
            return RequestError(429, message, "RATE_LIMITED", {"Retry-After": "5"})
        case NoPlaceError():
            metrics.count_limit("stream.process")
            message = "Too many streams are open at the moment. Try again in a few seconds."
            return RequestError(503, message, "UNAVAILABLE", {"Retry-After": "5"})
        case CannotGetOperationTypeError():
            message = "`operationName` must name the subscription in the document."
            return RequestError(400, message)
        case InvalidOperationTypeError():
            message = (
                "Only subscriptions can be streamed. Send queries and mutations with `Accept: "
                "application/json`."
            )
            return RequestError(400, message)
    return error
