"""Checks that the middleware identifies the user of a request."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core import checks
from django.utils.module_loading import import_string

from .messages import TAG, make_error, make_warning

_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
_SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
_ENGINES = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")


@checks.register(TAG)
def check_middleware(**_: object) -> list[checks.CheckMessage]:
    names = list(settings.MIDDLEWARE)
    found = [index for index, name in enumerate(names) if _authenticates(name)]
    if not found:
        message = "MIDDLEWARE has no AuthenticationMiddleware: only tokens work, not sessions."
        hint = f'Add "{_SESSION}" and "{_AUTHENTICATION}", unless your own middleware does this.'
        return [make_warning(32, message, hint)]
    return list(_find_session_problems(names[: found[0]]))


def _find_session_problems(before: list[str]) -> Iterator[checks.CheckMessage]:
    if not any("session" in name.lower() for name in before):
        message = "AuthenticationMiddleware has no session middleware: every request fails."
        yield make_error(57, message, f'Put "{_SESSION}" before it.')
    elif settings.SESSION_ENGINE in _ENGINES and not apps.is_installed("django.contrib.sessions"):
        message = "Sessions are stored in the database, but their app is not in INSTALLED_APPS."
        yield make_error(58, message, 'Add "django.contrib.sessions", or choose a SESSION_ENGINE.')


def _authenticates(name: str) -> bool:
    try:
        middleware = import_string(name)
    except ImportError:
        return False  # Django reports it
    return isinstance(middleware, type) and issubclass(middleware, AuthenticationMiddleware)
