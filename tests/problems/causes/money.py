"""Holds, refunds, disputes and bookings that need a decision."""

from datetime import timedelta

from django.utils import timezone

from payments_graphql.models import (
    Booking,
    RefundRequest,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)
from payments_graphql.services.disputes import accept_dispute

from .cause import Cause


class ExpiringHolds(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.intent = self.pay(self.alice, capture_method="manual")
        soon = timezone.now() + timedelta(hours=3)
        StripePaymentIntent.objects.filter(pk=self.intent.pk).update(capture_before=soon)

    def clear(self) -> None:
        assert self.service.capture_payment_intent(self.intent)["success"]


class DisputesToAnswer(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.pay(self.alice, method="pm_card_createDispute")
        self.deliver(*self.events())

    def clear(self) -> None:
        accept_dispute(dispute=StripeDispute.objects.get(), user=self.sam)


class FailedRefunds(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        paid = self.pay(self.alice, method="pm_card_refundFail")
        assert self.service.create_refund(paid)["success"]
        self.sandbox.advance(2)
        self.deliver(*self.events())

    def clear(self) -> None:
        self.press(StripeRefund.objects.get(), "settle_failure")


class RefundsToApprove(Cause):
    amounts = (("USD", 6000),)

    def cause(self) -> None:
        self.settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "40.00"}
        paid = self.pay(self.alice)
        refused = self.service.create_refund(paid, amount="60.00", user=self.sue)
        assert refused["error_code"] == "approval_required", refused

    def clear(self) -> None:
        self.press(RefundRequest.objects.get(), "approve")
        assert StripeRefund.objects.get().amount == 6000


class OverpaidBookings(Cause):
    amounts = (("USD", 4999),)

    def cause(self) -> None:
        self.pay(self.alice, None, None, booking=self.booking)
        Booking.objects.update(amount=5000)

    def clear(self) -> None:
        self.press(self.booking, "refund_overpayment")


class CanceledButPaidBookings(OverpaidBookings):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.pay(self.alice, None, None, booking=self.booking)
        Booking.objects.update(canceled_at=timezone.now())


class PaymentsNotCounted(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.paid = self.pay(self.alice, None, None, booking=self.booking)
        Booking.objects.update(user=self.bob)

    def clear(self) -> None:
        assert self.service.create_refund(self.paid)["success"]


class HoldsNotDue(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.held = self.pay(self.alice, None, None, booking=self.booking, capture_method="manual")
        Booking.objects.update(canceled_at=timezone.now())

    def clear(self) -> None:
        assert self.service.cancel_payment_intent(self.held)["success"]
