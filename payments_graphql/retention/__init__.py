"""Archives and removes what is old and done.

Note [What is kept]
Only rows that nothing reads any more are removed. The minimum age is 35 days: Stripe sends an event
for up to 3 days, lists it for 30, and people resend it by hand within that time. Until then its row
must remain, so that the event is not processed twice.

    open events, operations and     kept at any age: pending, failed and dead events, unsettled
    signals                         operations, changes whose signal was not sent
    a payment or setup intent that  keeps its operations, its status changes and its events of
    is not final                    failed attempts, by which card testing is counted
    a refund in progress or an      keeps the status changes of its payment
    open dispute
    creating a payment, a refund,   keeps its row forever, without its parameters. The row is the
    a setup or a customer           memory of the caller's idempotency key: without it the same key
                                    would pay or refund again. Stripe forgets keys after a day
    capturing, canceling and so on  the row is removed, since nobody has its key

Sums of money are computed from payments, refunds and disputes, which are never removed.
"""

from .archive import Archive
from .kinds import KINDS, MINIMUM_AGE, Kind
from .pruning import Pruning

__all__ = ["KINDS", "MINIMUM_AGE", "Archive", "Kind", "Pruning"]
