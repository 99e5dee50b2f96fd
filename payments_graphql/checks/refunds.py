"""Checks the limits of refunds, and the amounts that need approval."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core import checks

from ..money import CURRENCIES
from ..refund_rules import PERIODS, UNLIMITED, parse_amount, parse_limits
from .messages import TAG, get_value, make_error

_LIMITS = "PAYMENTS_REFUND_LIMITS"
_AMOUNTS = "PAYMENTS_REFUND_APPROVAL_ABOVE"
_LIMIT_HINT = (
    f'Set an amount per {", ".join(PERIODS)}, such as "500.00/day;2000.00/month", or "{UNLIMITED}".'
)
_AMOUNT_HINT = f'Set an amount, such as "1000.00", or "{UNLIMITED}".'


@checks.register(TAG)
def check_refund_limits(**_: object) -> list[checks.CheckMessage]:
    limits = get_value(_LIMITS, {})
    if limits is None:
        return []
    if not isinstance(limits, dict):
        return [make_error(27, f"{_LIMITS} is not a dict.", "Set a dict from groups to limits.")]
    return list(_find_wrong_limits(limits))


def _find_wrong_limits(limits: dict[Any, Any]) -> Iterator[checks.CheckMessage]:
    for group, of_group in limits.items():
        name = f"{_LIMITS}[{group!r}]"
        if of_group == UNLIMITED:
            continue
        if not isinstance(of_group, dict):
            hint = f'Set a dict from currencies to limits, or "{UNLIMITED}".'
            yield make_error(27, f"{name} is neither a dict nor {UNLIMITED!r}.", hint)
            continue
        yield from _find_wrong_values(name, of_group, parse_limits, _LIMIT_HINT)


@checks.register(TAG)
def check_refund_approval(**_: object) -> list[checks.CheckMessage]:
    amounts = get_value(_AMOUNTS, {})
    if amounts is None:
        return []
    if not isinstance(amounts, dict):
        hint = "Set a dict from currencies to amounts."
        return [make_error(27, f"{_AMOUNTS} is not a dict.", hint)]
    return list(_find_wrong_values(_AMOUNTS, amounts, parse_amount, _AMOUNT_HINT))


def _find_wrong_values(
    name: str, values: dict[Any, Any], parse: Callable[[Any, str], object], hint: str
) -> Iterator[checks.CheckMessage]:
    for currency, value in values.items():
        if currency not in CURRENCIES:
            message = f"{name}: there is no currency {currency!r}."
            yield make_error(27, message, "Set upper-case codes, such as EUR.")
        elif value != UNLIMITED and not _is_valid(parse, value, currency):
            yield make_error(27, f"{name}[{currency!r}] is {value!r}, which is wrong.", hint)


def _is_valid(parse: Callable[[Any, str], object], value: Any, currency: str) -> bool:
    try:
        parse(value, currency)
    except ValueError:
        return False
    return True
