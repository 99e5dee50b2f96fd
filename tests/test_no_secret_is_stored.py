"""After a whole flow no client secret, key or card number is in any table or log line."""

import re

import pytest
import stripe
from django.apps import apps
from django.db import connection

from payments_graphql.models import StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, setup_intents

SECRET = re.compile(r"_secret_\w|whsec_|sk_test_|4242424242424242|4000000000003063")


def _read_all_tables():
    """Every value of every column, whatever wrote it."""
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for name in sorted(names & set(connection.introspection.table_names(cursor))):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            for row in cursor.fetchall():
                for value in row:
                    yield name, str(value)


@pytest.fixture
def flow(service, alice, pay, events, deliver, authenticate, dashboard):
    """Payments, a decline, 3-D Secure, a refund, a card number as a method, a saved card, a
    dispute; webhooks and pulled events."""

    def flow() -> None:
        paid = pay(alice, save_payment_method=True)
        service.create_refund(paid, amount=1)
        declined = service.create_payment_intent(user=alice, amount=10, currency="USD")
        service.confirm_payment_intent(
            declined["payment_intent"], payment_method="pm_card_chargeDeclined"
        )
        waiting = service.create_payment_intent(user=alice, amount=10, currency="USD")[
            "payment_intent"
        ]
        service.confirm_payment_intent(
            waiting,
            payment_method="pm_card_threeDSecureRequired",
            return_url="https://shop.example/done",
        )
        service.confirm_payment_intent(waiting, payment_method="4242424242424242")
        deliver(*events()[::2])
        authenticate(waiting, "succeed")
        reconcile()
        service.cancel_payment_intent(waiting)
        save_a_card()
        answer_a_dispute()

    def save_a_card() -> None:
        """Declined, then left at the bank's page."""
        created = service.create_setup_intent(user=alice)
        stripe_id = created["setup_intent"].stripe_setup_intent_id
        with pytest.raises(stripe.CardError):
            dashboard.v1.setup_intents.confirm(
                stripe_id, {"payment_method": "pm_card_chargeDeclined"}
            )
        dashboard.v1.setup_intents.confirm(
            stripe_id, {"payment_method": "pm_card_threeDSecureRequired"}
        )
        deliver(*events("setup_intent.requires_action"))
        reconcile()
        setup_intents.fetch_setup_details(created["setup_intent"])

    def answer_a_dispute() -> None:
        pay(alice, method="pm_card_createDispute")
        reconcile()
        dispute = StripeDispute.objects.get()
        written = {"customer_email_address": "alice@example.com", "customer_name": "Alice"}
        disputes.submit_dispute_evidence(dispute=dispute, evidence=written, submit=False)
        assert disputes.fetch_dispute_evidence(dispute=dispute) == written
        disputes.accept_dispute(dispute=dispute)

    return flow


def test_no_table_holds_a_secret(flow, events):
    flow()
    assert "_secret_" in str(events()), "the events themselves have secrets, so this can fail"
    values = list(_read_all_tables())

    assert len(values) > 500
    found = {(table, match[0]) for table, value in values if (match := SECRET.search(value))}
    assert not found


def test_no_log_line_holds_a_secret(flow, caplog, capfd):
    caplog.set_level("DEBUG")
    flow()
    output = capfd.readouterr()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("payments_")]

    assert len(ours) > 20
    for text in (*ours, output.out, output.err):
        assert not SECRET.search(text)
        assert "alice@example.com" not in text
