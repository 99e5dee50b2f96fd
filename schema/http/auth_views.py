"""Tokens for pages on another origin and for programs. A page of this site uses its session."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from knox.models import AuthToken, get_token_model
from rest_framework.exceptions import AuthenticationFailed

from payments_graphql import sign_in
from payments_graphql.confidential import ConfidentialText
from payments_graphql.correlation import correlated
from payments_graphql.errors import RateLimitedError
from payments_graphql.header_authentication import has_readable_header
from payments_graphql.policy import get_policy
from payments_graphql.texts import is_storable
from payments_graphql.token_authentication import TokenAuthentication, delete_expired_tokens

from .media_types import JSON, parse_media_type


class BadCredentialsBodyError(Exception):
    """The body has no valid credentials. The message says what is required."""


def _without_csrf(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """These views need no CSRF check: they use their own credentials and set no session. A page of
    another origin can send JSON or a token in a header only if CORS allows it."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response

    return login_not_required(csrf_exempt(require_POST(correlated(wrapper))))


@_without_csrf
@sensitive_variables()
def login(request: HttpRequest) -> HttpResponse:
    if parse_media_type(request.headers.get("Content-Type", ""))[0] != JSON:
        response = _error(415, "BAD_REQUEST", f"Send the username and the password as {JSON}.")
        response["Accept"] = JSON
        return response
    try:
        username, password = _parse_credentials(request)
        user = sign_in.authenticate(request, username=username, password=password)
    except BadCredentialsBodyError as error:
        return _error(400, "BAD_REQUEST", str(error))
    except RateLimitedError as error:
        response = _error(429, "RATE_LIMITED", str(error))
        response["Retry-After"] = str(error.retry_after)
        return response
    # The same answer for all cases, so that nobody can test passwords.
    if user is not None and not get_policy().may_sign_in_by_password(user):
        user = None
    issued = None if user is None else _issue_token(user)
    if user is None or issued is None:
        message = _(
            "The username or the password is incorrect, or this account cannot sign in with a "
            "password."
        )
        return _error(401, "UNAUTHENTICATED", message)
    auth_token, token = issued
    user_logged_in.send(sender=type(user), request=request, user=user)
    return JsonResponse({"token": token, "expiry": auth_token.expiry})


@_without_csrf
def logout(request: HttpRequest) -> HttpResponse:
    signed_in = _find_token(request)
    if signed_in is None:
        response = _error(401, "UNAUTHENTICATED", _("The token is invalid or has expired."))
        response["WWW-Authenticate"] = "Token"
        return response
    user, auth_token = signed_in
    auth_token.delete()
    user_logged_out.send(sender=type(user), request=request, user=user)
    return HttpResponse(status=204)


def _find_token(request: HttpRequest) -> tuple[AbstractBaseUser, AuthToken] | None:
    if not has_readable_header(request):
        return None
    try:
        return TokenAuthentication().authenticate(request)  # type: ignore[no-any-return]  # knox has no types
    except AuthenticationFailed:
        return None


def _issue_token(user: AbstractBaseUser) -> tuple[AuthToken, str] | None:
    """Returns None if the password has changed since it was checked, which takes a while: the token
    must not outlive the change. A password change needs the same lock. See `ending_tokens`."""
    with transaction.atomic():
        people: QuerySet[AbstractBaseUser] = QuerySet(get_user_model()).select_for_update()
        if not people.filter(pk=user.pk, password=user.password).exists():
            return None
        delete_expired_tokens(user)
        issued: tuple[AuthToken, str] = get_token_model().objects.create(user)
        return issued


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
            raise BadCredentialsBodyError(f"`{name}` must be a non-empty string.")
    # Django's own functions have the password in their frames too.
    return body["username"], ConfidentialText(body["password"])


def _error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse(
        {"errors": [{"message": message, "extensions": {"code": code}}]}, status=status
    )
