"""Cancel payments of ours that nobody has paid, so that nobody is surprised by them later."""

from datetime import datetime

from django.utils import timezone

from .. import operations
from ..conf import conf
from ..errors import InvalidStateError
from ..models import Operation, OperationKind, OperationState, StripePaymentIntent

ACTOR = "system:reconcile"


def is_abandoned(intent: StripePaymentIntent) -> bool:
    """Unpaid, asked for by us, and touched by nobody for `PAYMENTS_CANCEL_UNPAID_AFTER`.

    Of a row that was just read from Stripe: the customer may have paid or authorised it, and the
    news may not have come.
    """
    untouched_since = _get_untouched_since()
    if untouched_since is None or not _is_unpaid(intent, untouched_since):
        return False
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
    untouched_since = _get_untouched_since()

    def check(current: StripePaymentIntent) -> None:
        if untouched_since is None or not _is_unpaid(current, untouched_since):
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


def _get_untouched_since() -> datetime | None:
    after = conf.PAYMENTS_CANCEL_UNPAID_AFTER
    return None if after is None else timezone.now() - after


def _is_unpaid(intent: StripePaymentIntent, untouched_since: datetime) -> bool:
    return intent.is_payable and intent.updated_at <= untouched_since
