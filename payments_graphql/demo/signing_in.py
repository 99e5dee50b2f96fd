"""Who asks: the page's session, or its token where it signed in by password."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404, HttpRequest


def get_person(request: HttpRequest) -> AbstractBaseUser:
    """Raises `Http404` outside of development, and for anybody who is not signed in."""
    if not settings.DEBUG:
        raise Http404
    person = _find_by_token(request) or request.user
    if isinstance(person, AnonymousUser):
        raise Http404("Sign in first.")
    return person


def _find_by_token(request: HttpRequest) -> AbstractBaseUser | None:
    if "Authorization" not in request.headers or not apps.is_installed("knox"):
        return None
    from knox.auth import TokenAuthentication
    from rest_framework.exceptions import AuthenticationFailed

    try:
        found: tuple[AbstractBaseUser, object] | None = TokenAuthentication().authenticate(request)
    except AuthenticationFailed:
        return None
    return found[0] if found else None
