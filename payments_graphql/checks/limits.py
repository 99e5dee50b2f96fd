"""Checks time limits and counts."""

from datetime import timedelta
from typing import Any

from django.core import checks

from .messages import TAG, get_value, make_error

_GRAPHQL_LIMITS = (
    "PAYMENTS_GRAPHQL_MAX_ALIASES",
    "PAYMENTS_GRAPHQL_MAX_BODY",
    "PAYMENTS_GRAPHQL_MAX_COST",
    "PAYMENTS_GRAPHQL_MAX_DEPTH",
    "PAYMENTS_GRAPHQL_MAX_DIRECTIVES",
    "PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE",
    "PAYMENTS_GRAPHQL_MAX_ERRORS",
    "PAYMENTS_GRAPHQL_MAX_FIELDS",
    "PAYMENTS_GRAPHQL_MAX_PAGE",
    "PAYMENTS_GRAPHQL_MAX_REPEATS",
    "PAYMENTS_GRAPHQL_MAX_TOKENS",
)


@checks.register(TAG)
def check_timeouts(**_: object) -> list[checks.CheckMessage]:
    attempt = get_value("PAYMENTS_STRIPE_TIMEOUT", (3.0, 20.0))
    if not isinstance(attempt, list | tuple) or len(attempt) != 2 or not all(map(is_time, attempt)):
        message = "PAYMENTS_STRIPE_TIMEOUT is not a pair of numbers above zero."
        return [make_error(14, message, "Set seconds to connect and to wait, such as (3.0, 20.0).")]
    operation = get_value("PAYMENTS_OPERATION_TIMEOUT", 60.0)
    request = get_value("PAYMENTS_REQUEST_TIMEOUT", 90.0)
    lease = get_value("PAYMENTS_OPERATION_LEASE", 120.0)
    named = {
        "PAYMENTS_OPERATION_TIMEOUT": operation,
        "PAYMENTS_REQUEST_TIMEOUT": request,
        "PAYMENTS_OPERATION_LEASE": lease,
    }
    wrong: list[checks.CheckMessage] = [
        make_error(14, f"{name} is not a number above zero.", "Set seconds, such as 60.0.")
        for name, value in named.items()
        if not is_time(value)
    ]
    if wrong or sum(attempt) < operation < request < lease:
        return wrong
    message = (
        f"One attempt takes up to {sum(attempt)} s (PAYMENTS_STRIPE_TIMEOUT), all of them "
        f"{operation} s (PAYMENTS_OPERATION_TIMEOUT), a request {request} s "
        f"(PAYMENTS_REQUEST_TIMEOUT), and the lease ends after {lease} s "
        f"(PAYMENTS_OPERATION_LEASE)."
    )
    # If a lease ended while its holder still calls Stripe, two processes could make the same call.
    return [make_error(15, message, "Each must be greater than the one before it.")]


@checks.register(TAG)
def check_concurrency(**_: object) -> list[checks.CheckMessage]:
    value = get_value("PAYMENTS_STRIPE_CONCURRENCY", 6)
    if _is_count(value):
        return []
    hint = "Set a number below the number of server threads, such as 6 for 8 threads."
    return [make_error(18, "PAYMENTS_STRIPE_CONCURRENCY is not a whole number above zero.", hint)]


@checks.register(TAG)
def check_cancel_unpaid_after(**_: object) -> list[checks.CheckMessage]:
    after = get_value("PAYMENTS_CANCEL_UNPAID_AFTER", timedelta(hours=24))
    if after is None or (isinstance(after, timedelta) and after > timedelta()):
        return []
    message = "PAYMENTS_CANCEL_UNPAID_AFTER is not a timedelta above zero."
    return [
        make_error(14, message, "Set a timedelta, such as timedelta(hours=24), or None for never.")
    ]


@checks.register(TAG)
def check_graphql_limits(**_: object) -> list[checks.CheckMessage]:
    hint = "Set a whole number above zero, or remove the setting to use the default."
    return [
        make_error(19, f"{name} is not a whole number above zero.", hint)
        for name in _GRAPHQL_LIMITS
        if not _is_count(get_value(name, 1))
    ]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < float("inf")


@checks.register(TAG)
def check_retention(**_: object) -> list[checks.CheckMessage]:
    names = ("PAYLOADS", "EVENTS", "OPERATIONS", "STATUS_CHANGES")
    # Written out: the same age is `retention.MINIMUM_AGE`, which needs the models.
    least = timedelta(days=35)
    return [
        make_error(
            73,
            f"PAYMENTS_KEEP_{name} is not at least 35 days.",
            "Set a timedelta, such as timedelta(days=90), or None for forever. Stripe may send an "
            "event again within 30 days.",
        )
        for name in names
        if (age := get_value(f"PAYMENTS_KEEP_{name}")) is not None
        and not (isinstance(age, timedelta) and age >= least)
    ]


@checks.register(TAG)
def check_dispute_due_soon(**_: object) -> list[checks.CheckMessage]:
    before = get_value("PAYMENTS_DISPUTE_DUE_SOON", timedelta(days=3))
    if isinstance(before, timedelta) and before > timedelta():
        return []
    message = "PAYMENTS_DISPUTE_DUE_SOON is not a timedelta above zero."
    return [make_error(14, message, "Set a timedelta, such as timedelta(days=3).")]
