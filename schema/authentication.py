"""Who is asking: `Authorization: Token`, or whoever the site's middleware found, with CSRF."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed


class BadTokenError(Exception):
    """The token is malformed, unknown, or has expired; or its user may not sign in any more."""


class CsrfError(Exception):
    """A signed-in browser sent a request that another site could have made it send."""


def authenticate(request: HttpRequest) -> None:
    """Sets `request.user`, or raises `BadTokenError` or `CsrfError`."""
    scheme, _ = split_authorization(request)
    if scheme == "token":
        # Then only that: a bad token must not fall back to the session that came along.
        request.user = get_token_user(request)[0]  # type: ignore[assignment]
        return
    user: AbstractBaseUser | AnonymousUser = getattr(request, "user", AnonymousUser())
    if user.is_authenticated and not _is_safe_from_csrf(request, scheme):
        raise CsrfError
    request.user = user  # type: ignore[assignment]  # where no middleware has set it


def split_authorization(request: HttpRequest) -> tuple[str, str]:
    """The scheme in lower case and what follows it, whatever blanks are between them."""
    scheme, *rest = request.headers.get("Authorization", "").split(maxsplit=1) or [""]
    return scheme.lower(), rest[0].strip() if rest else ""


def get_token_user(request: HttpRequest) -> tuple[AbstractBaseUser, AuthToken]:
    scheme, token = split_authorization(request)
    if scheme != "token" or not token.isascii() or not token.isprintable():
        raise BadTokenError
    try:
        user, auth_token = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        raise BadTokenError from None
    return user, auth_token


def _is_safe_from_csrf(request: HttpRequest, scheme: str) -> bool:
    # A site's own middleware may read `Authorization: Bearer`, which no browser sends by itself.
    if scheme == "bearer" and not request.COOKIES:
        return True
    # Browsers set it and no page can; an old one without it needs the token.
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    if request.method == "GET":
        # Django lets any GET pass. No page of another site sends this header without being allowed
        # to by CORS, and a query changes nothing, so that its value need not be compared.
        return bool(request.META.get(settings.CSRF_HEADER_NAME))
    check = _CsrfCheck(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {}) is None


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Without Django's page, which is for people."""
        return HttpResponse(status=403)
