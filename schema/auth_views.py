"""A token for a page on another origin, or for a program. A page of this site uses its session."""

import hashlib
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from knox.models import get_token_model

from payments_graphql import rate_limits
from payments_graphql.client_address import get_client_address
from payments_graphql.errors import RateLimitedError

from .authentication import BadTokenError, get_token_user
from .payloads import is_storable


class BadCredentialsBodyError(Exception):
    """The body is not what signing in needs; the message says what is."""


def _without_csrf(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """These carry their own credentials and set no session, so that there is nothing to forge."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response

    return csrf_exempt(require_POST(wrapper))


@_without_csrf
@sensitive_variables()
def login(request: HttpRequest) -> HttpResponse:
    try:
        username, password = _parse_credentials(request)
    except BadCredentialsBodyError as error:
        return _error(400, "BAD_REQUEST", str(error))
    try:
        _count_attempt(request, username)
    except RateLimitedError as error:
        response = _error(429, "RATE_LIMITED", str(error))
        response["Retry-After"] = str(error.retry_after)
        return response
    user = authenticate(request, username=username, password=password)
    if user is None:
        return _error(401, "UNAUTHENTICATED", "The username or the password is wrong.")
    auth_token, token = get_token_model().objects.create(user)
    user_logged_in.send(sender=type(user), request=request, user=user)
    return JsonResponse({"token": token, "expiry": auth_token.expiry})


@_without_csrf
def logout(request: HttpRequest) -> HttpResponse:
    try:
        user, auth_token = get_token_user(request)
    except BadTokenError:
        response = _error(401, "UNAUTHENTICATED", "The token is not valid, or it has expired.")
        response["WWW-Authenticate"] = "Token"
        return response
    auth_token.delete()
    user_logged_out.send(sender=type(user), request=request, user=user)
    return HttpResponse(status=204)


@sensitive_variables()
def _count_attempt(request: HttpRequest, username: str) -> None:
    """Right or wrong. The username however it is written, and unreadable where it is counted."""
    written = unicodedata.normalize("NFKC", username).casefold()
    digest = hashlib.sha256(written.encode()).hexdigest()
    rate_limits.count("sign_in", username=digest, address=get_client_address(request))


@sensitive_variables()
def _parse_credentials(request: HttpRequest) -> tuple[str, str]:
    try:
        body: Any = orjson.loads(request.body)
    except RequestDataTooBig:
        raise BadCredentialsBodyError("The body is too large.") from None
    except orjson.JSONDecodeError:
        raise BadCredentialsBodyError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadCredentialsBodyError("The body must be a JSON object.")
    for name in ("username", "password"):
        value = body.get(name)
        if not isinstance(value, str) or not value or not is_storable(value):
            raise BadCredentialsBodyError(f"`{name}` must be a text that is not empty.")
    return body["username"], body["password"]


def _error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse(
        {"errors": [{"message": message, "extensions": {"code": code}}]}, status=status
    )
