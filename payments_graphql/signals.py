"""What a site can listen to. Sent after the commit, at least once for each change.

Every signal has `status_change`, a `models.StatusChange`; its `pk` tells a repeat from a new one.
A receiver that raises is tried again later and does not keep others from being called.
"""

from django.dispatch import Signal

payment_intent_succeeded = Signal()
payment_intent_failed = Signal()
payment_intent_canceled = Signal()
payment_intent_authorized = Signal()
refund_settled = Signal()
refund_failed = Signal()

dispute_opened = Signal()
"""A bank disputes a payment, or asks about it. Also for one that is first heard of when closed."""
dispute_escalated = Signal()
"""A bank's inquiry became a dispute, which takes the money."""
dispute_due_soon = Signal()
"""The bank waits for evidence until `status_change.dispute.evidence_due_by`. Sent by
`payments_reconcile`, once for each due date; `PAYMENTS_DISPUTE_DUE_SOON` says how long before."""
dispute_closed = Signal()
"""`status_change.to_status` says how. A bank can reopen it, and then it closes once more."""
dispute_reopened = Signal()
"""What was closed needs an answer, or is under review, again."""

setup_intent_succeeded = Signal()
setup_intent_failed = Signal()
