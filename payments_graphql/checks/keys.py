"""Checks keys and secrets, and where they are sent."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from ..conf import conf
from ..stripe_client import is_test_run
from .messages import TAG, find_wrong_types, get_value, make_error, make_warning

_DEVELOPMENT_KEY = "development-only-secret-key"


@checks.register(TAG)
def check_stripe_keys(**_: object) -> list[checks.CheckMessage]:
    secret, publishable = conf.STRIPE_SECRET_KEY, conf.STRIPE_PUBLISHABLE_KEY
    found: list[checks.CheckMessage] = []
    keys = "Copy it from https://dashboard.stripe.com/apikeys."
    if not secret:
        found.append(make_error(1, "STRIPE_SECRET_KEY is not set.", keys))
    elif not re.fullmatch(r"[sr]k_(test|live)_\w+", secret, re.ASCII):
        what = "a publishable key" if secret.startswith("pk_") else "not a Stripe key"
        hint = f"It begins with sk_test_, sk_live_, rk_test_ or rk_live_. {keys}"
        found.append(make_error(3, f"STRIPE_SECRET_KEY is {what}.", hint))
    if not publishable:
        found.append(make_error(2, "STRIPE_PUBLISHABLE_KEY is not set.", keys))
    elif not re.fullmatch(r"pk_(test|live)_\w+", publishable, re.ASCII):
        # Browsers get this key, so a secret key here would be published.
        is_secret = publishable.startswith(("sk_", "rk_"))
        what = "a secret key" if is_secret else "not a publishable key"
        hint = f"It begins with pk_test_ or pk_live_. {keys}"
        found.append(make_error(4, f"STRIPE_PUBLISHABLE_KEY is {what}.", hint))
    if not found and conf.livemode != publishable.startswith("pk_live_"):
        modes = ("live", "test") if conf.livemode else ("test", "live")
        message = "STRIPE_SECRET_KEY is a {} key and STRIPE_PUBLISHABLE_KEY a {} key."
        found.append(make_error(5, message.format(*modes), "Take both from the same mode."))
    return found


@checks.register(TAG)
def check_account(**_: object) -> list[checks.CheckMessage]:
    account = get_value("PAYMENTS_ACCOUNT", "")
    if not isinstance(account, str) or re.fullmatch(r"(acct_\w{1,59})?", account, re.ASCII):
        return []
    hint = "Leave it empty, or set the id that Stripe's Dashboard shows under Settings: acct_..."
    return [make_error(30, "PAYMENTS_ACCOUNT is not the id of a Stripe account.", hint)]


@checks.register(TAG)
def check_webhook_secret(**_: object) -> list[checks.CheckMessage]:
    if any(name == "STRIPE_WEBHOOK_SECRET" for name, _ in find_wrong_types()):
        return []
    secrets = conf.STRIPE_WEBHOOK_SECRETS
    where = "`stripe listen` prints it, or see https://dashboard.stripe.com/webhooks."
    if not secrets:
        if settings.DEBUG:
            # The webhook then refuses every event, so `payments_reconcile` has to read them.
            message = (
                "STRIPE_WEBHOOK_SECRET is not set: only `payments_reconcile` updates payments."
            )
            return [make_warning(3, message, where)]
        return [make_error(7, "STRIPE_WEBHOOK_SECRET is not set.", where)]
    if all(secret.startswith("whsec_") for secret in secrets):
        return []
    hint = f"It begins with whsec_. {where}"
    return [make_warning(1, "STRIPE_WEBHOOK_SECRET does not look like a webhook secret.", hint)]


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
        hint = "Set only a scheme, a host and a port, such as http://127.0.0.1:12111."
        return [make_error(8, "STRIPE_API_BASE is not the address of a server.", hint)]
    found: list[checks.CheckMessage] = []
    if conf.livemode and not (host == "stripe.com" or host.endswith(".stripe.com")):
        hint = "Remove STRIPE_API_BASE, or use test keys with it."
        found.append(make_error(6, f"STRIPE_API_BASE sends a live key to {host}.", hint))
    if parts.scheme == "http" and not _is_loopback(host):
        hint = "Use https, or a server on this machine."
        found.append(make_error(9, f"STRIPE_API_BASE sends the key unencrypted to {host}.", hint))
    return found


@checks.register(TAG)
def check_secret_key(**_: object) -> list[checks.CheckMessage]:
    # Test runners set DEBUG to False, but that is not production.
    if settings.DEBUG or is_test_run():
        return []
    try:
        key = str(get_value("SECRET_KEY") or "")
    except ImproperlyConfigured:  # raised by Django if it is empty
        key = ""
    is_weak = (
        len(key) < 50
        or len(set(key)) < 5
        or key.startswith("django-insecure-")
        or _DEVELOPMENT_KEY in key
    )
    if not is_weak:
        return []
    hint = (
        "Set it to 50 random characters or more, for example with "
        "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
    )
    what = "too short or publicly known: sessions could be forged" if key else "not set"
    return [make_error(10, f"SECRET_KEY is {what}.", hint)]


@checks.register(TAG)
def check_debug(**_: object) -> list[checks.CheckMessage]:
    if not (settings.DEBUG and conf.livemode):
        return []
    hint = (
        "Set DJANGO_SETTINGS_MODULE=settings.production in the environment or in .env, or DEBUG to "
        "False in your own settings. For development, use test keys."
    )
    return [make_error(31, "DEBUG is on with a live key: error pages reveal internal data.", hint)]


@checks.register(TAG, deploy=True)
def check_real_money(**_: object) -> list[checks.CheckMessage]:
    """Warns a deployment that it takes no real payments."""
    found: list[checks.CheckMessage] = []
    if conf.STRIPE_API_BASE:
        message = f"STRIPE_API_BASE is {conf.STRIPE_API_BASE}: no payment reaches Stripe."
        found.append(make_warning(11, message, "Remove it if this is the production site."))
    if conf.STRIPE_SECRET_KEY and not conf.livemode:
        hint = "Set the live keys if this is the production site."
        found.append(make_warning(12, "Stripe's keys are test keys: nobody is charged.", hint))
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
