"""One customer's payments, at the sandbox and here: what people do, and what happens to the events.

Events wait in `waiting` until they are delivered, in any order, or lost.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import orjson
import stripe
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from payments_graphql import mirror, reconciliation, signals
from payments_graphql.models import (
    Operation,
    StatusChange,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.operations import running
from payments_graphql.services import StripeService
from payments_graphql.webhooks import inbox
from tests.conftest import WEBHOOK_PATH
from tests.faults.equality import assert_mirror_equals_sandbox
from tests.faults.histories import assert_histories_hold
from tests.faults.in_process import InProcessSandbox

_CARDS_ONLY: Any = {"enabled": True, "allow_redirects": "never"}
_SIGNALS = {name: one for name, one in vars(signals).items() if isinstance(one, signals.Signal)}


class World:
    """Takes over the sandbox. `close` undoes everything, within the test's own transaction."""

    def __init__(self, sandbox: InProcessSandbox, user: User) -> None:
        self._savepoint = transaction.savepoint_create()
        self.sandbox = sandbox
        self.user = user
        self.service = StripeService()
        self.client = Client()
        self.stripe = sandbox.new_client()
        self.dashboard = self.stripe.v1
        self.heard: dict[int, list[str]] = defaultdict(list)
        self._receivers = {name: self._hear(name) for name in _SIGNALS}
        for name, receiver in self._receivers.items():
            _SIGNALS[name].connect(receiver)
        self.waiting: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self._collected = 0
        found = self.service.get_or_create_customer(user)
        assert found["success"], found

    def close(self) -> None:
        for name, receiver in self._receivers.items():
            _SIGNALS[name].disconnect(receiver)
        transaction.savepoint_rollback(self._savepoint)
        self.sandbox.close()

    def _hear(self, name: str) -> Callable[..., None]:
        def receive(status_change: StatusChange, **_: Any) -> None:
            self.heard[status_change.pk].append(name)

        return receive

    # What people do.

    @property
    def customer_id(self) -> str:
        customer = self.user.payments_graphql_customers.order_by("generation").last()
        return str(customer.stripe_customer_id)

    def create(self, *, is_ours: bool, **values: Any) -> None:
        if is_ours:
            self.service.create_payment_intent(
                user=self.user, amount="60.00", currency="USD", **values
            )
            return
        parameters = {"amount": 6000, "currency": "usd", "automatic_payment_methods": _CARDS_ONLY}
        capture = values.get("capture_method")
        if capture:
            parameters["capture_method"] = capture
        if values.get("save_payment_method"):
            parameters["setup_future_usage"] = "off_session"
        self.ask("payment_intents", "create", {**parameters, "customer": self.customer_id})

    def ask(self, resource: str, method: str, *arguments: Any) -> Any:
        """Others call Stripe. If it refuses, or the call is lost, that does not matter here."""
        try:
            return getattr(getattr(self.dashboard, resource), method)(*arguments)
        except stripe.StripeError:
            return None

    def find_intent(self, stripe_id: str) -> StripePaymentIntent | None:
        return StripePaymentIntent.objects.filter(stripe_payment_intent_id=stripe_id).first()

    def find_refund(self, stripe_id: str) -> StripeRefund | None:
        return StripeRefund.objects.filter(stripe_refund_id=stripe_id).first()

    def find_method(self, stripe_id: str) -> StripePaymentMethod | None:
        return StripePaymentMethod.objects.filter(stripe_payment_method_id=stripe_id).first()

    @contextmanager
    def before_settling(self, happens: Callable[[], object]) -> Iterator[None]:
        """`happens` between Stripe's answer to our operation and settling here."""
        settle = running.settle_success

        def settle_late(*arguments: Any) -> Any:
            happens()
            return settle(*arguments)

        with mock.patch.object(running, "settle_success", settle_late):
            yield

    # What happens to the events.

    def collect(self) -> None:
        """The events since the last time, in the order in which they happened."""
        events = self.sandbox.list_objects("event")
        self.waiting += events[self._collected :]
        self._collected = len(events)

    def deliver(self, event: dict[str, Any], *, is_other_version: bool = False) -> None:
        if event in self.waiting:
            self.waiting.remove(event)
            self.sent.append(event)
        body = orjson.dumps(_as_of_old(event) if is_other_version else event).decode()
        signature = stripe.WebhookSignature.generate_signature_header(body, "whsec_testing")
        answer = self.client.post(
            WEBHOOK_PATH,
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )
        assert answer.status_code == 200, answer.content

    def deliver_all(self) -> None:
        self.collect()
        for event in list(self.waiting):
            self.deliver(event)

    def work(self) -> None:
        """The worker's round: events that need a read from Stripe. None is pulled."""
        while inbox.process_due():
            pass

    def reconcile(self) -> None:
        now = timezone.now()
        Operation.objects.filter(state__in=("pending", "unknown")).update(next_attempt_at=now)
        reconciliation.reconcile()

    @contextmanager
    def crash_before_signals(self) -> Iterator[None]:
        """Simulates that the process died after the commit, without sending signals."""
        with mock.patch("payments_graphql.mirror.outbox._send", return_value=0):
            yield

    def check(self) -> None:
        while mirror.send_missed_signals(older_than=timedelta()):
            pass
        open_events = StripeWebhookEvent.objects.exclude(state__in=("processed", "ignored"))
        left = list(open_events.values_list("type", "state", "error"))
        assert not left, left
        assert_mirror_equals_sandbox(self.stripe)
        assert_histories_hold(self.heard)


def _as_of_old(event: dict[str, Any]) -> dict[str, Any]:
    """Like an old endpoint: another API version in another format."""
    subject = event["data"]["object"]
    shape = {"id": subject["id"], "object": subject["object"]}
    for name in ("customer", "payment_intent"):
        shape |= {name: subject[name]} if name in subject else {}
    return event | {"api_version": "2015-01-01", "data": {"object": shape}}
