"""How often somebody may try to sign in, whichever door they try.

Note [Doors]
The API, the admin, the site's own forms: all ask Django's `authenticate`, which asks the backends
one after another. `SignInLimits` is the first of them. It lets nobody in; it counts, and refuses
what is too much before a password is hashed. Counted are the address, and the pair of name and
address: who guesses at a name from elsewhere does not lock out its owner. A door that does not say
where a request comes from (`authenticate(username=..., password=...)`) counts the name alone.

In the settings:

    AUTHENTICATION_BACKENDS = [
        "payments_graphql.sign_in.SignInLimits",
        "django.contrib.auth.backends.ModelBackend",
    ]
    MIDDLEWARE = [..., "payments_graphql.sign_in.SignInMiddleware"]

The API's own sign-in is limited without them too.
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

from . import rate_limits
from .client_address import get_client_address
from .errors import RateLimitedError

BACKEND = "payments_graphql.sign_in.SignInLimits"

_REFUSAL = "_payments_sign_in_refusal"
"""The attribute of a request whose attempt to sign in was one too many."""

_LONGEST_NAME = 254
"""Characters that are looked at: a client chooses how long a name is."""


class SignInLimits:
    """An authentication backend. It has no `get_user`, as no session is ever of it."""

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raises `PermissionDenied`, at which Django asks no other backend."""
        if "password" not in credentials:
            return  # nothing that could be guessed: a signed link, a certificate
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
    """Says why nobody was signed in: 429 with `Retry-After`, instead of a wrong password."""

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
    """As Django's, and raises `RateLimitedError`, also where the site has not set `BACKEND`."""
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
    """Right or wrong. The name however it is written, and unreadable where it is counted."""
    address = None if request is None else get_client_address(request)
    name = unicodedata.normalize("NFKC", _find_name(credentials)[:_LONGEST_NAME]).casefold()
    pair = f"{name}\0{address or ''}".encode("utf-8", "surrogatepass")
    rate_limits.count("sign_in", pair=hashlib.sha256(pair).hexdigest(), address=address)


def _find_name(credentials: dict[str, Any]) -> str:
    for field in ("username", get_user_model().USERNAME_FIELD, "email"):
        if credentials.get(field):
            return str(credentials[field])
    return ""


def _unwrap(request: HttpRequest) -> HttpRequest:
    """Django REST framework's requests wrap Django's, which the middleware sees."""
    wrapped: HttpRequest = getattr(request, "_request", request)
    return wrapped
