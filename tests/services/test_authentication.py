"""3-D Secure: the customer authenticates at the bank, and the event arrives later."""

import pytest

from payments_graphql.reconciliation import reconcile


@pytest.fixture
def waiting(service, alice, sandbox):
    """A payment that waits for Alice at her bank."""
    intent = service.create_payment_intent(user=alice, amount="99.99", currency="USD")[
        "payment_intent"
    ]
    result = service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")
    assert result["success"], result
    assert result["requires_action"]
    assert result["next_action"]["type"]
    return intent


def test_the_payment_waits_for_the_customer(waiting):
    assert waiting.status == "requires_action"
    assert waiting.amount_received == 0
    assert waiting.is_payable


def test_approval_is_settled_by_a_webhook(waiting, authenticate, events, deliver):
    authenticate(waiting, "succeed")
    deliver(*events("payment_intent.succeeded"))
    reconcile()  # equal times within a second are left to it

    waiting.refresh_from_db()
    assert (waiting.status, waiting.amount_received) == ("succeeded", 9999)


def test_approval_is_settled_by_reconcile_when_no_webhook_comes(waiting, authenticate):
    authenticate(waiting, "succeed")
    reconcile()

    waiting.refresh_from_db()
    assert waiting.status == "succeeded"


def test_refusal_lets_the_customer_try_another_card(service, waiting, authenticate):
    authenticate(waiting, "fail")
    reconcile()

    waiting.refresh_from_db()
    assert waiting.status == "requires_payment_method"
    assert waiting.last_error["code"] == "payment_intent_authentication_failure"
    assert service.confirm_payment_intent(waiting, payment_method="pm_card_visa")["success"]


def test_a_waiting_payment_can_be_canceled_by_its_owner(service, waiting, alice):
    assert service.cancel_payment_intent(waiting, user=alice)["success"]
    assert waiting.status == "canceled"


def test_sync_reads_the_outcome_at_once(service, waiting, authenticate):
    authenticate(waiting, "succeed")

    assert service.sync_payment_intent(waiting)["success"]
    assert waiting.status == "succeeded"
