"""A Stripe account used by an earlier integration, and the two commands that read it."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import User
from django.core.management import call_command

from payments_graphql import signals
from payments_graphql.importing import pages
from payments_graphql.models import StripeCustomer, StripePaymentIntent


@pytest.fixture
def sync(sandbox: Any, db: None) -> Callable[..., str]:
    """Runs `manage.py payments_sync`. Returns its output."""

    def sync(*arguments: str) -> str:
        said = StringIO()
        call_command("payments_sync", *arguments, stdout=said)
        return said.getvalue()

    return sync


@pytest.fixture
def sync_alice(sync: Callable[..., str]) -> Callable[..., str]:
    """With the metadata key in which the earlier integration stored usernames."""
    return lambda *arguments: sync("--user-id-metadata", "username", *arguments)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE", 2)


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WAITS", (0.0,) * 3)


@pytest.fixture
def make_customer(dashboard: stripe.StripeClient) -> Callable[..., stripe.Customer]:
    """A customer of the earlier integration, with a saved card unless `card` is empty."""

    def make_customer(username: str = "", *, card: str = "pm_card_visa", **values: Any) -> Any:
        metadata = {"username": username} if username else {}
        customer = dashboard.v1.customers.create({"metadata": metadata, **values})
        if card:
            dashboard.v1.payment_methods.attach(card, {"customer": customer.id})
        return customer

    return make_customer


@pytest.fixture
def pay_there(dashboard: stripe.StripeClient) -> Callable[..., stripe.PaymentIntent]:
    """A payment of the earlier integration."""

    def pay_there(customer: str, *, card: str = "pm_card_visa", **values: Any) -> Any:
        asked = {
            "amount": 5000,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
        return dashboard.v1.payment_intents.create(asked | values)

    return pay_there


@pytest.fixture
def told() -> Any:
    """The signals that a site's receivers get, by name."""
    names = ("payment_intent_succeeded", "refund_settled", "dispute_opened")
    told: list[str] = []
    receivers = {name: (lambda name=name, **_: told.append(name)) for name in names}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver)
    yield told
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


class Diagnosis:
    """The output of `manage.py payments_doctor --json`, and its exit code."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        self.findings: list[dict[str, str]] = json.loads(text)["findings"]

    def find(self, subject: str, level: str = "") -> list[str]:
        return [
            f"{finding['message']} {finding['hint']}"
            for finding in self.findings
            if finding["subject"] == subject and level in ("", finding["level"])
        ]


@pytest.fixture
def doctor(sandbox: Any, db: None, commits_wait: None) -> Callable[[], Diagnosis]:
    def doctor() -> Diagnosis:
        said = StringIO()
        code = 0
        try:
            call_command("payments_doctor", "--json", stdout=said)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Diagnosis(code, said.getvalue())

    return doctor


@pytest.fixture
def make_intent(alice: User) -> Callable[..., StripePaymentIntent]:
    customer = StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")

    def make_intent(number: int = 1, status: str = "succeeded") -> StripePaymentIntent:
        return StripePaymentIntent.objects.create(
            customer=customer, amount=500, currency="USD", status=status,
            stripe_payment_intent_id=f"pi_{number}",
        )  # fmt: skip

    return make_intent
