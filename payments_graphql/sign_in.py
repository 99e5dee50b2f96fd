"""Limits how often someone may try to sign in, wherever they try.

Note [Sign-in attempts]
The API, the admin and the site's own forms all call Django's `authenticate`, which asks the
backends in order. `SignInLimits` comes first. It never signs anyone in: it counts attempts, and
refuses when there are too many, before a password is hashed. It counts per address, and per
username and address together, so an attacker elsewhere cannot lock out the owner of a username. A
caller that passes no request (`authenticate(username=..., password=...)`) is counted by username
alone.

In the settings:

    AUTHENTICATION_BACKENDS = [
        "payments_graphql.sign_in.SignInLimits",
        "django.contrib.auth.backends.ModelBackend",
    ]
    MIDDLEWARE = [..., "payments_graphql.sign_in.SignInMiddleware"]

The API's own sign-in is limited even without these settings.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import authenticate as django_authenticate
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from . import metrics, rate_limits
from .client_address import get_client_address
from .errors import RateLimitedError

BACKEND = "payments_graphql.sign_in.SignInLimits"

_REFUSAL = "_payments_sign_in_refusal"
"""The request attribute that holds the error of a refused attempt."""

_LONGEST_NAME = 254
"""Characters of a username that are used, since clients control its length."""


class SignInLimits:
    """An authentication backend that only refuses. It needs no `get_user`."""

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raises `PermissionDenied`, after which Django asks no other backend."""
        if "password" not in credentials:
            return  # nothing to guess, as with a signed link or a certificate
        try:
            _count(request, credentials)
        except RateLimitedError as error:
            if request is not None:
                setattr(_unwrap(request), _REFUSAL, error)
            raise PermissionDenied from None

    @sensitive_variables()
    async def aauthenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        await sync_to_async(self.authenticate)(request, **credentials)


class SignInMiddleware:
    """Answers a refused attempt with 429 and `Retry-After`, instead of "wrong password"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        refusal: RateLimitedError | None = getattr(request, _REFUSAL, None)
        if refusal is None or response.status_code == 429:
            return response
        template = "payments_graphql/too_many_attempts.html"
        refused = render(request, template, {"message": str(refusal)}, status=429)
        refused["Retry-After"] = str(refusal.retry_after)
        refused["Cache-Control"] = "no-store"
        return refused


@sensitive_variables()
def authenticate(request: HttpRequest, *, username: str, password: str) -> AbstractBaseUser | None:
    """Like Django's, but limited even if the site has not set `BACKEND`. Raises
    `RateLimitedError`."""
    credentials = {"username": username, "password": password}
    if BACKEND not in settings.AUTHENTICATION_BACKENDS:
        _count(request, credentials)
    user = django_authenticate(request, **credentials)
    refusal: RateLimitedError | None = getattr(request, _REFUSAL, None)
    if refusal is not None:
        raise refusal
    return user


@sensitive_variables()
def _count(request: HttpRequest | None, credentials: dict[str, Any]) -> None:
    """Counts the attempt, whether right or wrong. Spellings of a username count together, and it is
    hashed."""
    address = None if request is None else get_client_address(request)
    name = unicodedata.normalize("NFKC", _find_name(credentials)[:_LONGEST_NAME]).casefold()
    pair = f"{name}\0{address or ''}".encode("utf-8", "surrogatepass")
    try:
        rate_limits.count("sign_in", pair=hashlib.sha256(pair).hexdigest(), address=address)
    except RateLimitedError:
        metrics.count_sign_in_refusal("limit")
        raise


def count_wrong_credentials(sender: object, request: Any = None, **_: Any) -> None:
    """Receives Django's signal `user_login_failed`, which is also sent after a limit refused the
    attempt. That was counted already."""
    if request is None or not hasattr(_unwrap(request), _REFUSAL):
        metrics.count_sign_in_refusal("credentials")


def _find_name(credentials: dict[str, Any]) -> str:
    for field in ("username", get_user_model().USERNAME_FIELD, "email"):
        if credentials.get(field):
            return str(credentials[field])
    return ""


def _unwrap(request: HttpRequest) -> HttpRequest:
    """Django REST framework wraps Django's request, and the middleware sees Django's."""
    wrapped: HttpRequest = getattr(request, "_request", request)
    return wrapped
