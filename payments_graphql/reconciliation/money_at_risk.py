"""What is wrong about money, in sums.

Note [Money at risk]
Of each payment the amount received counts, of each refund its amount unless it failed or was
canceled, of each dispute what Stripe has withdrawn and not given back. At risk is by how much our
figure and Stripe's differ, added up object by object: too much here does not make up for too little
there. An object that only one of the two knows counts in full.
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
    """See Note [Money at risk]. Minor units by what they are and their currency."""

    def __init__(self) -> None:
        self.sums: defaultdict[tuple[str, str], int] = defaultdict(int)

    def add(self, ours: MirroredModel | None, theirs: MirroredModel | None) -> None:
        ours_counted, theirs_counted = _count(ours), _count(theirs)
        for what in ours_counted.keys() | theirs_counted.keys():
            difference = abs(ours_counted.get(what, 0) - theirs_counted.get(what, 0))
            if difference:
                self.sums[what] += difference


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
