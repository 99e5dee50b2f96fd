"""The kinds of faults and their options.

How clients should handle them: https://docs.stripe.com/error-low-level.
"""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum


class FaultError(ValueError):
    """Invalid options of a fault; the message says why in one line."""


class FaultKind(StrEnum):
    """Each value is the name in headers, in JSON and in Python."""

    HANG = "hang"
    RESET = "reset"
    BAD_GATEWAY = "bad_gateway"
    KEY_IN_USE = "key_in_use"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    ERROR_500 = "error_500"
    ERROR_500_AFTER_EFFECT = "error_500_after_effect"
    ERROR_500_ROLLED_FORWARD = "error_500_rolled_forward"
    HANG_AFTER_EFFECT = "hang_after_effect"
    RESET_AFTER_EFFECT = "reset_after_effect"
    NOT_JSON = "not_json"
    GATEWAY_PAGE_AFTER_EFFECT = "gateway_page_after_effect"
    TRUNCATED = "truncated"
    LATENCY = "latency"
    SHOULD_RETRY = "should_retry"
    REFUND_LIMIT_OFF = "refund_limit_off"
    WEBHOOK_DUPLICATED = "webhook_duplicated"
    WEBHOOK_REORDERED = "webhook_reordered"
    WEBHOOK_DELAYED = "webhook_delayed"
    WEBHOOK_DROPPED = "webhook_dropped"
    WEBHOOK_OLD_SECRET = "webhook_old_secret"
    WEBHOOK_TWO_SECRETS = "webhook_two_secrets"
    WEBHOOK_OTHER_VERSION = "webhook_other_version"
    WEBHOOK_LIVEMODE = "webhook_livemode"

    @property
    def is_for_webhooks(self) -> bool:
        return self.value.startswith("webhook_")

    @property
    def description(self) -> str:
        return DESCRIPTIONS[self]


DESCRIPTIONS = {
    FaultKind.HANG: "No answer until the client disconnects; no effect.",
    FaultKind.RESET: "The connection is reset; no effect.",
    FaultKind.BAD_GATEWAY: "502 in HTML; no effect.",
    FaultKind.KEY_IN_USE: "409: another request has the idempotency key; no effect.",
    FaultKind.RATE_LIMITED: "429, with Retry-After if retry_after is given; no effect, and the "
    "idempotency key stays free.",
    FaultKind.UNAUTHORIZED: "401; no effect.",
    FaultKind.FORBIDDEN: "403; no effect.",
    FaultKind.ERROR_500: "500, replayed for its idempotency key; no effect.",
    FaultKind.ERROR_500_AFTER_EFFECT: "500, replayed for its idempotency key; the effect stays.",
    FaultKind.ERROR_500_ROLLED_FORWARD: "500, replayed for its idempotency key; the effect happens "
    "delay seconds later on the sandbox's clock (default 1).",
    FaultKind.HANG_AFTER_EFFECT: "The effect, then no answer until the client disconnects.",
    FaultKind.RESET_AFTER_EFFECT: "The effect, then the connection is reset.",
    FaultKind.NOT_JSON: "The effect, then HTML with status 200.",
    FaultKind.GATEWAY_PAGE_AFTER_EFFECT: "The effect, then a gateway's HTML with status (default "
    "404), without any header of Stripe's.",
    FaultKind.TRUNCATED: "The effect, then half the answer.",
    FaultKind.LATENCY: "The request takes delay seconds longer (default 1), plus up to spread; "
    "meanwhile its idempotency key is in use.",
    FaultKind.SHOULD_RETRY: "The answer carries Stripe-Should-Retry: should_retry.",
    FaultKind.REFUND_LIMIT_OFF: "Refunds beyond what was captured are accepted.",
    FaultKind.WEBHOOK_DUPLICATED: "Sent twice.",
    FaultKind.WEBHOOK_REORDERED: "Sent after the next one, or after delay seconds (default 1).",
    FaultKind.WEBHOOK_DELAYED: "Sent delay seconds late (default 60) on the sandbox's clock.",
    FaultKind.WEBHOOK_DROPPED: "Never sent.",
    FaultKind.WEBHOOK_OLD_SECRET: "Signed with secret instead of the endpoint's own.",
    FaultKind.WEBHOOK_TWO_SECRETS: "Signed with secret and with the endpoint's own.",
    FaultKind.WEBHOOK_OTHER_VERSION: "Sent in the format of api_version.",
    FaultKind.WEBHOOK_LIVEMODE: "Sent with livemode: true.",
}

# The default `delay` in seconds; 0 for all other kinds.
DEFAULT_DELAYS = {
    FaultKind.ERROR_500_ROLLED_FORWARD: 1.0,
    FaultKind.LATENCY: 1.0,
    FaultKind.WEBHOOK_REORDERED: 1.0,
    FaultKind.WEBHOOK_DELAYED: 60.0,
}

# A version without a name, in which payment intents still listed their charges.
OLD_API_VERSION = "2020-08-27"
OLD_SECRET = "whsec_old"

_LONGEST_DELAY = 366 * 24 * 60 * 60


def check_options(given: Mapping[str, object]) -> dict[str, object]:
    """Return the options of a fault with their types; raises FaultError."""
    unknown = given.keys() - _OPTIONS.keys()
    if unknown:
        raise FaultError(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(_OPTIONS)}.")
    return {
        name: _OPTIONS[name](name, value)
        for name, value in given.items()
        if value is not None and value != ""  # a form also sends empty fields
    }


def _kind(name: str, value: object) -> FaultKind:
    try:
        return FaultKind(str(value))
    except ValueError:
        raise FaultError(f"{name} must be one of {', '.join(FaultKind)}.") from None


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise FaultError(f"{name} must be text of at most 1000 characters.")
    return value


def _number(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise FaultError(f"{name} must be a number from {lowest:g} to {highest:g}.")
    return number


def _seconds(name: str, value: object) -> float:
    return _number(name, value, 0, _LONGEST_DELAY)


def _share(name: str, value: object) -> float:
    return _number(name, value, 0, 1)


def _times(name: str, value: object) -> int:
    return int(_number(name, value, 1, 10**9))


def _status(name: str, value: object) -> int:
    return int(_number(name, value, 200, 599))


def _boolean(name: str, value: object) -> bool:
    known = {"true": True, "false": False}
    if str(value).lower() not in known:
        raise FaultError(f"{name} must be true or false.")
    return known[str(value).lower()]


_OPTIONS: dict[str, Callable[[str, object], object]] = {
    "kind": _kind,
    "method": _text,
    "path": _text,
    "event": _text,
    "times": _times,
    "probability": _share,
    "delay": _seconds,
    "spread": _seconds,
    "status": _status,
    "retry_after": _seconds,
    "should_retry": _boolean,
    "secret": _text,
    "api_version": _text,
}
