from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .. import money, operations, policy
from ..conf import conf
from ..errors import InvalidStateError, ValidationError
from ..models import OperationKind, PaymentIntentStatus, StripePaymentIntent
from ..policy import Person
from . import bookings
from .inputs import check_description, check_email, check_metadata

__all__ = ["update_payment_intent"]

_UPDATABLE = (
    PaymentIntentStatus.REQUIRES_PAYMENT_METHOD,
    PaymentIntentStatus.REQUIRES_CONFIRMATION,
    PaymentIntentStatus.REQUIRES_ACTION,
)


def update_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    partial: bool = False,
    description: str | None = None,
    receipt_email: str | None = None,
    metadata: Mapping[str, str] | None = None,
    save_payment_method: bool | None = None,
    user: Person = None,
) -> StripePaymentIntent:
    """Change a payment that was not made yet; what is None stays.

    `amount` is in major units; for a booking it must be what is due, or less when `partial`.
    `metadata` is merged; an empty value removes its key.
    https://docs.stripe.com/api/payment_intents/update
    """
    if user is not None:
        may = conf.PAYMENTS_POLICY.may_update(user, payment_intent)
        policy.require(may, "change this payment", path=("paymentIntentId",))
    parameters: dict[str, Any] = {}
    minor_units = None
    if amount is not None:
        minor_units = money.to_minor_units(amount, payment_intent.currency)
        parameters["amount"] = minor_units
    if description is not None:
        parameters["description"] = check_description(description)
    if receipt_email is not None:
        parameters["receipt_email"] = check_email(receipt_email) or ""
    if metadata:
        parameters["metadata"] = check_metadata(metadata, may_be_empty=True)
    if save_payment_method is not None:
        parameters["setup_future_usage"] = "off_session" if save_payment_method else ""
    if not parameters:
        raise ValidationError("Give what is to change.")

    def lock_and_price() -> None:
        """The booking before the payment: see the order of locks in `operations`."""
        booking = payment_intent.booking
        is_open = StripePaymentIntent.objects.filter(
            pk=payment_intent.pk, status__in=_UPDATABLE
        ).exists()  # or `check` says what is wrong, which the price would hide
        if booking is not None and minor_units is not None and is_open:
            locked = bookings.lock_booking(booking, user=payment_intent.customer.user)
            bookings.price(locked, minor_units, None, partial=partial)

    operations.perform_move(
        kind=OperationKind.UPDATE_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters=parameters,
        check=_check_updatable,
        lock_first=lock_and_price,
    )
    payment_intent.refresh_from_db()
    return payment_intent


def _check_updatable(intent: StripePaymentIntent) -> None:
    if intent.status not in _UPDATABLE:
        raise InvalidStateError(
            f"A payment that is {intent.status} cannot be changed.",
            path=("paymentIntentId",),
            current_status=intent.status,
            allowed=tuple(str(status) for status in _UPDATABLE),
        )
