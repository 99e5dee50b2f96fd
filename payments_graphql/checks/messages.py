"""What all checks share: ids, and which settings have the wrong type."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

TAG = "payments_graphql"

_STRING_SETTINGS = (
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_API_BASE",
    "PAYMENTS_ACCOUNT",
    "PAYMENTS_INSTALLATION_ID",
    "PAYMENTS_BOOKING_MODEL",
    "PAYMENTS_BOOKING_MIGRATION",
    "PAYMENTS_LISTEN_URL",
    "PAYMENTS_METRICS_TOKEN",
    "PAYMENTS_GRAPHQL_SCHEMA",
)
_BOOLEAN_SETTINGS = (
    "PAYMENTS_ALLOW_FREE_AMOUNT",
    "PAYMENTS_ALLOW_REDIRECTS",
    "PAYMENTS_GRAPHIQL",
    "PAYMENTS_GRAPHQL_INTROSPECTION",
    "PAYMENTS_GRAPHQL_SUGGESTIONS",
    "PAYMENTS_OWNERS_MAY_REFUND",
)
_LIST_SETTINGS = (
    "STRIPE_WEBHOOK_SECRET",
    "PAYMENTS_IGNORED_PROBLEMS",
    "PAYMENTS_METRICS_NETWORKS",
    "PAYMENTS_RETURN_URLS",
)


def make_error(number: int, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"payments_graphql.E{number:03}")


def make_info(number: int, message: str, hint: str) -> checks.Info:
    return checks.Info(message, hint=hint, id=f"payments_graphql.I{number:03}")


def make_warning(number: int, message: str, hint: str) -> checks.Warning:
    return checks.Warning(message, hint=hint, id=f"payments_graphql.W{number:03}")


def name_extra(extra: str) -> str:
    """The hint for a required package that is not installed."""
    return f'Install it: `pip install "payments-graphql[{extra}]"`.'


def get_value(name: str, default: Any = None) -> Any:
    return getattr(settings, name, default)


def find_wrong_types() -> Iterator[tuple[str, str]]:
    for name in _STRING_SETTINGS:
        value = get_value(name, "")
        if not isinstance(value, str) and not (name == "STRIPE_API_BASE" and value is None):
            yield name, "a string"
    for name in _BOOLEAN_SETTINGS:
        if not isinstance(get_value(name, False), bool):
            yield name, "True or False"
    for name in _LIST_SETTINGS:
        value = get_value(name, ())
        if name == "STRIPE_WEBHOOK_SECRET" and isinstance(value, str):
            continue
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            yield name, "a list of strings"
