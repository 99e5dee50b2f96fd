import functools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .. import money, operations
from ..errors import ValidationError
from ..models import OperationKind, PaymentIntentStatus, StripePaymentIntent, balance
from ..policy import PaymentDetails, Person
from . import bookings
from .available_actions import Action, check_state, require_permission
from .details import NO_DETAILS, check_details, keep_sites_metadata
from .inputs import check_description, check_email, check_metadata

__all__ = ["update_payment_intent"]


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
    details: PaymentDetails = NO_DETAILS,
) -> StripePaymentIntent:
    """Changes a payment that has not been paid. None leaves a value unchanged.

    `amount` is in major units. For a booking it must be the amount due, or less with `partial`.
    `metadata` is merged; an empty value removes its key. `details` are the site's own data, which
    do not change: see `policy.Policy.describe_payment`.
    https://docs.stripe.com/api/payment_intents/update
    """
    require_permission(Action.UPDATE, payment_intent, user)
    details = check_details(details)
    parameters: dict[str, Any] = {}
    minor_units = None
    if amount is not None:
        minor_units = money.to_minor_units(amount, payment_intent.currency)
        parameters["amount"] = minor_units
    if description is not None:
        parameters["description"] = details.description or check_description(description)
    if receipt_email is not None:
        parameters["receipt_email"] = check_email(receipt_email) or ""
    if metadata:
        asked = check_metadata(metadata, may_be_empty=True)
        parameters["metadata"] = keep_sites_metadata(asked, details)
    if save_payment_method is not None:
        parameters["setup_future_usage"] = "off_session" if save_payment_method else ""
    if not parameters:
        raise ValidationError(_("Nothing to update. Give at least one new value."))

    def lock_and_price() -> None:
        """Locks the booking before the payment: see the order of locks in `operations`."""
        booking = payment_intent.booking
        is_open = StripePaymentIntent.objects.filter(
            pk=payment_intent.pk, status__in=PaymentIntentStatus.payable()
        ).exists()  # else `check` raises the more precise error
        owner = payment_intent.customer.user  # payments of a deleted user cannot be paid
        if booking is not None and owner is not None and minor_units is not None and is_open:
            locked = bookings.lock_booking(booking, user=owner)
            if balance.is_of_booking(payment_intent, locked):
                bookings.price(locked, minor_units, None, partial=partial)

    operations.perform_move(
        kind=OperationKind.UPDATE_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters=parameters,
        check=functools.partial(check_state, Action.UPDATE),
        lock_first=lock_and_price,
    )
    payment_intent.refresh_from_db()
    return payment_intent
