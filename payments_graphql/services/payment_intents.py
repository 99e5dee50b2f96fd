"""Creates, confirms, captures and cancels payments, and reads them from Stripe.

Every function here can call Stripe. Call it outside of a transaction (`TransactionOpenError`). They
raise `errors.PaymentError`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from .. import declines, money, operations, policy
from ..errors import (
    CardError,
    InvalidStateError,
    NotFoundError,
    ValidationError,
)
from ..models import (
    OperationKind,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripePaymentMethod,
    get_or_none,
)
from ..policy import Person, get_policy
from .available_actions import Action, check_capture, check_state, require_permission
from .card_testing import stop_if_suspected
from .locking import lock_booking_of
from .payable_details import PayableDetails, fetch_payable_details
from .payment_creation import CreatedPaymentIntent, create_payment_intent
from .payment_updates import update_payment_intent
from .returning import get_return_parameters

__all__ = [
    "ConfirmedPaymentIntent",
    "CreatedPaymentIntent",
    "PayableDetails",
    "cancel_payment_intent",
    "capture_payment_intent",
    "confirm_payment_intent",
    "create_payment_intent",
    "fetch_payable_details",
    "refuse_if_advised",
    "sync_payment_intent",
    "update_payment_intent",
]


_NOBODYS_METHOD = "pm_unknown"
_METHOD_ID = re.compile(r"[a-z]{2,10}_[A-Za-z0-9_]{1,200}")


@dataclass(frozen=True)
class ConfirmedPaymentIntent:
    """`next_action` is Stripe's object, for the page to handle, or None if the customer has nothing
    to do."""

    payment_intent: StripePaymentIntent
    next_action: Mapping[str, Any] | None = field(repr=False)


def confirm_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    payment_method: StripePaymentMethod | str | None = None,
    return_url: str = "",
    off_session: bool = False,
    idempotency_key: str | None = None,
    user: Person = None,
) -> ConfirmedPaymentIntent:
    """Charges a saved method, a method given by its Stripe id, or the payment's current method.

    `off_session` means that the customer is away and cannot authenticate. It requires a saved
    method. A card whose last decline came with the advice `do_not_try_again` is then rejected
    before Stripe is called. A customer who is present may try such a card; if that succeeds, the
    card is accepted again.

    Raises `CardError` for a decline. The payment can then be tried again. With the code
    `authentication_required`, the customer must confirm on the page, with Stripe.js.
    https://docs.stripe.com/api/payment_intents/confirm
    """
    if not off_session:
        require_permission(Action.CONFIRM, payment_intent, user)
    elif user is not None:
        may = get_policy().may_charge_off_session(user, payment_intent)
        denial = _("You are not allowed to charge while the customer is away.")
        policy.require(may, denial, path=("offSession",))
    parameters: dict[str, Any] = {}
    if off_session:
        payment_method = _require_saved(payment_method)
        refuse_if_advised(payment_method)
        parameters["off_session"] = True
    chosen = None if payment_method is None else _choose_method(payment_intent, payment_method)
    method_id = chosen if isinstance(chosen, str | None) else chosen.stripe_payment_method_id
    if method_id is not None:
        parameters["payment_method"] = method_id
    parameters |= get_return_parameters(payment_intent, chosen, return_url, off_session=off_session)

    try:
        performed = operations.perform_move(
            kind=OperationKind.CONFIRM_PAYMENT_INTENT,
            actor=operations.actor_of(user),
            payment_intent=payment_intent,
            parameters=parameters,
            check=partial(_check_confirmable, method_id=method_id),
            key=operations.check_key(idempotency_key),
        )
    except CardError:
        if not off_session:  # See Note [Card testing].
            stop_if_suspected(payment_intent)
        raise
    performed.renew(payment_intent)
    next_action = None
    if performed.answer is not None:
        next_action = performed.answer.get("next_action")
    elif payment_intent.status == PaymentIntentStatus.REQUIRES_ACTION:
        next_action = fetch_payable_details(payment_intent).next_action
    return ConfirmedPaymentIntent(payment_intent, next_action)


def _check_confirmable(intent: StripePaymentIntent, *, method_id: str | None) -> None:
    """Also rejects a second confirmation with the same method while the payment waits for the
    customer, who may be about to pay the first voucher. Another method can replace it."""
    check_state(Action.CONFIRM, intent)
    method = intent.payment_method
    is_same = not method_id or (method and method.stripe_payment_method_id == method_id)
    if intent.is_waiting_for_customer and is_same:
        raise InvalidStateError(
            _(
                "The payment is already waiting for the customer. Show its next action, or use "
                "another payment method."
            ),
            path=("paymentIntentId",),
            current_status=intent.status,
        )


def capture_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    idempotency_key: str | None = None,
    user: Person = None,
) -> StripePaymentIntent:
    """Captures the authorized amount, or `amount` in major units. The rest is released.

    Captures at most the amount due for the booking: `AmountError` has the maximum.

    https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
    """
    require_permission(Action.CAPTURE, payment_intent, user)
    minor_units = None if amount is None else money.to_minor_units(amount, payment_intent.currency)

    performed = operations.perform_move(
        kind=OperationKind.CAPTURE_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters={} if minor_units is None else {"amount_to_capture": minor_units},
        check=partial(check_capture, wanted=minor_units),
        lock_first=partial(lock_booking_of, payment_intent),
        key=operations.check_key(idempotency_key),
    )
    performed.renew(payment_intent)
    return payment_intent


CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def cancel_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    reason: str = "",
    idempotency_key: str | None = None,
    user: Person = None,
) -> StripePaymentIntent:
    """Cancels a payment that has not succeeded. Releases an authorized amount.

    https://docs.stripe.com/api/payment_intents/cancel
    """
    require_permission(Action.CANCEL, payment_intent, user)
    if reason and reason not in CANCELLATION_REASONS:
        raise ValidationError(
            _("Reason must be one of %(choices)s.") % {"choices": ", ".join(CANCELLATION_REASONS)},
            path=("reason",),
        )
    performed = operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters={"cancellation_reason": reason} if reason else {},
        check=partial(check_state, Action.CANCEL),
        key=operations.check_key(idempotency_key),
    )
    performed.renew(payment_intent)
    return payment_intent


def sync_payment_intent(payment_intent: StripePaymentIntent) -> StripePaymentIntent:
    """Reads the payment, its refunds and its method from Stripe, and updates the mirror."""
    operations.refuse_others(payment_intent)
    operations.sync("payment_intent", str(payment_intent.stripe_payment_intent_id))
    payment_intent.refresh_from_db()
    return payment_intent


def _require_saved(method: StripePaymentMethod | str | None) -> StripePaymentMethod:
    if not isinstance(method, StripePaymentMethod) or not method.is_attached:
        raise ValidationError(
            _("Charging while the customer is away requires a saved payment method."),
            path=("paymentMethodId",),
        )
    return method


def refuse_if_advised(method: StripePaymentMethod) -> None:
    """Checks the last advice for the card, whichever copy of it was charged.

    Card networks fine sites that ignore it:
    https://docs.stripe.com/declines/card#retrying-issuer-declines
    """
    copies = StripePaymentMethod.objects.copies_of(method).exclude(advised_at=None)
    latest = copies.order_by("-advised_at").first()
    if latest is not None and latest.advice_code == declines.DO_NOT_TRY_AGAIN:
        raise CardError(
            _(
                "The customer's bank asked not to charge this card again. The customer can pay "
                "with another card."
            ),
            path=("paymentMethodId",),
            decline_code=declines.DO_NOT_TRY_AGAIN,
            advice=declines.advise("", declines.DO_NOT_TRY_AGAIN),
            advice_code=declines.DO_NOT_TRY_AGAIN,
        )


def _choose_method(
    intent: StripePaymentIntent, method: StripePaymentMethod | str
) -> StripePaymentMethod | str:
    """The payer's method, or a Stripe id that is not known here.

    Another customer's method looks as if it did not exist, also by timing: Stripe is asked about a
    nonexistent id, just as it is asked about an unknown one.
    """
    if isinstance(method, str):
        if not _METHOD_ID.fullmatch(method):
            # Do not store it: people may enter a card number here by mistake.
            raise NotFoundError(_("There is no such payment method."), path=("paymentMethodId",))
        known = get_or_none(StripePaymentMethod.objects.filter(stripe_payment_method_id=method))
        if known is None:
            return method
        if known.customer_id != intent.customer_id:
            return _NOBODYS_METHOD
        method = known
    if method.customer_id != intent.customer_id:
        raise NotFoundError(_("There is no such payment method."), path=("paymentMethodId",))
    return method
