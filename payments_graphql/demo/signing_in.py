"""Who sends a request of the page: the session's user, or the token's after signing in with a
password."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest

from payments_graphql.header_authentication import BadTokenError, find_by_classes


def get_user(request: HttpRequest) -> AbstractBaseUser:
    """Raises `Http404` outside development, and if nobody is signed in."""
    if not settings.DEBUG:
        raise Http404
    try:
        user = find_by_classes(request) or request.user
    except BadTokenError:
        raise Http404("The token is not valid.") from None
    if not isinstance(user, AbstractBaseUser):
        raise Http404("Sign in first.")
    return user
