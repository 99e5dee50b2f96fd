"""Fees come from the balance at Stripe."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from payments_graphql import figures
from payments_graphql.models import DailyFigure, StripePaymentIntent

pytestmark = pytest.mark.django_db(transaction=True)


def fetch() -> str:
    output = StringIO()
    call_command("payments_figures", "--fees", stdout=output)
    return output.getvalue()


def test_the_fee_of_a_payment_is_read_and_counted(
    sandbox: Any,
    pay: Callable[..., StripePaymentIntent],
    alice: User,
    dashboard: stripe.StripeClient,
) -> None:
    intents = [pay(alice, "99.99"), pay(alice, "20.00"), pay(alice, "3500", "JPY")]
    figures.refresh()
    assert not DailyFigure.objects.filter(name="fees").exists()
    assert "payments with a new fee: 3" in fetch()
    for intent in intents:
        intent.refresh_from_db()
        charge = dashboard.v1.charges.retrieve(
            intent.latest_charge_id, {"expand": ["balance_transaction"]}
        )
        assert intent.fee == charge.balance_transaction.fee > 0
        assert intent.fee_currency == charge.balance_transaction.currency.upper()
    counted = DailyFigure.objects.filter(name="fees", currency="USD")
    assert [(row.count, row.amount) for row in counted] == [(2, intents[0].fee + intents[1].fee)]


def test_a_fee_is_read_once(
    sandbox: Any, pay: Callable[..., StripePaymentIntent], alice: User
) -> None:
    intent = pay(alice)
    fetch()
    intent.refresh_from_db()
    assert "payments with a new fee: 0" in fetch()
    version = intent.version
    intent.refresh_from_db()
    assert intent.version == version


def test_refunds_and_payments_of_others_have_no_fee_here(
    sandbox: Any,
    pay: Callable[..., StripePaymentIntent],
    alice: User,
    service: Any,
    dashboard: stripe.StripeClient,
) -> None:
    service.create_refund(pay(alice), amount="10.00")
    dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    assert "payments with a new fee: 1" in fetch()


def test_an_event_without_the_balance_keeps_the_fee(
    sandbox: Any,
    pay: Callable[..., StripePaymentIntent],
    alice: User,
    events: Callable[..., Any],
    deliver: Callable[..., Any],
) -> None:
    intent = pay(alice)
    fetch()
    intent.refresh_from_db()
    assert intent.fee
    deliver(*events())
    known = intent.fee
    intent.refresh_from_db()
    assert intent.fee == known


def test_a_refusal_of_stripe_is_explained(sandbox: Any, settings: Any, db: None) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="could not be read from Stripe"):
        fetch()
