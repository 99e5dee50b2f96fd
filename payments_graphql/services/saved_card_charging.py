"""Charges a customer's saved card while the customer is away: again, after a payment did not
succeed or was returned."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .. import money, operations, policy
from ..errors import CardError, InvalidStateError, PaymentError
from ..models import (
    CaptureMethod,
    Operation,
    StripePaymentIntent,
    StripePaymentMethod,
    balance,
)
from ..policy import Person, get_policy
from . import retries
from .available_actions import Action, check_state
from .bookings import get_open_intent
from .payment_creation import create_payment_intent
from .payment_intents import confirm_payment_intent, refuse_if_advised

__all__ = [
    "ChargedSavedCard",
    "charge_saved_card",
    "find_charge_refusal",
    "get_amount_to_charge",
    "list_saved_cards",
    "needs_new_payment",
]

MOST_CARDS = 20


@dataclass(frozen=True)
class ChargedSavedCard:
    """`payment_intent` is the given payment, or a new one. `refusal` is the error of the charge,
    such as a decline, after the payment was created."""

    payment_intent: StripePaymentIntent
    refusal: PaymentError | None


def list_saved_cards(intent: StripePaymentIntent) -> list[StripePaymentMethod]:
    """The newest saved methods of the payment's customer, one for each card."""
    methods = StripePaymentMethod.objects.attached().filter(customer_id=intent.customer_id)
    newest = methods.select_related("customer").order_by("-created_at", "-id")[:MOST_CARDS]
    by_card: dict[str, StripePaymentMethod] = {}
    for method in newest:
        by_card.setdefault(f"{method.type}:{method.fingerprint or method.pk}", method)
    return list(by_card.values())


def get_amount_to_charge(intent: StripePaymentIntent) -> int:
    """Minor units: the amount of the payment, limited to the amount due for its booking."""
    if intent.is_payable or intent.booking is None:
        return intent.amount
    return min(intent.amount, intent.booking.amount_due)


def find_charge_refusal(intent: StripePaymentIntent, user: Person = None) -> PaymentError | None:
    """Why no saved card can be charged for this payment, or None. Does not look at the cards."""
    try:
        _require_may_charge(intent, user)
        _check_state(intent)
    except PaymentError as error:
        return error
    return None


def charge_saved_card(
    *,
    payment_intent: StripePaymentIntent,
    payment_method: StripePaymentMethod,
    amount: int,
    with_new_payment: bool,
    idempotency_key: str,
    user: Person = None,
) -> ChargedSavedCard:
    """Charges `amount` minor units through this payment, or through a new one for the same booking,
    or for the same amount. The same `idempotency_key` charges once.

    `amount` and `with_new_payment` are what the caller was shown, as `get_amount_to_charge` and
    `needs_new_payment` returned it, so that nothing else happens if the payment has changed since.
    Raises `PaymentError` if nothing was charged and no payment was created.
    """
    operations.refuse_open_transaction()
    _require_may_charge(payment_intent, user)
    refuse_if_advised(payment_method)
    charged = payment_intent
    if with_new_payment:
        key = f"{idempotency_key}:create"
        if not _is_used(key, user):
            _check_new(payment_intent, amount)
        charged = _create(payment_intent, payment_method, amount, key, user)
    try:
        confirm_payment_intent(
            payment_intent=charged,
            payment_method=payment_method,
            off_session=True,
            idempotency_key=f"{idempotency_key}:confirm",
            user=user,
        )
    except PaymentError as error:
        if not with_new_payment and not isinstance(error, CardError):
            raise
        charged.refresh_from_db()
        return ChargedSavedCard(charged, error)
    return ChargedSavedCard(charged, None)


def needs_new_payment(intent: StripePaymentIntent) -> bool:
    """A payment that is finished cannot be charged again. An open one can."""
    return not intent.is_payable


def _is_used(key: str, user: Person) -> bool:
    ours = Operation.objects.ours()
    return ours.filter(actor=operations.actor_of(user), key=key).exists()


def _check_new(intent: StripePaymentIntent, amount: int) -> None:
    _check_state(intent)
    if not needs_new_payment(intent) or amount != get_amount_to_charge(intent):
        raise InvalidStateError(
            _("The payment or the amount due has changed in the meantime. Open the page again."),
            current_status=intent.status,
        )
    open_intent = get_open_intent(intent.booking) if intent.booking is not None else None
    if open_intent is not None:
        raise InvalidStateError(
            _("The booking has another open payment. Charge the card there, or cancel it first."),
            current_status=open_intent.status,
        )


def _create(
    intent: StripePaymentIntent,
    method: StripePaymentMethod,
    amount: int,
    key: str,
    user: Person,
) -> StripePaymentIntent:
    payer = intent.customer.user
    assert payer is not None
    return create_payment_intent(
        user=payer,
        amount=money.to_decimal(amount, intent.currency),
        currency=intent.currency,
        booking=intent.booking,
        partial=True,
        description=intent.description,
        payment_method=method,
        retry_of=intent,
        capture_method=_get_capture_method(intent),
        idempotency_key=key,
        by=user,
    ).payment_intent


def _get_capture_method(intent: StripePaymentIntent) -> str:
    is_manual = intent.capture_method == CaptureMethod.MANUAL
    return CaptureMethod.MANUAL if is_manual else CaptureMethod.AUTOMATIC


def _require_may_charge(intent: StripePaymentIntent, user: Person) -> None:
    if user is not None:
        may = get_policy().may_charge_off_session(user, intent)
        policy.require(may, _("You are not allowed to charge while the customer is away."))


def _check_state(intent: StripePaymentIntent) -> None:
    operations.refuse_others(intent)
    if intent.customer.is_gone:
        raise InvalidStateError(
            _("The customer of this payment was deleted."), current_status=intent.status
        )
    if intent.is_payable:
        check_state(Action.CONFIRM, intent)
    elif not intent.is_terminal:
        raise InvalidStateError(
            _('A payment with the status "%(status)s" cannot be charged again.')
            % {"status": intent.get_status_display().lower()},
            current_status=intent.status,
        )
    else:
        _check_payable_again(intent)


def _check_payable_again(intent: StripePaymentIntent) -> None:
    booking = intent.booking
    if list(intent.disputes.all()):
        reason = _("The customer disputed this payment. Do not charge the card again.")
    elif booking is None:
        # A canceled payment, or one that was returned.
        if not balance.sum_payment(intent).standing:
            retries.refuse_second(intent)
            return
        reason = _("The payment is already paid. Another charge would take the money twice.")
    elif booking.canceled_at is not None:
        reason = _("The booking was canceled.")
    elif not balance.is_of_booking(intent, booking):
        reason = _("The booking now belongs to another customer or has another currency.")
    elif booking.amount_due > 0:
        return
    else:
        reason = _("The booking is already paid.")
    raise InvalidStateError(reason, current_status=intent.status)
