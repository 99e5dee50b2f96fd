"""Sums the money that differs between our rows and Stripe.

Note [Money at risk]
For a payment, the amount received counts. For a refund, its amount counts unless it failed or was
canceled. For a dispute, what Stripe withdrew and did not reinstate counts. Money at risk is the sum
of the differences between our amount and Stripe's, object by object: too much in one place does not
offset too little in another. An object that only one side has counts in full.
"""

from collections import defaultdict

from ..models import (
    MirroredModel,
    RefundStatus,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)

RECEIVED, REFUNDED, DISPUTED = "received", "refunded", "disputed"


class MoneyAtRisk:
    """See Note [Money at risk]. Minor units, by kind and currency."""

    def __init__(self) -> None:
        self.sums: defaultdict[tuple[str, str], int] = defaultdict(int)

    def add(self, ours: MirroredModel | None, theirs: MirroredModel | None) -> None:
        ours_counted, theirs_counted = _count(ours), _count(theirs)
        for what in ours_counted.keys() | theirs_counted.keys():
            difference = abs(ours_counted.get(what, 0) - theirs_counted.get(what, 0))
            if difference:
                self.sums[what] += difference

    def get_largest(self) -> tuple[int, str]:
        """The amount and currency of the largest sum. An object has only one."""
        amounts = ((amount, currency) for (_, currency), amount in self.sums.items())
        return max(amounts, default=(0, ""))


def _count(row: MirroredModel | None) -> dict[tuple[str, str], int]:
    match row:
        case StripePaymentIntent():
            return {(RECEIVED, row.currency): row.amount_received}
        case StripeRefund():
            counts = row.status in RefundStatus.reserving()
            return {(REFUNDED, row.currency): row.amount if counts else 0}
        case StripeDispute():
            return {(DISPUTED, row.currency): row.amount_withdrawn}
    return {}
