"""What prevents erasing a person: money in flight needs their details."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..models import (
    EventState,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
)
from .people import PersonKept

__all__ = ["list_obstacles"]

_OF_ERASURE = (
    OperationKind.DELETE_CUSTOMER,
    OperationKind.CANCEL_PAYMENT_INTENT,
    OperationKind.CANCEL_SETUP_INTENT,
)
"""If an erasure crashes before these are settled, the next one joins and finishes them."""


def list_obstacles(person: PersonKept, *, at_the_end: bool = False) -> list[str]:
    """Sentences for people: what is in flight, and what to do. With `at_the_end`, unsettled
    operations and open payments count too."""
    return list(_iterate(person, at_the_end=at_the_end))


def _iterate(person: PersonKept, *, at_the_end: bool) -> Iterator[str]:
    rows = person.list_rows()
    in_flight: tuple[str, ...] = (
        PaymentIntentStatus.PROCESSING,
        PaymentIntentStatus.REQUIRES_CAPTURE,
        PaymentIntentStatus.UNKNOWN,
    )
    if at_the_end:
        in_flight += PaymentIntentStatus.payable()
    for intent in rows["payment_intents"].filter(status__in=in_flight):
        name = intent.stripe_payment_intent_id or str(intent.pk)
        yield _('Payment %(name)s has the status "%(status)s". Wait, capture it or cancel it.') % {
            "name": name,
            "status": intent.status,
        }
    for setup in rows["setup_intents"].filter(
        status__in=(SetupIntentStatus.PROCESSING, SetupIntentStatus.UNKNOWN)
    ):
        yield _('Setup intent %(name)s has the status "%(status)s". Wait until it is finished.') % {
            "name": setup,
            "status": setup.status,
        }
    for refund in rows["refunds"].filter(status__in=RefundStatus.in_progress()):
        name = refund.stripe_refund_id or str(refund.pk)
        yield _('Refund %(name)s has the status "%(status)s". Wait until it is finished.') % {
            "name": name,
            "status": refund.status,
        }
    for dispute in rows["disputes"]:
        if not dispute.is_closed or dispute.holds_money:
            yield _('Dispute %(name)s has the status "%(status)s". Wait until it is closed.') % {
                "name": dispute.stripe_dispute_id,
                "status": dispute.status,
            }
    for operation in rows["operations"].filter(state__in=OperationState.unsettled()):
        is_of_erasure = operation.kind in _OF_ERASURE
        if at_the_end or not is_of_erasure or operation.state == OperationState.NEEDS_REVIEW:
            yield _("Operation %(name)s (%(kind)s) is in progress. Run payments_reconcile.") % {
                "name": operation.pk,
                "kind": operation.kind,
            }
    for event in rows["webhook_events"].filter(state__in=EventState.open()):
        yield _("Webhook event %(name)s is not processed yet. Run payments_reconcile.") % {
            "name": event.event_id
        }
