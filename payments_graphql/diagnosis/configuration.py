"""Runs our system checks, like `manage.py check`."""

from collections.abc import Iterator

from django.core import checks

from ..checks import TAG
from ..conf import conf
from .finding import Finding, Level, Subject

_SETTINGS = Subject("settings")
_KEYS = Subject("keys")
_LIMITS = Subject("limits")

_PREVENT_CALLS = {f"payments_graphql.E{number:03}" for number in (1, 3, 6, 8, 9)}
"""There is no valid key, or it would be sent to the wrong server."""


def examine_settings() -> Iterator[Finding]:
    messages = checks.run_checks(tags=[TAG])
    for message in messages:
        level = Level.ERROR if message.level >= checks.ERROR else Level.WARNING
        yield Finding(level, _SETTINGS.name, f"{message.msg} ({message.id})", message.hint or "")
    if not messages:
        yield _SETTINGS.ok("all system checks pass.")


def examine_mode() -> Iterator[Finding]:
    if conf.STRIPE_SECRET_KEY:
        mode = "live mode: real money" if conf.livemode else "test mode"
        restricted = "a restricted" if conf.STRIPE_SECRET_KEY.startswith("rk_") else "a secret"
        where = conf.STRIPE_API_BASE or "Stripe"
        yield _KEYS.ok(f"{mode}, with {restricted} key, at {where}.")


def examine_limits() -> Iterator[Finding]:
    """A process cannot count the other processes, so this only explains."""
    if conf.PAYMENTS_RATE_LIMIT_STORAGE != "memory://":
        yield _LIMITS.ok("requests are counted for all processes together, in Redis.")
        return
    yield _LIMITS.ok(
        "each process counts requests separately (memory://): with several processes, the limits "
        "are that many times higher. To count together, set PAYMENTS_RATE_LIMIT_STORAGE to a "
        "Redis server."
    )


def may_ask_stripe() -> bool:
    return not any(message.id in _PREVENT_CALLS for message in checks.run_checks(tags=[TAG]))
