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

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from payments_graphql.header_authentication import find_by_classes

_SENT_BY_BROWSERS = ("basic", "digest", "negotiate", "ntlm")


class UnknownSchemeError(Exception):
    """This kind of `Authorization` is not supported."""


class CsrfError(Exception):
    """The request of a signed-in browser may have been caused by another site."""


def authenticate(request: HttpRequest) -> None:
    """Sets `request.user`. Raises `BadTokenError`, `UnknownSchemeError` or `CsrfError`."""
    user = find_by_classes(request)
    if user is not None:
        request.user = user  # type: ignore[assignment]  # not a User of Django's
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


def is_by_session(request: HttpRequest) -> bool:
    session = getattr(request, "session", None)
    return session is not None and session.get(SESSION_KEY) == str(request.user.pk)


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
