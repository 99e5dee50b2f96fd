"""Payments from Python, with results instead of exceptions."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser

from ..models import (
    AbstractBooking,
    CaptureMethod,
    RefundRequest,
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
    refund_approvals,
    refunds,
    setup_intents,
)
from .dispute_methods import DisputeMethods
from .results import (
    BookingPut,
    BookingReleased,
    ClientSecret,
    CustomerFound,
    OverpaymentRefunded,
    PaymentIntentConfirmed,
    PaymentIntentCreated,
    PaymentIntentDone,
    PaymentMethodDone,
    RefundCreated,
    RefundDone,
    RefundRequestDone,
    SetupIntentCreated,
    returning_failures,
)

type Amount = Decimal | int | str | float


class StripeService(DisputeMethods):
    """Trusted code: it may set any price. Permissions are only checked if you give a `user` to
    confirm, capture, cancel, update, refund or answer a dispute. Amounts are in major units
    ("99.99").

    Methods that can fail return a `Failure`. They raise only programming errors, such as
    `TransactionOpenError`.
    """

    @returning_failures
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
    ) -> PaymentIntentCreated:
        """See `payment_intents.create_payment_intent`."""
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
        return {
            "success": True,
            "payment_intent": created.payment_intent,
            "client_secret": created.client_secret,
            "replayed": created.replayed,
        }

    @returning_failures
    def confirm_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        payment_method: StripePaymentMethod | str | None = None,
        return_url: str = "",
        off_session: bool = False,
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentConfirmed:
        """`off_session`: the customer is away, and a saved method is charged. If the bank requires
        the customer, the result is `authentication_required`, and `advice` says what to do next."""
        confirmed = payment_intents.confirm_payment_intent(
            payment_intent=payment_intent,
            payment_method=payment_method,
            return_url=return_url,
            off_session=off_session,
            user=user,
        )
        return {
            "success": True,
            "payment_intent": confirmed.payment_intent,
            "requires_action": confirmed.payment_intent.status == "requires_action",
            "next_action": confirmed.next_action,
        }

    @returning_failures
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
    ) -> PaymentIntentDone:
        """See `payment_intents.update_payment_intent`. None leaves a value unchanged."""
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
        return {"success": True, "payment_intent": intent}

    @returning_failures
    def capture_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        amount: Amount | None = None,
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentDone:
        intent = payment_intents.capture_payment_intent(
            payment_intent=payment_intent, amount=amount, user=user
        )
        return {"success": True, "payment_intent": intent}

    @returning_failures
    def cancel_payment_intent(
        self,
        payment_intent: StripePaymentIntent,
        *,
        reason: str = "",
        user: AbstractBaseUser | None = None,
    ) -> PaymentIntentDone:
        intent = payment_intents.cancel_payment_intent(
            payment_intent=payment_intent, reason=reason, user=user
        )
        return {"success": True, "payment_intent": intent}

    @returning_failures
    def get_client_secret(self, payment_intent: StripePaymentIntent) -> ClientSecret:
        """Read from Stripe. It is never stored."""
        details = payment_intents.fetch_payable_details(payment_intent)
        return {"success": True, "client_secret": details.client_secret}

    @returning_failures
    def sync_payment_intent(self, payment_intent: StripePaymentIntent) -> PaymentIntentDone:
        """Reads the payment and its refunds from Stripe again."""
        intent = payment_intents.sync_payment_intent(payment_intent)
        return {"success": True, "payment_intent": intent}

    @returning_failures
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
        request_approval: bool = False,
    ) -> RefundCreated:
        """Refunds `amount`, or everything that is left. `approval_required` means that the refund
        waits for a second person: see docs/refund-approval.md.

        `reduces_amount_due` says whether the price of the booking falls by this amount (true), or
        the customer owes the amount again (false). Default: true for a partial refund, unless the
        reason is `duplicate` or `fraudulent`; false for a full refund.
        """
        refund, replayed = refunds.create_refund(
            payment_intent=payment_intent,
            amount=amount,
            reason=reason,
            description=description,
            reduces_amount_due=reduces_amount_due,
            idempotency_key=idempotency_key,
            user=user,
            request_approval=request_approval,
        )
        return {"success": True, "refund": refund, "replayed": replayed}

    @returning_failures
    def approve_refund(
        self, request: RefundRequest, *, user: AbstractBaseUser | None = None
    ) -> RefundDone:
        """See `refund_approvals.approve_refund`."""
        refund = refund_approvals.approve_refund(request=request, user=user)
        return {"success": True, "refund": refund}

    @returning_failures
    def reject_refund(
        self, request: RefundRequest, *, user: AbstractBaseUser | None = None, note: str = ""
    ) -> RefundRequestDone:
        """See `refund_approvals.reject_refund`."""
        row = refund_approvals.reject_refund(request=request, user=user, note=note)
        return {"success": True, "refund_request": row}

    @returning_failures
    def cancel_refund(
        self, refund: StripeRefund, *, user: AbstractBaseUser | None = None
    ) -> RefundDone:
        """Only a refund that waits for the customer (`requires_action`) can be canceled."""
        return {"success": True, "refund": refunds.cancel_refund(refund=refund, user=user)}

    @returning_failures
    def put_booking(
        self,
        *,
        reference: str,
        user: AbstractBaseUser,
        amount: Amount,
        currency: str,
        description: str = "",
        canceled: bool = False,
    ) -> BookingPut:
        """For a site that keeps its bookings in its own table. Call it on every save of a row,
        inside its transaction. See `booking_writes.put_booking` and docs/bookings.md."""
        written = booking_writes.put_booking(
            reference=reference,
            user=user,
            amount=amount,
            currency=currency,
            description=description,
            canceled=canceled,
        )
        release = written.release
        return {
            "success": True,
            "booking": written.booking,
            "outcome": written.outcome,
            "changed": written.changed,
            "released": release.outcome if release else None,
            "payment_intent": release.payment_intent if release else None,
        }

    @returning_failures
    def booking_changed(self, booking: AbstractBooking) -> BookingReleased:
        """Call it after a new price or a cancellation is committed. Cancels the open payment,
        unless it is for the amount due. See `booking_changes.release_open_intent`."""
        released = booking_changes.release_open_intent(booking)
        return {
            "success": True,
            "outcome": released.outcome,
            "payment_intent": released.payment_intent,
        }

    @returning_failures
    def refund_overpayment(
        self, booking: AbstractBooking, *, user: AbstractBaseUser | None = None
    ) -> OverpaymentRefunded:
        """Refunds all of `booking.amount_overpaid`, from the newest payments."""
        made = overpayments.refund_overpayment(booking=booking, user=user)
        return {"success": True, "refunds": made}

    @returning_failures
    def create_setup_intent(
        self,
        *,
        user: AbstractBaseUser,
        usage: str = SetupIntentUsage.OFF_SESSION,
        idempotency_key: str | None = None,
    ) -> SetupIntentCreated:
        """Creates a setup intent, to save a card without a payment. The page confirms it with
        Stripe.js."""
        created = setup_intents.create_setup_intent(
            user=user, usage=usage, idempotency_key=idempotency_key
        )
        return {
            "success": True,
            "setup_intent": created.setup_intent,
            "client_secret": created.client_secret,
            "replayed": created.replayed,
        }

    @returning_failures
    def get_or_create_customer(self, user: AbstractBaseUser) -> CustomerFound:
        return {"success": True, "customer": customers.get_or_create_customer(user)}

    def list_payment_methods(self, user: AbstractBaseUser) -> list[StripePaymentMethod]:
        """The saved methods, newest first, one for each card."""
        return payment_methods.list_payment_methods(user)

    @returning_failures
    def set_default_payment_method(self, payment_method: StripePaymentMethod) -> PaymentMethodDone:
        method = payment_methods.set_default_payment_method(payment_method=payment_method)
        return {"success": True, "payment_method": method}

    @returning_failures
    def detach_payment_method(self, payment_method: StripePaymentMethod) -> PaymentMethodDone:
        method = payment_methods.detach_payment_method(payment_method=payment_method)
        return {"success": True, "payment_method": method}
