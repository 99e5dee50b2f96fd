"""What a stream's request is answered with, before anything is streamed."""

from collections.abc import Callable
from functools import wraps

from cross_web import DjangoHTTPRequestAdapter, HTTPException
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from payments_graphql.conf import conf

from .authentication import BadTokenError, CsrfError, authenticate
from .context import UnauthenticatedError
from .extensions import mask
from .schema import schema
from .signed_in import SignIn
from .stream_places import NoPlaceError, TooManyStreamsError
from .streams import Server, Stream, StreamResponse
from .view import PaymentsGraphQLView, _get, _parse_json, _refuse, _respond

_BAD_REQUEST = "BAD_REQUEST"
_PARSER = PaymentsGraphQLView(schema=schema)


def _with_errors_as_json(
    view: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponseBase:
        try:
            return view(request)
        except (BadTokenError, UnauthenticatedError, CsrfError) as error:
            return _refuse_person(error)
        except TooManyStreamsError:
            message = f"Close a stream first: {conf.PAYMENTS_STREAMS_PER_USER} are open already."
            return _refuse(429, "RATE_LIMITED", message, Retry_After="5")
        except NoPlaceError:
            message = "Too many streams are open at the moment. Try again shortly."
            return _refuse(503, "UNAVAILABLE", message, Retry_After="5")
        except RequestDataTooBig:
            return _refuse(413, "BODY_TOO_LARGE", "The body is too large.")
        except UnreadablePostError:
            return _refuse(400, _BAD_REQUEST, "The body could not be read.")
        except HTTPException as error:
            return _refuse(error.status_code, _BAD_REQUEST, error.reason)
        except (MissingQueryError, CannotGetOperationTypeError):
            message = "Give a `query` and, when it has several operations, an `operationName`."
            return _refuse(400, _BAD_REQUEST, message)
        except InvalidOperationTypeError:
            message = "Only subscriptions are streamed. Ask with `Accept: application/json`."
            return _refuse(400, _BAD_REQUEST, message)
        except RecursionError:
            return _refuse(400, _BAD_REQUEST, "The request is nested too deeply.")
        except (OperationalError, InterfaceError) as error:
            return _respond({"errors": [mask(error).formatted]}, 503, {"Retry-After": "5"})
        except Exception as error:
            return _respond({"errors": [mask(error).formatted]}, 500)

    return wrapper


@csrf_exempt  # `authenticate` checks it for those who need it
@transaction.non_atomic_requests
@_with_errors_as_json
def open_stream(request: HttpRequest) -> HttpResponseBase:
    """A `StreamResponse`, or why there is none. The client asks for JSON by mistake, or a proxy led
    it to a process that serves no streams, such as WSGI's."""
    if request.method not in ("GET", "POST"):
        message = "Subscribe by POST, or by GET."
        return _refuse(405, "METHOD_NOT_ALLOWED", message, Allow="GET, POST")
    server: Server | None = getattr(request, "stream_server", None)
    if server is None:
        if "text/event-stream" not in request.headers.get("Accept", ""):
            return _refuse(406, "NOT_ACCEPTABLE", "Send `Accept: text/event-stream`.")
        message = "This process serves no streams: they need the site's ASGI entry."
        return _refuse(501, "NOT_IMPLEMENTED", message)
    authenticate(request)
    if not request.user.is_authenticated:
        raise UnauthenticatedError
    stream = Stream(_parse(request), SignIn.of(request), server.watch, server.places)
    stream.open(request)
    server.stream = stream
    return StreamResponse(stream)


def _parse(request: HttpRequest) -> GraphQLRequestData:
    if request.method == "POST":
        return _PARSER.parse_http_body(DjangoHTTPRequestAdapter(request))
    # A browser's EventSource can only GET.
    variables = request.GET.get("variables")
    return GraphQLRequestData(
        query=request.GET.get("query"),
        variables=_get({"variables": variables and _parse_json(variables)}, "variables", dict),
        operation_name=request.GET.get("operationName"),
        extensions=None,
    )


def _refuse_person(error: BadTokenError | UnauthenticatedError | CsrfError) -> HttpResponseBase:
    if isinstance(error, CsrfError):
        message = "Send the CSRF token in the X-CSRFToken header."
        return _refuse(403, "CSRF_FAILED", message)
    message = (
        error.message
        if isinstance(error, UnauthenticatedError)
        else "The token is not valid, or it has expired. Sign in again."
    )
    return _refuse(401, "UNAUTHENTICATED", message, WWW_Authenticate="Token")
