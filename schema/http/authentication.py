"""Authenticates a request: by a header for one of the site's authentication classes, or by the
site's middleware, with CSRF checks.

Note [Signing in]
`PAYMENTS_AUTHENTICATION_CLASSES` are tried first, in order, as in Django REST framework. A request
with such a header needs no CSRF token, even with cookies: a page of another site can send the
header only if CORS allows it. A header that is invalid or has an unknown scheme is rejected, and
the session is not used instead. Only schemes that browsers send automatically (`Basic`, `Digest`,
`Negotiate`, `NTLM`: a password for a whole site) are ignored if no class accepts them, since they
do not prove who made the request.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from payments_graphql.conf import conf

try:
    from rest_framework.parsers import JSONParser
    from rest_framework.request import Request
except ImportError:  # then its classes are not used
    Request = None

_SENT_BY_BROWSERS = ("basic", "digest", "negotiate", "ntlm")


class BadTokenError(Exception):
    """The token is malformed, unknown or expired, or its user may no longer sign in."""


class UnknownSchemeError(Exception):
    """This kind of `Authorization` is not supported."""


class CsrfError(Exception):
    """The request of a signed-in browser may have been caused by another site."""


def authenticate(request: HttpRequest) -> None:
    """Sets `request.user`. Raises `BadTokenError`, `UnknownSchemeError` or `CsrfError`."""
    user = find_by_classes(request)
    if user is not None:
        request.user = user  # type: ignore[assignment]
        if request.COOKIES and not _has_header_of_its_own(request):
            _check_csrf(request)  # the class may have used a cookie
        return
    found: AbstractBaseUser | AnonymousUser = getattr(request, "user", AnonymousUser())
    request.user = found  # type: ignore[assignment]  # where no middleware has set it
    if not _has_header_of_its_own(request):
        if found.is_authenticated:
            _check_csrf(request)
    elif not found.is_authenticated or is_by_session(request):
        raise UnknownSchemeError
    # Otherwise the site's own middleware has used the header.


def find_by_classes(request: HttpRequest) -> AbstractBaseUser | None:
    """Tries the site's authentication classes. Returns None if none of them accepts the request.
    Raises `BadTokenError` if one rejects it."""
    for authentication in _list_authentications():
        if not has_readable_header(request):
            raise BadTokenError
        user = _ask(authentication, request)
        if user is not None:
            if not user.is_active:
                raise BadTokenError
            return user
    return None


def has_readable_header(request: HttpRequest) -> bool:
    """Whether the classes can parse the `Authorization` header."""
    header = request.headers.get("Authorization", "")
    return header.isascii() and header.replace("\t", " ").isprintable()


def is_by_session(request: HttpRequest) -> bool:
    session = getattr(request, "session", None)
    return session is not None and session.get(SESSION_KEY) == str(request.user.pk)


def describe_schemes(request: HttpRequest) -> str:
    """The value of `WWW-Authenticate`: the schemes of all classes."""
    described = [one.authenticate_header(_wrap(request)) for one in _list_authentications()]
    return ", ".join(dict.fromkeys(filter(None, described))) or "Session"


def _list_authentications() -> Iterator[Any]:
    for path in conf.PAYMENTS_AUTHENTICATION_CLASSES:
        yield import_string(path)()


def _ask(authentication: Any, request: HttpRequest) -> AbstractBaseUser | None:
    try:
        found = authentication.authenticate(_wrap(request))
    except Exception as error:
        # Errors of Django REST framework, such as AuthenticationFailed, have a status.
        if getattr(error, "status_code", None) in (401, 403):
            raise BadTokenError from None
        raise
    return _get_stored(found[0]) if found else None


def _get_stored(user: Any) -> AbstractBaseUser:
    """Replaces the stand-in of classes that do not query the database, such as those of stateless
    tokens."""
    if isinstance(user, get_user_model()):
        return user
    stored = get_user_model()._default_manager.filter(pk=user.pk).first()
    if stored is None:
        raise BadTokenError
    return stored


def _wrap(request: HttpRequest) -> Any:
    return request if Request is None else Request(request, parsers=[JSONParser()])


def _has_header_of_its_own(request: HttpRequest) -> bool:
    """Whether the request has a header that a program has set, not the browser."""
    scheme = request.headers.get("Authorization", "").split(maxsplit=1)[:1]
    return bool(scheme) and scheme[0].lower() not in _SENT_BY_BROWSERS


def _check_csrf(request: HttpRequest) -> None:
    # Only browsers can set it, not pages. An old browser without it needs the token.
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return
    if request.method == "GET":
        # Django accepts any GET. A page of another site can send this header only if CORS allows
        # it, and a query changes nothing, so the value need not be compared.
        if request.META.get(settings.CSRF_HEADER_NAME):
            return
        raise CsrfError
    check = _CsrfCheck(lambda _: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _: HttpResponse(), (), {}) is not None:
        raise CsrfError


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Answers without Django's page, which is for people."""
        return HttpResponse(status=403)
