"""What a request is answered with that could not be carried out, whatever went wrong."""

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from graphql import GraphQLError

from ..engine.context import UnauthenticatedError
from ..engine.public_errors import mask
from .authentication import BadTokenError, CsrfError, UnknownSchemeError, describe_schemes
from .requests import RequestError
from .responses import refuse


def explain(error: Exception, request: HttpRequest, media_type: str) -> HttpResponse:
    """The answer to `request`, in which `error` was raised outside of its operation."""
    match error:
        case RequestError():
            return _refuse(error, media_type)
        case BadTokenError():
            message = "The token is not valid, or it has expired. Sign in again."
            return _refuse(_unauthenticated(message, request), media_type)
        case UnknownSchemeError():
            message = f"Authorization takes {describe_schemes(request)} here."
            return _refuse(_unauthenticated(message, request), media_type)
        case UnauthenticatedError():
            return _refuse(_unauthenticated(error.message, request), media_type)
        case CsrfError():
            message = "Send the CSRF token in the X-CSRFToken header."
            return _refuse(RequestError(403, message, "CSRF_FAILED"), media_type)
        case OperationalError() | InterfaceError():
            return refuse(mask(error), 503, media_type, {"Retry-After": "5"})
        case RecursionError():
            return _refuse(RequestError(400, "The request is nested too deeply."), media_type)
    return refuse(mask(error), 500, media_type)


def _unauthenticated(message: str, request: HttpRequest) -> RequestError:
    headers = {"WWW-Authenticate": describe_schemes(request)}
    return RequestError(401, message, "UNAUTHENTICATED", headers)


def _refuse(error: RequestError, media_type: str) -> HttpResponse:
    shown = GraphQLError(error.message, extensions={"code": error.code})
    return refuse(shown, error.status, media_type, error.headers)
