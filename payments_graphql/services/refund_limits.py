"""How much a person may refund without approval. See Note [Refund limits].

What a person has refunded is counted under a lock of the person, after the locks of the booking and
the payment. So two refunds at once cannot exceed the limit together. Approved refunds don't count:
somebody else took the decision.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import money, operations, people
from ..errors import AmountError, ErrorCode
from ..models import Operation, OperationKind, RefundRequest, RefundStatus, StripePaymentIntent
from ..policy import Person, get_policy
from ..refund_rules import RefundLimit, Rule

__all__ = ["Allowance", "Allowances", "check_allowance", "find_allowance", "needs_approval"]


@dataclass(frozen=True)
class Allowance:
    """What a person may still refund: `left` minor units of `currency`. `rule` leaves the most."""

    left: int
    currency: str
    rule: Rule

    def describe_limits(self) -> str:
        """Such as "500.00 EUR a day, 2000.00 EUR a month"."""
        return ", ".join(map(_describe, self.rule))

    def find_refusal(self, amount: int) -> AmountError | None:
        if amount <= self.left:
            return None
        maximum = money.to_decimal(self.left, self.currency)
        named = {
            "left": money.format_amount(self.left, self.currency),
            "limits": self.describe_limits(),
            "currency": self.currency,
        }
        if not self.rule:
            message = _("You cannot refund %(currency)s without approval. Ask for approval.")
        elif not self.left:
            message = _("You have reached your limit for refunds: %(limits)s. Ask for approval.")
        else:
            message = _(
                "You can refund at most %(left)s now. Your limit is %(limits)s. Refund less, or "
                "ask for approval."
            )
        return AmountError(
            message % named,
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=self.currency,
            maximum=maximum,
        )


@dataclass
class Allowances:
    """The allowances of one person. Reads each currency once."""

    _found: dict[str, Allowance | None] = field(default_factory=dict)

    def find(self, user: Person, currency: str) -> Allowance | None:
        if currency not in self._found:
            self._found[currency] = find_allowance(user, currency)
        return self._found[currency]


def find_allowance(user: Person, currency: str) -> Allowance | None:
    """None: there is no limit, as for the site's own code (`user=None`)."""
    rules = None if user is None else get_policy().get_refund_rules(user, currency)
    if rules is None:
        return None
    refunded = _sum_periods(_list_made(user).filter(refund__currency=currency), rules)
    found = [Allowance(0, currency, ())]
    for rule in rules:
        left = min(limit.amount - refunded[limit.period] for limit in rule)
        found.append(Allowance(max(left, 0), currency, rule))
    return max(found, key=lambda one: (one.left, len(one.rule)))


def check_allowance(user: Person, currency: str, amount: int) -> None:
    """Call it in the transaction that records the refund. Raises `AmountError` with the maximum."""
    if user is None or get_policy().get_refund_rules(user, currency) is None:
        return
    _lock(user)
    allowance = find_allowance(user, currency)
    refusal = allowance and allowance.find_refusal(amount)
    if refusal:
        raise refusal


def needs_approval(user: Person, intent: StripePaymentIntent, amount: int) -> bool:
    """Whether a second person must approve this refund. Call it under the payment's lock.

    What the same person already refunded of the payment counts too, so that nobody avoids the
    approval by refunding in parts.
    """
    most = None if user is None else get_policy().get_refund_approval_amount(user, intent.currency)
    if most is None:
        return False
    made = _list_made(user).filter(payment_intent=intent).aggregate(sum=Sum("refund__amount"))
    return amount + (made["sum"] or 0) > most


def _list_made(user: Person) -> QuerySet[Operation]:
    """The refunds of a person that nobody else has approved."""
    # An outer join would let PostgreSQL expect few rows, and read all refunds of all people.
    approved = RefundRequest.objects.filter(refund=OuterRef("refund"))
    return Operation.objects.ours().filter(
        ~Exists(approved),
        actor=operations.actor_of(user),
        kind=OperationKind.CREATE_REFUND,
        refund__status__in=RefundStatus.reserving(),
    )


def _sum_periods(made: QuerySet[Operation], rules: tuple[Rule, ...]) -> dict[str, int]:
    lengths = {limit.period: limit.length for rule in rules for limit in rule}
    if not lengths:
        return {}
    now = timezone.now()
    sums = made.filter(created_at__gt=now - max(lengths.values())).aggregate(
        **{
            period: Sum("refund__amount", filter=_is_within(length))
            for period, length in lengths.items()
        }
    )
    return {period: sums[period] or 0 for period in lengths}


def _is_within(length: timedelta) -> Q:
    return Q(created_at__gt=timezone.now() - length)


def _lock(user: Person) -> None:
    """Until the end of the transaction. SQLite has one writer at a time anyway."""
    assert user is not None
    rows = people.list_all_users().using(DEFAULT_DB_ALIAS).select_for_update(no_key=True)
    list(rows.filter(pk=user.pk).values_list("pk"))


def _describe(limit: RefundLimit) -> str:
    amount = money.format_amount(limit.amount, limit.currency)
    texts = {
        "day": _("%(amount)s a day"),
        "week": _("%(amount)s a week"),
        "month": _("%(amount)s a month"),
    }
    return texts[limit.period] % {"amount": amount}
