"""What a request is answered with that could not be carried out, whatever went wrong."""

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from graphql import GraphQLError

from ..engine.public_errors import mask
from .authentication import BadTokenError, CsrfError
from .requests import RequestError
from .responses import refuse


def explain(error: Exception, media_type: str) -> HttpResponse:
    """The answer to a request in which `error` was raised outside of its operation."""
    match error:
        case RequestError():
            return _refuse(error, media_type)
        case BadTokenError():
            message = "The token is not valid, or it has expired. Sign in again."
            headers = {"WWW-Authenticate": "Token"}
            return _refuse(RequestError(401, message, "UNAUTHENTICATED", headers), media_type)
        case CsrfError():
            message = "Send the CSRF token in the X-CSRFToken header."
            return _refuse(RequestError(403, message, "CSRF_FAILED"), media_type)
        case OperationalError() | InterfaceError():
            return refuse(mask(error), 503, media_type, {"Retry-After": "5"})
        case RecursionError():
            return _refuse(RequestError(400, "The request is nested too deeply."), media_type)
    return refuse(mask(error), 500, media_type)


def _refuse(error: RequestError, media_type: str) -> HttpResponse:
    shown = GraphQLError(error.message, extensions={"code": error.code})
    return refuse(shown, error.status, media_type, error.headers)
