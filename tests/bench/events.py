"""Events of mirrored payments: real ones from the sandbox, and as many copies as needed.

Three per payment, in Stripe's order: created, charged, succeeded. A copy has its own ids and is
otherwise identical, since a sandbox only makes about 300 payments a second.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from tests.bench.database import WEBHOOK_SECRET
from tests.bench.load import Client
from tests.bench.processes import PAYMENT, Server, make_payments, running

REAL_PAYMENTS = 1000
CUSTOMERS = 50
OF_PAYMENT = 3
TYPES = ("payment_intent.created", "charge.succeeded", "payment_intent.succeeded")
"""Stripe does not define their order. The sandbox uses this one."""


@dataclass(frozen=True)
class Payment:
    """Its ids and the bodies of its webhooks. `ids` are the ones in the bodies, which each copy
    replaces."""

    intent: str
    charge: str
    ids: tuple[str, ...]
    bodies: tuple[str, ...]


@dataclass(frozen=True)
class Events:
    """Numbered from 0, without end."""

    payments: tuple[Payment, ...]

    def body(self, number: int) -> str:
        payment, copy = self._find(number)
        body = payment.bodies[number % OF_PAYMENT]
        if copy:
            for one in payment.ids:
                body = body.replace(one, f"{one}C{copy}")
        return body

    def intent_id(self, number: int) -> str:
        payment, copy = self._find(number)
        return _name(payment.intent, copy)

    def charge_id(self, number: int) -> str:
        payment, copy = self._find(number)
        return _name(payment.charge, copy)

    def _find(self, number: int) -> tuple[Payment, int]:
        copy, place = divmod(number // OF_PAYMENT, len(self.payments))
        return self.payments[place], copy


@dataclass(frozen=True)
class Delivery:
    """Posts events from `first` on, signed like Stripe does."""

    events: Events
    path: str
    first: int = 0

    async def __call__(self, client: Client, number: int) -> str:
        body = self.events.body(self.first + number)
        signature = stripe.WebhookSignature.generate_signature_header(
            body, WEBHOOK_SECRET, timestamp=int(time.time())
        )
        headers = f"Stripe-Signature: {signature}\r\n"
        status, _ = await client.post(self.path, body.encode(), headers)
        return "ok" if status == 200 else str(status)


def prepare_events(count: int) -> Events:
    """As `prepare_events_at`. The sandbox that made them ends with this. Another one plays Stripe
    afterwards, with an empty list of events, so that `payments_reconcile` does not read these
    events before their webhooks arrive."""
    with running() as sandbox:
        return prepare_events_at(sandbox, count)


def prepare_events_at(sandbox: Server, count: int) -> Events:
    """Pays, and puts `count` / 3 payments into the mirror as they are before their first event. The
    objects of the first `REAL_PAYMENTS` can be read from the sandbox."""
    payments = -(-count // OF_PAYMENT)
    customers = _make_customers(sandbox)
    make_payments(sandbox, min(REAL_PAYMENTS, payments), customers=customers)
    events = Events(tuple(_collect(sandbox)))
    _mirror(events, payments)
    return events


def count_right_payments(events: Events, first: int, end: int) -> int:
    """The payments of events `first` to `end` that the mirror has in Stripe's state."""
    from payments_graphql.models import StatusChange, StripePaymentIntent

    expected = {
        events.intent_id(number): events.charge_id(number)
        for number in range(first, end - OF_PAYMENT + 1, OF_PAYMENT)
    }
    amount = int(PAYMENT["amount"])
    rows = StripePaymentIntent.objects.filter(
        status="succeeded", amount=amount, amount_received=amount, payment_method__isnull=False
    ).values_list("pk", "stripe_payment_intent_id", "latest_charge_id")
    once = set(
        StatusChange.objects.filter(to_status="succeeded", signaled_at__isnull=False)
        .values_list("payment_intent", flat=True)
        .iterator()
    )
    changes = StatusChange.objects.filter(to_status="succeeded").count()
    right = sum(
        pk in once and expected.get(str(intent)) == charge for pk, intent, charge in rows.iterator()
    )
    return right if changes == len(once) else -1


def _make_customers(sandbox: Server) -> list[str]:
    from django.contrib.auth.models import User

    from payments_graphql.models import StripeCustomer

    connection = sandbox.connect()
    ids = [connection.call("POST", "/v1/customers", {})["id"] for _ in range(CUSTOMERS)]
    connection.close()
    users = User.objects.bulk_create(
        User(username=f"customer-{number}") for number in range(CUSTOMERS)
    )
    StripeCustomer.objects.bulk_create(
        StripeCustomer(user=user, stripe_customer_id=one, as_of=datetime.now(UTC))
        for user, one in zip(users, ids, strict=True)
    )
    return ids


def _collect(sandbox: Server) -> list[Payment]:
    found: dict[str, dict[str, Any]] = {}
    connection = sandbox.connect()
    for event in connection.list_all("/v1/events"):
        subject = event["data"]["object"]
        if event["type"] in TYPES:
            intent = subject.get("payment_intent") or subject["id"]
            found.setdefault(intent, {})[event["type"]] = event
    connection.close()
    return [_make_payment(intent, of_type) for intent, of_type in sorted(found.items())]


def _make_payment(intent: str, of_type: dict[str, Any]) -> Payment:
    events = [of_type[one] for one in TYPES]
    charge = of_type["charge.succeeded"]["data"]["object"]
    own = (intent, charge["id"], charge["payment_method"], *(event["id"] for event in events))
    bodies = tuple(json.dumps(event, indent=2) for event in events)
    return Payment(intent, charge["id"], own, bodies)


def _mirror(events: Events, payments: int) -> None:
    from payments_graphql.models import StripeCustomer, StripePaymentIntent

    customers = dict(StripeCustomer.objects.values_list("stripe_customer_id", "pk"))
    owners = [
        customers[json.loads(one.bodies[0])["data"]["object"]["customer"]]
        for one in events.payments
    ]
    earlier = datetime.now(UTC) - timedelta(hours=1)
    rows = (
        StripePaymentIntent(
            customer_id=owners[number % len(owners)],
            stripe_payment_intent_id=events.intent_id(number * OF_PAYMENT),
            amount=int(PAYMENT["amount"]),
            currency=PAYMENT["currency"].upper(),
            as_of=earlier,
            version=1,
        )
        for number in range(payments)
    )
    StripePaymentIntent.objects.bulk_create(rows, batch_size=2000)


def _name(one: str, copy: int) -> str:
    return f"{one}C{copy}" if copy else one
