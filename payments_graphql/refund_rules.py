"""Limits of refunds, as `PAYMENTS_REFUND_LIMITS` and `PAYMENTS_REFUND_APPROVAL_ABOVE` write them.

Note [Refund limits]
A limit is an amount per period: "500.00/day". Several are separated by semicolons, and all of them
apply. A period is the time before the refund, not a calendar day: 24 hours, 7 days or 30 days. So
nobody can refund twice the limit around midnight.

A person in several groups has the rules of the group that leaves them the most. Where limits are
set, a person in no listed group refunds nothing, and neither does anybody in a currency that their
group does not list. Otherwise a new group or currency would be without a limit until somebody
notices.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import money
from .errors import PaymentError

__all__ = ["UNLIMITED", "RefundLimit", "parse_amount", "parse_limits", "select_rules"]

UNLIMITED = "unlimited"
PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@dataclass(frozen=True)
class RefundLimit:
    """At most `amount` minor units of `currency` in `period`."""

    amount: int
    currency: str
    period: str

    @property
    def length(self) -> timedelta:
        return PERIODS[self.period]

    def __str__(self) -> str:
        return f"{money.format_amount(self.amount, self.currency)}/{self.period}"


type Rule = tuple[RefundLimit, ...]
"""Limits that all apply. Empty: no limit."""


def select_rules(
    limits: Mapping[str, Any], groups: Iterable[str], currency: str
) -> tuple[Rule, ...] | None:
    """The rules of these groups, of which the best applies. Empty: the person refunds nothing.
    None: there is no limit."""
    found = []
    for name in groups:
        of_group = limits.get(name, {})
        text = of_group if of_group == UNLIMITED else of_group.get(currency)
        if text == UNLIMITED:
            return None
        if text is not None:
            found.append(parse_limits(text, currency))
    return tuple(found)


def parse_limits(text: str, currency: str) -> Rule:
    """Raises `ValueError`."""
    if not isinstance(text, str):
        raise ValueError(text)  # noqa: TRY004 (callers handle one error)
    return tuple(_parse_limit(part.strip(), currency) for part in text.split(";"))


def _parse_limit(text: str, currency: str) -> RefundLimit:
    amount, separator, period = text.partition("/")
    if not separator or period.strip() not in PERIODS:
        raise ValueError(text)
    return RefundLimit(parse_amount(amount.strip(), currency), currency, period.strip())


def parse_amount(text: str | int | Decimal, currency: str) -> int:
    """Minor units. Zero is allowed. Raises `ValueError`."""
    if not isinstance(text, str | int | Decimal) or isinstance(text, bool):
        raise ValueError(text)  # noqa: TRY004 (callers handle one error)
    try:
        if money.is_decimal(str(text)) and Decimal(text) == 0:
            return 0
        return money.to_minor_units(text, currency)
    except PaymentError as error:
        raise ValueError(error.message) from error
