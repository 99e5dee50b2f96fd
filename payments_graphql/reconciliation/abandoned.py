"""Cancel payments of ours that nobody has paid, so that nobody is surprised by them later."""

from django.utils import timezone

from .. import operations
from ..conf import conf
from ..errors import InvalidStateError
from ..models import Operation, OperationKind, OperationState, StripePaymentIntent

ACTOR = "system:reconcile"


def is_abandoned(intent: StripePaymentIntent) -> bool:
    """Unpaid, asked for by us, and touched by nobody for `PAYMENTS_CANCEL_UNPAID_AFTER`; one that
    waits for the customer, for so long after its own deadline.

    Of a row that was just read from Stripe: the customer may have paid or authorized it, and the
    news may not have come.
    """
    after = conf.PAYMENTS_CANCEL_UNPAID_AFTER
    if after is None or not _is_overdue(intent):
        return False
    untouched_since = timezone.now() - after
    of_intent = Operation.objects.filter(payment_intent=intent)
    # Tried meanwhile, by us or for the customer: a cancel that Stripe refused included.
    is_touched = (
        of_intent.filter(created_at__gt=untouched_since).exists()
        or of_intent.filter(state__in=OperationState.unsettled()).exists()
    )
    return not is_touched and of_intent.filter(kind=OperationKind.CREATE_PAYMENT_INTENT).exists()


def cancel(intent: StripePaymentIntent) -> None:
    """https://docs.stripe.com/api/payment_intents/cancel

    Raises `PaymentError`: also `InvalidStateError`, where it has moved since it was read.
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
