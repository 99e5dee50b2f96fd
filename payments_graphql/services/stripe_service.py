"""The user's contract: payments from Python, with results instead of exceptions."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser

from ..errors import CardError, PaymentError
from ..models import (
    AbstractBooking,
    CaptureMethod,
    SetupIntentUsage,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)
from . import (
    booking_changes,
    booking_writes,
    customers,
    overpayments,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from .results import (
    BookingPut,
    BookingReleased,
    ClientSecret,
    CustomerFound,
    Failure,
    OverpaymentRefunded,
    PaymentIntentConfirmed,
    PaymentIntentCreated,
    PaymentIntentDone,
    PaymentMethodDone,
    RefundCreated,
    RefundDone,
    SetupIntentCreated,
)

type Amount = Decimal | int | str | float


class StripeService:
    """Trusted code: it may name any price, and no permission is asked unless `user` is given to
    confirm, capture, cancel, update or refund. Amounts are in major units ("99.99").

    Methods raise nothing but programming errors, such as `TransactionOpenError`.
    """

    def create_payment_intent(
        self,
        *,
        user: AbstractBaseUser,
        amount: Amount | None = None,
        currency: str | None = None,
        description: str = "",
        booking: AbstractBooking | None = None,
        partial: bool = False,
        save_payment_method: bool = False,
        payment_method: StripePaymentMethod | None = None,
        receipt_email: str | None = None,
        metadata: Mapping[str, str] | None = None,
        capture_method: str = CaptureMethod.AUTOMATIC,
        idempotency_key: str | None = None,
    ) -> PaymentIntentCreated | Failure:
        """See `payment_intents.create_payment_intent`."""
        try:
            created = payment_intents.create_payment_intent(
                user=user,
                amount=amount,
                currency=currency,
                description=description,
                booking=booking,
                partial=partial,
                save_payment_method=save_payment_method,
                payment_method=payment_method,
                receipt_email=receipt_email,
                metadata=metadata,
                capture_method=capture_method,
                idempotency_key=idempotency_key,
            )
        except PaymentError as error:
            return _failure(error)
        return {
            "success": True,
            "payment_intent": created.payment_intent,
            "client_secret": created.client_secret,
            "replayed": created.replayed,
        }

    def confirm_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        payment_method: StripePaymentMethod | str | None = None,
        return_url: str = "",
        off_session: bool = False,
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentConfirmed | Failure:
        """`off_session`: the customer is away, and a saved method is charged. One whose bank wants
        them fails with `authentication_required`, and `advice` says what the page must do next."""
        try:
            confirmed = payment_intents.confirm_payment_intent(
                payment_intent=payment_intent,
                payment_method=payment_method,
                return_url=return_url,
                off_session=off_session,
                user=user,
            )
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {
            "success": True,
            "payment_intent": confirmed.payment_intent,
            "requires_action": confirmed.payment_intent.status == "requires_action",
            "next_action": confirmed.next_action,
        }

    def update_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        amount: Amount | None = None,
        partial: bool = False,
        description: str | None = None,
        receipt_email: str | None = None,
        metadata: Mapping[str, str] | None = None,
        save_payment_method: bool | None = None,
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentDone | Failure:
        """See `payment_intents.update_payment_intent`: what is None stays."""
        try:
            intent = payment_intents.update_payment_intent(
                payment_intent=payment_intent,
                amount=amount,
                partial=partial,
                description=description,
                receipt_email=receipt_email,
                metadata=metadata,
                save_payment_method=save_payment_method,
                user=user,
            )
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "payment_intent": intent}

    def capture_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        amount: Amount | None = None,
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentDone | Failure:
        try:
            intent = payment_intents.capture_payment_intent(
                payment_intent=payment_intent, amount=amount, user=user
            )
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "payment_intent": intent}

    def cancel_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        reason: str = "",
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentDone | Failure:
        try:
            intent = payment_intents.cancel_payment_intent(
                payment_intent=payment_intent, reason=reason, user=user
            )
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "payment_intent": intent}

    def get_client_secret(self, payment_intent: StripePaymentIntent) -> ClientSecret | Failure:
        """Read from Stripe; it is stored nowhere."""
        try:
            details = payment_intents.fetch_payable_details(payment_intent)
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "client_secret": details.client_secret}

    def sync_payment_intent(
        self, payment_intent: StripePaymentIntent
    ) -> PaymentIntentDone | Failure:
        """Read it anew from Stripe, with its refunds."""
        try:
            intent = payment_intents.sync_payment_intent(payment_intent)
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "payment_intent": intent}

    def create_refund(
        self,
        payment_intent: StripePaymentIntent,
        *,
        amount: Amount | None = None,
        reason: str = "",
        description: str = "",
        reduces_amount_due: bool | None = None,
        idempotency_key: str | None = None,
        user: AbstractBaseUser | None = None,
    ) -> RefundCreated | Failure:
        """`amount`, or all that is left.

        `reduces_amount_due`: does the booking cost that much less (true), or does the customer owe
        it again (false)? By default true for a part of what was paid, unless the reason is
        `duplicate` or `fraudulent`, and false when nothing is left of it.
        """
        try:
            refund, replayed = refunds.create_refund(
                payment_intent=payment_intent,
                amount=amount,
                reason=reason,
                description=description,
                reduces_amount_due=reduces_amount_due,
                idempotency_key=idempotency_key,
                user=user,
            )
        except PaymentError as error:
            return _failure(error, payment_intent)
        return {"success": True, "refund": refund, "replayed": replayed}

    def cancel_refund(
        self, refund: StripeRefund, *, user: AbstractBaseUser | None = None
    ) -> RefundDone | Failure:
        """Only one that waits for the customer (`requires_action`); few do."""
        try:
            return {"success": True, "refund": refunds.cancel_refund(refund=refund, user=user)}
        except PaymentError as error:
            return _failure(error)

    def put_booking(
        self,
        *,
        reference: str,
        user: AbstractBaseUser,
        amount: Amount,
        currency: str,
        description: str = "",
        canceled: bool = False,
    ) -> BookingPut | Failure:
        """For a site that keeps its bookings in a table of its own: call it on every save of a row,
        within its transaction. See `booking_writes.put_booking` and docs/bookings.md."""
        try:
            written = booking_writes.put_booking(
                reference=reference,
                user=user,
                amount=amount,
                currency=currency,
                description=description,
                canceled=canceled,
            )
        except PaymentError as error:
            return _failure(error)
        release = written.release
        return {
            "success": True,
            "booking": written.booking,
            "outcome": written.outcome,
            "changed": written.changed,
            "released": release.outcome if release else None,
            "payment_intent": release.payment_intent if release else None,
        }

    def booking_changed(self, booking: AbstractBooking) -> BookingReleased | Failure:
        """Call it once a new price or a cancellation is committed: the open payment is canceled
        unless it is for what is due. See `booking_changes.release_open_intent`."""
        try:
            released = booking_changes.release_open_intent(booking)
        except PaymentError as error:
            return _failure(error)
        return {
            "success": True,
            "outcome": released.outcome,
            "payment_intent": released.payment_intent,
        }

    def refund_overpayment(
        self, booking: AbstractBooking, *, user: AbstractBaseUser | None = None
    ) -> OverpaymentRefunded | Failure:
        """All of `booking.amount_overpaid`, from its newest payments."""
        try:
            made = overpayments.refund_overpayment(booking=booking, user=user)
        except PaymentError as error:
            return _failure(error)
        return {"success": True, "refunds": made}

    def create_setup_intent(
        self,
        *,
        user: AbstractBaseUser,
        usage: str = SetupIntentUsage.OFF_SESSION,
        idempotency_key: str | None = None,
    ) -> SetupIntentCreated | Failure:
        """Begin to save a card without a payment; the page confirms it with Stripe.js."""
        try:
            created = setup_intents.create_setup_intent(
                user=user, usage=usage, idempotency_key=idempotency_key
            )
        except PaymentError as error:
            return _failure(error)
        return {
            "success": True,
            "setup_intent": created.setup_intent,
            "client_secret": created.client_secret,
            "replayed": created.replayed,
        }

    def get_or_create_customer(self, user: AbstractBaseUser) -> CustomerFound | Failure:
        try:
            return {"success": True, "customer": customers.get_or_create_customer(user)}
        except PaymentError as error:
            return _failure(error)

    def list_payment_methods(self, user: AbstractBaseUser) -> list[StripePaymentMethod]:
        """The saved ones, newest first, one for each card."""
        return payment_methods.list_payment_methods(user)

    def set_default_payment_method(
        self, payment_method: StripePaymentMethod
    ) -> PaymentMethodDone | Failure:
        try:
            method = payment_methods.set_default_payment_method(payment_method=payment_method)
        except PaymentError as error:
            return _failure(error)
        return {"success": True, "payment_method": method}

    def detach_payment_method(
        self, payment_method: StripePaymentMethod
    ) -> PaymentMethodDone | Failure:
        try:
            method = payment_methods.detach_payment_method(payment_method=payment_method)
        except PaymentError as error:
            return _failure(error)
        return {"success": True, "payment_method": method}


def _failure(error: PaymentError, payment_intent: StripePaymentIntent | None = None) -> Failure:
    code = error.decline_code if isinstance(error, CardError) else ""
    if payment_intent is not None:
        payment_intent.refresh_from_db()
    return {
        "success": False,
        "error": error.message,
        "error_code": code or error.code.value,
        "advice": error.advice if isinstance(error, CardError) else "",
        "advice_code": error.advice_code if isinstance(error, CardError) else "",
        "retryable": error.retryable,
        "payment_intent": payment_intent,
    }
