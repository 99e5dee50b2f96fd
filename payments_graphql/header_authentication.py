"""Asks `PAYMENTS_AUTHENTICATION_CLASSES`, which have the interface of Django REST framework's, who
signed in by a header: https://www.django-rest-framework.org/api-guide/authentication/"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .conf import conf

try:
    from rest_framework.parsers import JSONParser
    from rest_framework.request import Request
except ImportError:  # then its classes are not used
    Request = None


class BadTokenError(Exception):
    """The token is malformed, unknown or expired, or its user may no longer sign in."""


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
