"""Checks what the site provides: bookings, policy and return URLs."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.apps import apps
from django.core import checks
from django.db import models
from django.utils.module_loading import import_string

from ..conf import conf
from ..policy import Policy
from .messages import TAG, find_wrong_types, get_value, make_error, make_warning


@checks.register(TAG)
def check_types(**_: object) -> list[checks.CheckMessage]:
    return [
        make_error(17, f"{name} is a {type(get_value(name)).__name__}.", f"Set it to {expected}.")
        for name, expected in find_wrong_types()
    ]


@checks.register(TAG)
def check_booking_model(**_: object) -> list[checks.CheckMessage]:
    name = conf.PAYMENTS_BOOKING_MODEL
    try:
        model = apps.get_model(name)
    except (LookupError, ValueError):
        hint = 'Set "app_label.Model" of an app in INSTALLED_APPS.'
        return [make_error(11, f"PAYMENTS_BOOKING_MODEL is {name!r}, which is not a model.", hint)]
    hint = "Derive it from payments_graphql.models.AbstractBooking."
    errors = [
        make_error(12, f"PAYMENTS_BOOKING_MODEL {name} {problem}.", hint)
        for problem in _find_booking_problems(model)
    ]
    return [*errors] or list(_find_unseen_updates(model))


@checks.register(TAG)
def check_policy(**_: object) -> list[checks.CheckMessage]:
    path = get_value("PAYMENTS_POLICY", "payments_graphql.policy.Policy")
    hint = "Set it to the dotted path of a subclass of payments_graphql.policy.Policy."
    try:
        policy = import_string(path)
    except (ImportError, AttributeError, TypeError) as error:
        return [make_error(13, f"PAYMENTS_POLICY cannot be imported: {error}.", hint)]
    if isinstance(policy, type) and issubclass(policy, Policy):
        return []
    return [make_error(13, f"PAYMENTS_POLICY {path!r} is not a subclass of Policy.", hint)]


@checks.register(TAG)
def check_return_urls(**_: object) -> list[checks.CheckMessage]:
    if any(name == "PAYMENTS_RETURN_URLS" for name, _ in find_wrong_types()):
        return []
    hint = "Set a scheme and a host without a path, such as https://shop.example."
    return [
        make_error(16, f"PAYMENTS_RETURN_URLS: {url!r} is not an origin.", hint)
        for url in conf.PAYMENTS_RETURN_URLS
        if not _is_origin(url)
    ]


@checks.register(TAG)
def check_ignored_problems(**_: object) -> list[checks.CheckMessage]:
    from ..problems import get_kind

    if any(name == "PAYMENTS_IGNORED_PROBLEMS" for name, _ in find_wrong_types()):
        return []
    return [
        make_error(
            74,
            f"PAYMENTS_IGNORED_PROBLEMS: {name!r} is not a kind of problem.",
            "docs/runbook.md lists them: the names are the headings, with underscores.",
        )
        for name in conf.PAYMENTS_IGNORED_PROBLEMS
        if get_kind(name) is None
    ]


_BOOKING_FIELDS = ("reference", "user", "description", "amount", "currency", "canceled_at")


def _find_booking_problems(model: type[models.Model]) -> Iterator[str]:
    fields = {field.name: field for field in model._meta.get_fields()}
    for name in (*_BOOKING_FIELDS, "unchecked_since"):
        if name not in fields:
            yield f"has no field {name!r}"
    amount = fields.get("amount")
    if amount is not None and not isinstance(amount, models.IntegerField):
        yield "must store minor units, but its 'amount' is not an integer field"
    for name in ("amount_due", "amount_overpaid", "amount_paid"):
        if not hasattr(model, name):
            yield f"has no property {name!r}"


def _find_unseen_updates(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    """See Note [Unchecked rows]."""
    hint = "Derive it from models.Manager.from_queryset(payments_graphql.models.BookingQuerySet)."
    for manager in model._meta.managers:
        if not hasattr(manager.all(), "beside_the_sums"):
            yield make_warning(
                60,
                f"`{model.__name__}.{manager.name}.update()` may change a price "
                "without `payments_reconcile` noticing.",
                hint,
            )


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_address and "@" not in url and url == f"{parts.scheme}://{parts.netloc}"
