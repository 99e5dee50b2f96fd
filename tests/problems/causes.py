"""Causes each kind of problem, and lets it clear, as it happens on a site."""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from payments_graphql import signals
from payments_graphql.models import (
    Booking,
    DriftFinding,
    EventCursor,
    ImportCursor,
    Operation,
    RefundRequest,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.disputes import accept_dispute
from tests.conftest import WEBHOOK_PATH

AGO = timedelta(hours=5)


class Cause:
    """`count` and `amounts` are those of the problem that `cause` brings about."""

    count: int = 1
    amounts: tuple[tuple[str, int], ...] = ()

    def __init__(self, world: Any) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Any:
        """The fixtures."""
        return self.world.getfixturevalue(name)

    def cause(self) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        raise NotImplementedError

    def press(self, row: Any, question: str) -> None:
        """Does what a button on the page of the row asks for."""
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{question}"
        done = self.staff_client.post(reverse(name, args=(row.pk,)), {"is_sure": "on"})
        assert done.status_code == 302, done.text


class ReconcileSilent(Cause):
    def cause(self) -> None:
        EventCursor.objects.update(read_until=timezone.now() - AGO)

    def clear(self) -> None:
        reconcile()


class OperationsToReview(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        intent = self.pay(self.alice)
        self.operation = Operation.objects.create(
            actor="user:1", key="k", kind="capture_payment_intent", state="needs_review",
            payment_intent=intent, finding="nothing",
        )  # fmt: skip

    def clear(self) -> None:
        self.press(self.operation, "resolve")


class ExpiringHolds(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        self.intent = self.pay(self.alice, capture_method="manual")
        soon = timezone.now() + timedelta(hours=3)
        StripePaymentIntent.objects.filter(pk=self.intent.pk).update(capture_before=soon)

    def clear(self) -> None:
        assert self.service.capture_payment_intent(self.intent)["success"]


class Drift(Cause):
    amounts = (("USD", 1000),)

    def cause(self) -> None:
        created = self.service.create_payment_intent(user=self.alice, amount=10, currency="USD")
        stripe_id = created["payment_intent"].stripe_payment_intent_id
        self.dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
        report()

    def clear(self) -> None:
        """The event comes late, and the next round compares again."""
        self.deliver(*self.events())
        DriftFinding.objects.update(compared_at=timezone.now() - AGO)
        reconcile()


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


class WebhooksRefused(Cause):
    def cause(self) -> None:
        self.pay(self.alice)
        (event,) = self.events("payment_intent.succeeded")
        header = "t=1800000000,v1=0"
        refused = self.client.post(
            WEBHOOK_PATH, event, content_type="application/json",
            headers={"Stripe-Signature": header},
        )  # fmt: skip
        assert refused.status_code == 400

    def clear(self) -> None:
        self.deliver(*self.events())


class SilentWebhooks(Cause):
    count = 3
    amounts = (("USD", 3 * 9999),)

    def cause(self) -> None:
        for _ in range(3):
            self.pay(self.alice)
        StripePaymentIntent.objects.update(created_at=timezone.now() - AGO)

    def clear(self) -> None:
        self.deliver(*self.events())


class WrongApiVersion(Cause):
    def cause(self) -> None:
        self.pay(self.alice)
        (event,) = self.events("payment_intent.succeeded")
        self.deliver(event | {"api_version": "2020-08-27"})

    def clear(self) -> None:
        StripeWebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=2))


class DeadEvents(Cause):
    def cause(self) -> None:
        self.event = _make_event(state="dead", error="disk full")

    def clear(self) -> None:
        self.event.refresh_from_db()
        self.pay(self.alice)
        (event,) = self.events("payment_intent.succeeded")
        StripeWebhookEvent.objects.filter(pk=self.event.pk).update(
            payload=event, type=event["type"], attempts=12
        )
        self.press(self.event, "retry")


class OverdueEvents(Cause):
    def cause(self) -> None:
        event = _make_event(state="pending", next_attempt_at=timezone.now() - AGO)
        StripeWebhookEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - AGO)

    def clear(self) -> None:
        self.pay(self.alice)
        (event,) = self.events("payment_intent.succeeded")
        StripeWebhookEvent.objects.update(payload=event, type=event["type"])
        reconcile()


class OverdueOperations(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        intent = self.pay(self.alice)
        Operation.objects.create(
            actor="user:1", key="k", kind="cancel_payment_intent", state="unknown",
            payment_intent=intent, next_attempt_at=timezone.now() - AGO,
        )  # fmt: skip

    def clear(self) -> None:
        reconcile()


class UnsentSignals(Cause):
    is_broken = True

    def cause(self) -> None:
        def receive(**_: Any) -> None:
            if self.is_broken:
                raise ZeroDivisionError

        self.receive = receive
        signals.payment_intent_succeeded.connect(receive)
        self.pay(self.alice)
        StatusChange.objects.update(created_at=F("created_at") - AGO)

    def clear(self) -> None:
        self.is_broken = False
        reconcile()
        signals.payment_intent_succeeded.disconnect(self.receive)


class LeftOverRows(Cause):
    amounts = (("USD", 9999),)

    def cause(self) -> None:
        customer = self.pay(self.alice).customer
        StripePaymentIntent.objects.create(
            customer=customer, booking=self.booking, amount=9999, currency="USD"
        )

    def clear(self) -> None:
        report("--repair")


class UnfinishedImport(Cause):
    def cause(self) -> None:
        ImportCursor.objects.create(kind="customer")

    def clear(self) -> None:
        call_command("payments_sync", stdout=StringIO())


class UnknownCustomers(Cause):
    def cause(self) -> None:
        other = self.dashboard.v1.customers.create({})
        self.dashboard.v1.payment_intents.create(
            {
                "amount": 2000, "currency": "usd", "customer": other.id, "confirm": True,
                "payment_method": "pm_card_visa", "payment_method_types": ["card"],
            }
        )  # fmt: skip
        self.deliver(*self.events())

    def clear(self) -> None:
        StripeWebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=2))


def _make_event(**values: Any) -> StripeWebhookEvent:
    return StripeWebhookEvent.objects.create(
        event_id="evt_1", type="refund.created", stripe_created=timezone.now(), **values
    )


def report(what: str = "--report") -> str:
    output = StringIO()
    with suppress(SystemExit):
        call_command("payments_reconcile", what, stdout=output)
    return output.getvalue()


CAUSES: dict[str, type[Cause]] = {
    "reconcile_silent": ReconcileSilent,
    "operations_to_review": OperationsToReview,
    "expiring_holds": ExpiringHolds,
    "drift": Drift,
    "disputes_to_answer": DisputesToAnswer,
    "failed_refunds": FailedRefunds,
    "refunds_to_approve": RefundsToApprove,
    "overpaid_bookings": OverpaidBookings,
    "canceled_but_paid_bookings": CanceledButPaidBookings,
    "payments_not_counted": PaymentsNotCounted,
    "holds_not_due": HoldsNotDue,
    "webhooks_refused": WebhooksRefused,
    "silent_webhooks": SilentWebhooks,
    "wrong_api_version": WrongApiVersion,
    "dead_events": DeadEvents,
    "overdue_events": OverdueEvents,
    "overdue_operations": OverdueOperations,
    "unsent_signals": UnsentSignals,
    "left_over_rows": LeftOverRows,
    "unfinished_import": UnfinishedImport,
    "unknown_customers": UnknownCustomers,
}
