"""Checks that our views have URLs."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.urls import get_script_prefix, resolve

from ..addresses import find_paths, has_url, leads_to
from ..webhooks.view import stripe_webhook
from .messages import TAG, get_value, make_error, make_warning

_GRAPHQL_VIEW = "schema.http.view.graphql_view"
"""By name, since the domain must not import GraphQL."""


@checks.register(TAG)
def check_webhook_url(**_: object) -> list[checks.CheckMessage]:
    if _has_url(lambda view: view is stripe_webhook):
        return []
    message = "No URL leads to the webhook view: Stripe cannot report payments."
    hint = 'Add path("api/stripe/", include("payments_graphql.urls")) to the URLconf.'
    return [make_error(55, message, hint)]


@checks.register(TAG)
def check_graphql_url(**_: object) -> list[checks.CheckMessage]:
    if not _has_url(_is_graphql):
        message = "No URL leads to the GraphQL API."
        hint = (
            'Add path("graphql/", include("payments_graphql.schema.urls")), unless you only use '
            "the Python service."
        )
        return [make_warning(30, message, hint)]
    paths = find_graphql_paths()
    return [*_find_missing_app(paths), *_find_missing_slashless(paths)]


def find_graphql_paths() -> list[str]:
    """Removes the prefix of `FORCE_SCRIPT_NAME`, which the patterns do not contain."""
    if not get_value("ROOT_URLCONF"):
        return []
    prefix = get_script_prefix().rstrip("/")
    return [path.removeprefix(prefix) for path in find_paths(_is_graphql)]


def _find_missing_app(paths: list[str]) -> Iterator[checks.CheckMessage]:
    for path in paths:
        app = _get_app(path)
        if apps.is_installed(app):
            continue
        message = f"{path} leads to the GraphQL API, but {app!r} is not in INSTALLED_APPS."
        yield make_error(56, message, f'Add "{app}" to INSTALLED_APPS.')


def _find_missing_slashless(paths: list[str]) -> Iterator[checks.CheckMessage]:
    for path in paths:
        bare, app = path.rstrip("/"), _get_app(path)
        if bare and bare != path and not leads_to(bare, resolve(path).func):
            message = f"POST {bare} is refused, or redirected to {path} without its body."
            hint = f'Add path("{bare[1:]}", graphql_view) of {app}.http.view to the URLconf.'
            yield make_warning(31, message, hint)


def _get_app(path: str) -> str:
    """The name under which the GraphQL package is installed."""
    return resolve(path).func.__module__.removesuffix(".http.view")


def _has_url(is_view: Callable[[Any], bool]) -> bool:
    return bool(get_value("ROOT_URLCONF")) and has_url(is_view)


def _is_graphql(view: Any) -> bool:
    name = f"{getattr(view, '__module__', '')}.{getattr(view, '__qualname__', '')}"
    return name == _GRAPHQL_VIEW or name.endswith(f".{_GRAPHQL_VIEW}")
