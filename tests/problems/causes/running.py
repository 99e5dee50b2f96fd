"""Events, operations, and the site itself."""

from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from payments_graphql import signals
from payments_graphql.models import (
    DriftFinding,
    EventCursor,
    ImportCursor,
    Operation,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from tests.conftest import WEBHOOK_PATH

from .cause import AGO, Cause, report


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
