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
dispute_closed = Signal()
setup_intent_succeeded = Signal()
setup_intent_failed = Signal()
