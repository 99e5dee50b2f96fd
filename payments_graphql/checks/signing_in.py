"""Checks how people sign in to the API. See docs/authentication.md."""

from django.core import checks
from django.utils.module_loading import import_string

from ..conf import conf
from .messages import TAG, make_error, name_extra

_HINT = (
    "Set a list of dotted paths, such as "
    '["rest_framework_simplejwt.authentication.JWTAuthentication"].'
)


@checks.register(TAG)
def check_authentication_classes(**_: object) -> list[checks.CheckMessage]:
    paths = conf.PAYMENTS_AUTHENTICATION_CLASSES
    if not isinstance(paths, list | tuple):
        message = f"PAYMENTS_AUTHENTICATION_CLASSES is a {type(paths).__name__}, not a list."
        return [make_error(59, message, _HINT)]
    found: list[checks.CheckMessage] = []
    for path in paths:
        try:
            authentication = import_string(path)
        except (ImportError, AttributeError, TypeError) as error:
            hint = (
                name_extra("token") if str(path).startswith(("knox.", "rest_framework.")) else _HINT
            )
            message = f"PAYMENTS_AUTHENTICATION_CLASSES: {path!r} cannot be imported: {error}."
            found.append(make_error(59, message, hint))
            continue
        for method in ("authenticate", "authenticate_header"):
            if not callable(getattr(authentication, method, None)):
                message = f"PAYMENTS_AUTHENTICATION_CLASSES: {path!r} has no method {method!r}."
                found.append(make_error(59, message, _HINT))
    return found
