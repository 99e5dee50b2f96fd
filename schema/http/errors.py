"""The response to a request that could not be carried out."""

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from graphql import GraphQLError

from payments_graphql.header_authentication import BadTokenError, describe_schemes

from ..engine.context import UnauthenticatedError
from ..engine.public_errors import mask
from ..engine.request_counts import count_refused
from .authentication import CsrfError, UnknownSchemeError
from .requests import RequestError
from .responses import refuse


def explain(error: Exception, request: HttpRequest, media_type: str) -> HttpResponse:
    """The response to `request` for an `error` raised outside of its operation."""
    refusal = find_refusal(error, request)
    if refusal is not None:
        count_refused(refusal.code)
        shown = GraphQLError(refusal.message, extensions={"code": refusal.code})
        return refuse(shown, refusal.status, media_type, refusal.headers)
    if isinstance(error, OperationalError | InterfaceError):
        count_refused("UNAVAILABLE")
        return refuse(mask(error), 503, media_type, {"Retry-After": "5"})
    count_refused("INTERNAL_SERVER_ERROR")
    return refuse(mask(error), 500, media_type)


def find_refusal(error: Exception, request: HttpRequest) -> RequestError | None:
    """The client's error, or None if the client is not responsible."""
    match error:
        case RequestError():
            return error
        case BadTokenError():
            message = _("The token is invalid or has expired. Sign in again.")
            return _unauthenticated(message, request)
        case UnknownSchemeError():
            message = (
                f"This kind of Authorization is not supported. Use {describe_schemes(request)}."
            )
            return _unauthenticated(message, request)
        case UnauthenticatedError():
            return _unauthenticated(error.message, request)
        case CsrfError():
            return RequestError(
                403, "Send the CSRF token in the X-CSRFToken header.", "CSRF_FAILED"
            )
        case RecursionError():
            return RequestError(400, "The request is nested too deeply.")
    return None


def _unauthenticated(message: str, request: HttpRequest) -> RequestError:
    headers = {"WWW-Authenticate": describe_schemes(request)}
    return RequestError(401, message, "UNAUTHENTICATED", headers)
