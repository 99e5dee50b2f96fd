"""What to refund, checked and written under the locks of the booking and the payment."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from .. import mirror, money
from ..errors import AmountError, ErrorCode, InvalidStateError
from ..models import Operation, RefundRequest, StripePaymentIntent, StripeRefund, balance
from .available_actions import Action, check_state
from .locking import lock_booking_of

__all__ = ["NothingOverpaid", "RefundOrder", "get_amount_to_refund"]


class NothingOverpaid(Exception):
    """Leaves the transaction before anything is written."""


@dataclass(frozen=True)
class RefundOrder:
    """`minor_units` is None for everything that is left. `reduces_amount_due`: see Note [What a
    refund means]."""

    payment_intent: StripePaymentIntent
    minor_units: int | None
    reason: str
    description: str
    reduces_amount_due: bool | None
    only_overpaid: bool

    @staticmethod
    def of(request: RefundRequest) -> "RefundOrder":
        return RefundOrder(
            payment_intent=request.payment_intent,
            minor_units=request.amount,
            reason=request.reason,
            description=request.description,
            reduces_amount_due=request.reduces_amount_due,
            only_overpaid=request.only_overpaid,
        )

    def lock(self) -> tuple[StripePaymentIntent, int]:
        """The payment and the amount to refund, in minor units. Locks until the transaction ends.
        Raises `PaymentError` if so much cannot be refunded, and `NothingOverpaid`."""
        booking = lock_booking_of(self.payment_intent)
        intent = (
            StripePaymentIntent.objects.select_for_update(of=("self",))
            .select_related("customer", "booking")
            .get(pk=self.payment_intent.pk)
        )
        prefetch_related_objects([intent], "refunds", "disputes")
        amount = get_amount_to_refund(intent, self.minor_units)
        if self.only_overpaid:
            if booking is None or not balance.counts(intent, booking):
                raise InvalidStateError(_("This payment no longer counts for the booking."))
            overpaid = booking.amount_overpaid
            if overpaid <= 0:
                raise NothingOverpaid
            amount = min(amount, overpaid)
        return intent, amount

    def record(
        self, operation: Operation, intent: StripePaymentIntent, amount: int
    ) -> StripeRefund:
        """Writes the refund, which reserves the amount, and what to send to Stripe."""
        reduction = balance.get_reduction(
            intent, amount, reason=self.reason, asked=self.reduces_amount_due
        )
        refund = StripeRefund.objects.create(
            payment_intent=intent,
            amount=amount,
            currency=intent.currency,
            reason=self.reason,
            description=self.description,
            amount_due_reduction=reduction,
        )
        operation.refund = refund
        operation.payment_intent = intent
        operation.customer = intent.customer
        operation.parameters = {
            "payment_intent": intent.stripe_payment_intent_id,
            "amount": refund.amount,
            **({"reason": self.reason} if self.reason else {}),
            "metadata": mirror.our_metadata(operation.pk, refund=refund.pk),
        }
        return refund


def get_amount_to_refund(intent: StripePaymentIntent, wanted: int | None) -> int:
    """Minor units. Before acting, call it under the payment's lock."""
    check_state(Action.REFUND, intent)
    left = intent.amount_refundable
    if wanted is not None and wanted > left:
        maximum = money.to_decimal(left, intent.currency)
        raise AmountError(
            _("At most %(maximum)s %(currency)s can be refunded.")
            % {"maximum": maximum, "currency": intent.currency},
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=intent.currency,
            maximum=maximum,
        )
    return wanted or left
