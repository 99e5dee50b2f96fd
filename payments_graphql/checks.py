"""System checks of our settings: `manage.py check`, and before every `runserver` and `migrate`.

payments_graphql.E001  STRIPE_SECRET_KEY is missing
payments_graphql.E002  STRIPE_PUBLISHABLE_KEY is missing
payments_graphql.E003  STRIPE_SECRET_KEY is no secret or restricted key
payments_graphql.E004  STRIPE_PUBLISHABLE_KEY is no publishable key
payments_graphql.E005  one of the two is a live key, the other a test key
payments_graphql.E006  a live key would be sent to another server than Stripe's
payments_graphql.E007  STRIPE_WEBHOOK_SECRET is empty, in production
payments_graphql.E008  STRIPE_API_BASE is no http(s) address
payments_graphql.E009  STRIPE_API_BASE sends the key over plain http to another machine
payments_graphql.E010  SECRET_KEY can be guessed, in production
payments_graphql.E011  PAYMENTS_BOOKING_MODEL names no model
payments_graphql.E012  the booking model lacks something that payments need
payments_graphql.E013  PAYMENTS_POLICY names no subclass of Policy
payments_graphql.E014  a length of time is not above zero, or is not one
payments_graphql.E015  the time-outs do not follow one another: attempt, operation, request, lease
payments_graphql.E016  PAYMENTS_RETURN_URLS holds something else than origins
payments_graphql.E017  a setting has the wrong type
payments_graphql.E018  PAYMENTS_STRIPE_CONCURRENCY lets nobody call Stripe
payments_graphql.W001  a webhook secret does not look like one
payments_graphql.W002  SQLite takes its write lock too late
payments_graphql.W003  STRIPE_WEBHOOK_SECRET is empty, in development

The messages never contain the value of a secret.
"""

import ipaddress
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core import checks, mail
from django.db import models
from django.utils.module_loading import import_string

from .conf import conf

TAG = "payments_graphql"

_DEVELOPMENT_KEY = "development-only-secret-key"
_STRING_SETTINGS = (
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_API_BASE",
    "PAYMENTS_ACCOUNT",
    "PAYMENTS_INSTALLATION_ID",
    "PAYMENTS_BOOKING_MODEL",
)
_BOOLEAN_SETTINGS = ("PAYMENTS_ALLOW_FREE_AMOUNT", "PAYMENTS_OWNERS_MAY_REFUND")
_LIST_SETTINGS = ("STRIPE_WEBHOOK_SECRET", "PAYMENTS_RETURN_URLS")


@checks.register(TAG)
def check_types(**_: object) -> list[checks.CheckMessage]:
    return [
        _error(17, f"{name} is {type(_value(name)).__name__}.", f"Set it to {expected}.")
        for name, expected in _find_wrong_types()
    ]


@checks.register(TAG)
def check_stripe_keys(**_: object) -> list[checks.CheckMessage]:
    secret, publishable = conf.STRIPE_SECRET_KEY, conf.STRIPE_PUBLISHABLE_KEY
    found: list[checks.CheckMessage] = []
    keys = "Copy it from https://dashboard.stripe.com/apikeys."
    if not secret:
        found.append(_error(1, "STRIPE_SECRET_KEY is not set.", keys))
    elif not re.fullmatch(r"[sr]k_(test|live)_\w+", secret, re.ASCII):
        what = "a publishable key" if secret.startswith("pk_") else "not a key of Stripe's"
        hint = f"It begins with sk_test_, sk_live_, rk_test_ or rk_live_. {keys}"
        found.append(_error(3, f"STRIPE_SECRET_KEY is {what}.", hint))
    if not publishable:
        found.append(_error(2, "STRIPE_PUBLISHABLE_KEY is not set.", keys))
    elif not re.fullmatch(r"pk_(test|live)_\w+", publishable, re.ASCII):
        # Browsers get it, so a secret key in its place would be published.
        is_secret = publishable.startswith(("sk_", "rk_"))
        what = "a secret key" if is_secret else "not a publishable key of Stripe's"
        hint = f"It begins with pk_test_ or pk_live_. {keys}"
        found.append(_error(4, f"STRIPE_PUBLISHABLE_KEY is {what}.", hint))
    if not found and conf.livemode != publishable.startswith("pk_live_"):
        modes = ("live", "test") if conf.livemode else ("test", "live")
        message = "STRIPE_SECRET_KEY is a {} key and STRIPE_PUBLISHABLE_KEY a {} key."
        found.append(_error(5, message.format(*modes), "Take both from the same mode."))
    return found


@checks.register(TAG)
def check_webhook_secret(**_: object) -> list[checks.CheckMessage]:
    if any(name == "STRIPE_WEBHOOK_SECRET" for name, _ in _find_wrong_types()):
        return []
    secrets = conf.STRIPE_WEBHOOK_SECRETS
    where = "`stripe listen` prints it, or see https://dashboard.stripe.com/webhooks."
    if not secrets:
        if settings.DEBUG:
            # The endpoint refuses every event then, which `reconcile` makes up for.
            message = "STRIPE_WEBHOOK_SECRET is not set: payments settle by `reconcile` alone."
            return [_warning(3, message, where)]
        return [_error(7, "STRIPE_WEBHOOK_SECRET is not set.", where)]
    if all(secret.startswith("whsec_") for secret in secrets):
        return []
    hint = f"It begins with whsec_. {where}"
    return [_warning(1, "STRIPE_WEBHOOK_SECRET does not look like one of Stripe's.", hint)]


@checks.register(TAG)
def check_api_base(**_: object) -> list[checks.CheckMessage]:
    base = conf.STRIPE_API_BASE
    if not base:
        return []
    try:
        parts = urlsplit(base)
        host = parts.hostname or ""
        is_address = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
    except ValueError:
        is_address = False
    if (
        not is_address
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "@" in base
    ):
        hint = "Give a scheme, a host and a port only, such as http://127.0.0.1:12111."
        return [_error(8, "STRIPE_API_BASE is not the address of a server.", hint)]
    found: list[checks.CheckMessage] = []
    if conf.livemode and not (host == "stripe.com" or host.endswith(".stripe.com")):
        hint = "Remove STRIPE_API_BASE, or use test keys with it."
        found.append(_error(6, f"STRIPE_API_BASE sends a live key to {host}.", hint))
    if parts.scheme == "http" and not _is_loopback(host):
        hint = "Use https, or a server on this machine."
        found.append(_error(9, f"STRIPE_API_BASE sends the key unencrypted to {host}.", hint))
    return found


@checks.register(TAG)
def check_secret_key(**_: object) -> list[checks.CheckMessage]:
    # Test runners turn DEBUG off, and give every test an outbox: that is not production.
    if settings.DEBUG or hasattr(mail, "outbox"):
        return []
    key = str(_value("SECRET_KEY") or "")
    is_weak = (
        len(key) < 50
        or len(set(key)) < 5
        or key.startswith("django-insecure-")
        or _DEVELOPMENT_KEY in key
    )
    if not is_weak:
        return []
    hint = (
        "Set it to 50 random characters or more, such as those of "
        "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
    )
    return [_error(10, "SECRET_KEY is too short or known: sessions could be forged.", hint)]


@checks.register(TAG)
def check_booking_model(**_: object) -> list[checks.CheckMessage]:
    name = conf.PAYMENTS_BOOKING_MODEL
    try:
        model = apps.get_model(name)
    except (LookupError, ValueError):
        hint = "Give app_label.Model of an app in INSTALLED_APPS."
        return [_error(11, f"PAYMENTS_BOOKING_MODEL is {name!r}, which is no model.", hint)]
    hint = "Derive it from payments_graphql.models.AbstractBooking."
    return [
        _error(12, f"PAYMENTS_BOOKING_MODEL {name} {problem}.", hint)
        for problem in _find_booking_problems(model)
    ]


@checks.register(TAG)
def check_policy(**_: object) -> list[checks.CheckMessage]:
    from .policy import Policy  # needs the models, which are loaded after this module

    path = _value("PAYMENTS_POLICY", "payments_graphql.policy.Policy")
    hint = "Give the dotted path of a subclass of payments_graphql.policy.Policy."
    try:
        policy = import_string(path)
    except (ImportError, AttributeError, TypeError) as error:
        return [_error(13, f"PAYMENTS_POLICY cannot be imported: {error}.", hint)]
    if isinstance(policy, type) and issubclass(policy, Policy):
        return []
    return [_error(13, f"PAYMENTS_POLICY {path!r} is no subclass of Policy.", hint)]


@checks.register(TAG)
def check_timeouts(**_: object) -> list[checks.CheckMessage]:
    attempt = _value("PAYMENTS_STRIPE_TIMEOUT", (3.0, 20.0))
    if (
        not isinstance(attempt, list | tuple)
        or len(attempt) != 2
        or not all(map(_is_time, attempt))
    ):
        message = "PAYMENTS_STRIPE_TIMEOUT is not a pair of numbers above zero."
        return [_error(14, message, "Give seconds to connect and to wait: (3.0, 20.0).")]
    operation = _value("PAYMENTS_OPERATION_TIMEOUT", 60.0)
    request = _value("PAYMENTS_REQUEST_TIMEOUT", 90.0)
    lease = _value("PAYMENTS_OPERATION_LEASE", 120.0)
    named = {
        "PAYMENTS_OPERATION_TIMEOUT": operation,
        "PAYMENTS_REQUEST_TIMEOUT": request,
        "PAYMENTS_OPERATION_LEASE": lease,
    }
    wrong: list[checks.CheckMessage] = [
        _error(14, f"{name} is not a number above zero.", "Give seconds, such as 60.0.")
        for name, value in named.items()
        if not _is_time(value)
    ]
    if wrong or sum(attempt) < operation < request < lease:
        return wrong
    message = (
        f"One attempt takes up to {sum(attempt)} s (PAYMENTS_STRIPE_TIMEOUT), all of them "
        f"{operation} s (PAYMENTS_OPERATION_TIMEOUT), a request {request} s "
        f"(PAYMENTS_REQUEST_TIMEOUT), and the lease ends after {lease} s "
        f"(PAYMENTS_OPERATION_LEASE)."
    )
    # A lease that ends while its holder still calls Stripe lets two processes make one call.
    return [_error(15, message, "Each must be above the one before it.")]


@checks.register(TAG)
def check_concurrency(**_: object) -> list[checks.CheckMessage]:
    value = _value("PAYMENTS_STRIPE_CONCURRENCY", 6)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return []
    hint = "Give a number below that of the server's threads, such as 6 for 8 threads."
    return [_error(18, "PAYMENTS_STRIPE_CONCURRENCY is not a whole number above zero.", hint)]


@checks.register(TAG)
def check_cancel_unpaid_after(**_: object) -> list[checks.CheckMessage]:
    after = _value("PAYMENTS_CANCEL_UNPAID_AFTER", timedelta(hours=24))
    if after is None or (isinstance(after, timedelta) and after > timedelta()):
        return []
    message = "PAYMENTS_CANCEL_UNPAID_AFTER is not a timedelta above zero."
    return [_error(14, message, "Give a timedelta(hours=24), or None for never.")]


@checks.register(TAG)
def check_return_urls(**_: object) -> list[checks.CheckMessage]:
    if any(name == "PAYMENTS_RETURN_URLS" for name, _ in _find_wrong_types()):
        return []
    hint = "Give a scheme and a host without a path, such as https://shop.example."
    return [
        _error(16, f"PAYMENTS_RETURN_URLS: {url!r} is not an origin.", hint)
        for url in conf.PAYMENTS_RETURN_URLS
        if not _is_origin(url)
    ]


@checks.register(TAG)
def check_databases(**_: object) -> list[checks.CheckMessage]:
    hint = 'Add OPTIONS: {"transaction_mode": "IMMEDIATE"}.'
    return [
        # A transaction that turns from reading to writing fails at once when another one writes.
        _warning(2, f"DATABASES[{alias!r}] is SQLite without IMMEDIATE transactions.", hint)
        for alias, config in settings.DATABASES.items()
        if config.get("ENGINE") == "django.db.backends.sqlite3"
        and not _is_immediate(config.get("OPTIONS"))
    ]


def _error(number: int, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"payments_graphql.E{number:03}")


def _warning(number: int, message: str, hint: str) -> checks.Warning:
    return checks.Warning(message, hint=hint, id=f"payments_graphql.W{number:03}")


def _value(name: str, default: Any = None) -> Any:
    return getattr(settings, name, default)


def _find_wrong_types() -> Iterator[tuple[str, str]]:
    for name in _STRING_SETTINGS:
        value = _value(name, "")
        if not isinstance(value, str) and not (name == "STRIPE_API_BASE" and value is None):
            yield name, "a text"
    for name in _BOOLEAN_SETTINGS:
        if not isinstance(_value(name, False), bool):
            yield name, "True or False"
    for name in _LIST_SETTINGS:
        value = _value(name, ())
        if name == "STRIPE_WEBHOOK_SECRET" and isinstance(value, str):
            continue
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            yield name, "a list of texts"


def _find_booking_problems(model: type[models.Model]) -> Iterator[str]:
    fields = {field.name: field for field in model._meta.get_fields()}
    for name in ("reference", "user", "description", "amount", "currency", "canceled_at"):
        if name not in fields:
            yield f"has no field {name!r}"
    amount = fields.get("amount")
    if amount is not None and not isinstance(amount, models.IntegerField):
        yield "counts in something else than minor units: its 'amount' is no integer field"
    for name in ("amount_due", "amount_overpaid", "amount_paid"):
        if not hasattr(model, name):
            yield f"has no property {name!r}"


def _is_immediate(options: object) -> bool:
    mode = options.get("transaction_mode") if isinstance(options, dict) else None
    return str(mode).upper() == "IMMEDIATE"


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < float("inf")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_address and "@" not in url and url == f"{parts.scheme}://{parts.netloc}"
