"""Create, confirm, capture and cancel payments; the client secret; one object read anew.

Every function here may call Stripe and so must be called outside of a transaction of the caller's
(`TransactionOpenError`). They raise `errors.PaymentError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from .. import mirror, money, operations, policy, stripe_client
from ..conf import conf
from ..errors import (
    AmountError,
    ErrorCode,
    InvalidStateError,
    NotFoundError,
    OperationInProgressError,
    ValidationError,
)
from ..models import (
    AbstractBooking,
    CaptureMethod,
    Operation,
    OperationKind,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripePaymentMethod,
)
from ..policy import Person
from . import bookings
from .customers import get_or_create_customer
from .inputs import check_description, check_email, check_metadata, check_return_url

__all__ = [
    "ConfirmedPaymentIntent",
    "CreatedPaymentIntent",
    "PayableDetails",
    "cancel_payment_intent",
    "capture_payment_intent",
    "confirm_payment_intent",
    "create_payment_intent",
    "fetch_payable_details",
    "sync_payment_intent",
]


@dataclass(frozen=True)
class CreatedPaymentIntent:
    payment_intent: StripePaymentIntent
    client_secret: str = field(repr=False)
    replayed: bool


@dataclass(frozen=True)
class ConfirmedPaymentIntent:
    """`next_action` is Stripe's, for the page to handle; None when there is nothing to do."""

    payment_intent: StripePaymentIntent
    next_action: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True)
class PayableDetails:
    """What only Stripe knows and we never store."""

    client_secret: str = field(repr=False)
    next_action: Mapping[str, Any] | None = field(repr=False)


def create_payment_intent(
    *,
    user: AbstractBaseUser,
    amount: Decimal | int | str | float | None = None,
    currency: str | None = None,
    booking: AbstractBooking | None = None,
    partial: bool = False,
    description: str = "",
    save_payment_method: bool = False,
    payment_method: StripePaymentMethod | None = None,
    receipt_email: str | None = None,
    metadata: Mapping[str, str] | None = None,
    capture_method: str = CaptureMethod.AUTOMATIC,
    idempotency_key: str | None = None,
) -> CreatedPaymentIntent:
    """A payment of `user`, for `booking` when there is one, which then names the price.

    `amount` is in major units. The same `idempotency_key` with the same input gives the same
    payment again; a booking's open payment of the same amount comes back for any key.
    https://docs.stripe.com/api/payment_intents/create
    """
    operations.refuse_open_transaction()
    request = _CreateRequest(
        user=user,
        amount=amount,
        currency=currency,
        booking=booking,
        partial=partial,
        description=check_description(description),
        save_payment_method=save_payment_method,
        payment_method=payment_method,
        receipt_email=check_email(receipt_email),
        metadata=check_metadata(metadata),
        capture_method=_check_capture_method(capture_method),
    )
    request.check_price()
    asked = request.as_input()
    key = operations.check_key(idempotency_key) or operations.random_key()
    for _ in range(4):
        try:
            performed = operations.perform(
                kind=OperationKind.CREATE_PAYMENT_INTENT,
                actor=operations.actor_of(user),
                key=key,
                input=asked,
                prepare=request.prepare,
                before=request.find_customer,
            )
        except bookings.OpenIntentFound as found:
            open_intent = bookings.settle_open_intent(found)
            if open_intent is None:
                continue  # it was canceled, or its creation has ended: look again
            return _created(open_intent, None, replayed=True)
        assert performed.operation.payment_intent is not None
        return _created(
            performed.operation.payment_intent, performed.answer, replayed=performed.replayed
        )
    raise OperationInProgressError(
        "Another payment for this booking is under way. Try again in a moment."
    )


def confirm_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    payment_method: StripePaymentMethod | str | None = None,
    return_url: str = "",
    user: Person = None,
) -> ConfirmedPaymentIntent:
    """Charge: with a saved method, one given by its id at Stripe, or the one it has already.

    Raises `CardError` for a decline, which leaves the payment payable.
    https://docs.stripe.com/api/payment_intents/confirm
    """
    if user is not None:
        policy.require(
            conf.PAYMENTS_POLICY.may_confirm(user, payment_intent), "confirm this payment"
        )
    parameters: dict[str, Any] = {}
    if payment_method is not None:
        parameters["payment_method"] = _method_id(payment_intent, payment_method)
    if return_url:
        parameters["return_url"] = check_return_url(return_url)

    performed = operations.perform_move(
        kind=OperationKind.CONFIRM_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters=parameters,
        check=_check_confirmable,
    )
    payment_intent.refresh_from_db()
    next_action = None
    if performed.answer is not None:
        next_action = performed.answer.get("next_action")
    elif payment_intent.status == PaymentIntentStatus.REQUIRES_ACTION:
        next_action = fetch_payable_details(payment_intent).next_action
    return ConfirmedPaymentIntent(payment_intent, next_action)


def capture_payment_intent(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    user: Person = None,
) -> StripePaymentIntent:
    """Take authorised money: all of it, or `amount` in major units (the rest is released).

    https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
    """
    if user is not None:
        policy.require(
            conf.PAYMENTS_POLICY.may_capture(user, payment_intent), "capture this payment"
        )
    minor_units = None if amount is None else money.to_minor_units(amount, payment_intent.currency)

    def check(intent: StripePaymentIntent) -> None:
        _require_status(intent, (PaymentIntentStatus.REQUIRES_CAPTURE,), "captured")
        if minor_units is not None and minor_units > intent.amount_capturable:
            maximum = money.to_decimal(intent.amount_capturable, intent.currency)
            raise AmountError(
                f"At most {maximum} {intent.currency} can be captured.",
                code=ErrorCode.AMOUNT_TOO_LARGE,
                path=("amount",),
                currency=intent.currency,
                maximum=maximum,
            )

    operations.perform_move(
        kind=OperationKind.CAPTURE_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters={} if minor_units is None else {"amount_to_capture": minor_units},
        check=check,
    )
    payment_intent.refresh_from_db()
    return payment_intent


CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def cancel_payment_intent(
    *, payment_intent: StripePaymentIntent, reason: str = "", user: Person = None
) -> StripePaymentIntent:
    """Give up a payment that was not made; an authorisation is released.

    https://docs.stripe.com/api/payment_intents/cancel
    """
    if user is not None:
        policy.require(conf.PAYMENTS_POLICY.may_cancel(user, payment_intent), "cancel this payment")
    if reason and reason not in CANCELLATION_REASONS:
        raise ValidationError(
            f"Reason must be one of {', '.join(CANCELLATION_REASONS)}.", path=("reason",)
        )
    operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor=operations.actor_of(user),
        payment_intent=payment_intent,
        parameters={"cancellation_reason": reason} if reason else {},
        check=lambda intent: _require_status(intent, PaymentIntentStatus.cancelable(), "canceled"),
    )
    payment_intent.refresh_from_db()
    return payment_intent


def fetch_payable_details(payment_intent: StripePaymentIntent) -> PayableDetails:
    """The client secret and next action, read from Stripe: neither is ever stored."""
    answer = operations.read(
        stripe_client.retrieve_payment_intent, str(payment_intent.stripe_payment_intent_id)
    )
    return PayableDetails(answer.object["client_secret"], answer.object.get("next_action"))


def sync_payment_intent(payment_intent: StripePaymentIntent) -> StripePaymentIntent:
    """Read the payment, its refunds and its method from Stripe, and mirror what is there."""
    operations.sync("payment_intent", str(payment_intent.stripe_payment_intent_id))
    payment_intent.refresh_from_db()
    return payment_intent


@dataclass
class _CreateRequest:
    """What was asked for, checked; and, within the transaction, priced and written down."""

    user: AbstractBaseUser
    amount: Decimal | int | str | float | None
    currency: str | None
    booking: AbstractBooking | None
    partial: bool
    description: str
    save_payment_method: bool
    payment_method: StripePaymentMethod | None
    receipt_email: str | None
    metadata: dict[str, str]
    capture_method: str
    minor_units: int | None = None

    def check_price(self) -> None:
        """What can be said of amount and currency before anything is read under a lock."""
        if self.booking is None and (self.amount is None or self.currency is None):
            missing = "amount" if self.amount is None else "currency"
            raise ValidationError(
                f"{missing.capitalize()} is required without a booking.", path=(missing,)
            )
        if self.currency is not None:
            self.currency = money.normalize_currency(self.currency)
        if self.amount is not None:
            currency = self.currency or (self.booking.currency if self.booking else "")
            self.minor_units = money.to_minor_units(self.amount, currency)

    def as_input(self) -> dict[str, Any]:
        """What makes a second request with the same key the same request."""
        return {
            "amount": self.minor_units,
            "currency": self.currency,
            "booking": str(self.booking.pk) if self.booking else None,
            "partial": self.partial,
            "description": self.description,
            "save_payment_method": self.save_payment_method,
            "payment_method": str(self.payment_method.pk) if self.payment_method else None,
            "receipt_email": self.receipt_email,
            "metadata": self.metadata,
            "capture_method": self.capture_method,
        }

    def find_customer(self) -> None:
        """Before the transaction, as a first payment asks Stripe for a customer."""
        self.customer = get_or_create_customer(self.user)

    def prepare(self, operation: Operation) -> None:
        minor_units, currency, booking = self.minor_units, self.currency, self.booking
        if booking is not None:
            booking = bookings.lock_booking(booking, user=self.user)
            minor_units, currency = bookings.price(
                booking, minor_units, currency, partial=self.partial
            )
            bookings.refuse_second_open_intent(booking, wanted=minor_units)
        if self.payment_method is not None and (
            self.payment_method.customer_id != self.customer.pk
            or not self.payment_method.is_attached
        ):
            raise NotFoundError("No such payment method.", path=("paymentMethodId",))
        email = self.receipt_email
        if email is None:
            email = check_email(str(getattr(self.user, "email", "") or "")) or ""
        assert minor_units is not None
        assert currency is not None
        intent = StripePaymentIntent.objects.create(
            customer=self.customer,
            booking_id=booking.pk if booking else None,
            amount=minor_units,
            currency=currency,
            description=self.description or (booking.description if booking else ""),
            capture_method=self.capture_method,
            setup_future_usage="off_session" if self.save_payment_method else "",
            metadata=self.metadata,
            receipt_email=email,
            livemode=self.customer.livemode,
            account=self.customer.account,
        )
        operation.payment_intent = intent
        operation.customer = self.customer
        operation.parameters = self._parameters(operation, intent)

    def _parameters(self, operation: Operation, intent: StripePaymentIntent) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "amount": intent.amount,
            "currency": intent.currency.lower(),
            "customer": self.customer.stripe_customer_id,
            "capture_method": intent.capture_method,
            # Cards can then be confirmed from the server without a page to return to.
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {
                **self.metadata,
                **mirror.our_metadata(operation.pk, payment_intent=intent.pk),
            },
        }
        optional = {
            "description": intent.description,
            "receipt_email": intent.receipt_email,
            "setup_future_usage": intent.setup_future_usage,
            "payment_method": self.payment_method and self.payment_method.stripe_payment_method_id,
        }
        return parameters | {name: value for name, value in optional.items() if value}


def _created(
    intent: StripePaymentIntent, answer: Mapping[str, Any] | None, *, replayed: bool
) -> CreatedPaymentIntent:
    intent.refresh_from_db()
    client_secret = ""
    if answer:
        client_secret = answer["client_secret"]
    elif intent.is_payable:
        client_secret = fetch_payable_details(intent).client_secret
    return CreatedPaymentIntent(intent, client_secret, replayed)


def _check_capture_method(capture_method: str) -> str:
    if capture_method not in (CaptureMethod.AUTOMATIC, CaptureMethod.MANUAL):
        raise ValidationError(
            "Capture method must be automatic or manual.", path=("captureMethod",)
        )
    return str(capture_method)


def _check_confirmable(intent: StripePaymentIntent) -> None:
    _require_status(intent, PaymentIntentStatus.payable(), "confirmed")
    booking = intent.booking
    if booking is not None and booking.canceled_at is not None:
        raise InvalidStateError(
            "The booking was canceled, so it can no longer be paid.",
            current_status="canceled",
        )


def _method_id(intent: StripePaymentIntent, method: StripePaymentMethod | str) -> str:
    """The method's id at Stripe; another customer's is as if it did not exist."""
    if isinstance(method, str):
        known = StripePaymentMethod.objects.filter(stripe_payment_method_id=method).first()
        if known is None:
            return method
        method = known
    if method.customer_id != intent.customer_id:
        raise NotFoundError("No such payment method.", path=("paymentMethodId",))
    return method.stripe_payment_method_id


def _require_status(
    intent: StripePaymentIntent, allowed: tuple[PaymentIntentStatus, ...], done: str
) -> None:
    if intent.status not in allowed:
        raise InvalidStateError(
            f"A payment that is {intent.status} cannot be {done}; it must be "
            f"{' or '.join(allowed)}.",
            current_status=intent.status,
            allowed=tuple(str(status) for status in allowed),
        )
