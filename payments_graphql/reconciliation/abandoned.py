"""Cancels our unpaid payments, so that nobody pays them by surprise later."""

from django.utils import timezone

from .. import operations
from ..conf import conf
from ..errors import InvalidStateError
from ..models import Operation, OperationKind, OperationState, StripePaymentIntent

ACTOR = "system:reconcile"


def is_abandoned(intent: StripePaymentIntent) -> bool:
    """Whether this site created the payment, it is unpaid, and nobody has changed it for
    `PAYMENTS_CANCEL_UNPAID_AFTER`. A payment that waits for the customer has this long after its
    own deadline.

    Only for a row just read from Stripe: the customer may have paid or authorized it without the
    event having arrived.
    """
    after = conf.PAYMENTS_CANCEL_UNPAID_AFTER
    if after is None or not _is_overdue(intent):
        return False
    untouched_since = timezone.now() - after
    of_intent = Operation.objects.filter(payment_intent=intent)
    # Includes attempts by us or for the customer, and a cancel that Stripe refused.
    is_touched = (
        of_intent.filter(created_at__gt=untouched_since).exists()
        or of_intent.filter(state__in=OperationState.unsettled()).exists()
    )
    return not is_touched and of_intent.filter(kind=OperationKind.CREATE_PAYMENT_INTENT).exists()


def cancel(intent: StripePaymentIntent) -> None:
    """https://docs.stripe.com/api/payment_intents/cancel

    Raises `PaymentError`, including `InvalidStateError` if the payment has changed since the read.
    """

    def check(current: StripePaymentIntent) -> None:
        if not _is_overdue(current):
            raise InvalidStateError(
                "The payment is no longer abandoned.", current_status=current.status
            )

    operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor=ACTOR,
        payment_intent=intent,
        parameters={"cancellation_reason": "abandoned"},
        check=check,
    )


def _is_overdue(intent: StripePaymentIntent) -> bool:
    return intent.abandoned_at is not None and intent.abandoned_at <= timezone.now()
