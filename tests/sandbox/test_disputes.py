"""Disputes as in Stripe's test mode: https://docs.stripe.com/testing#disputes."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.disputes import DAY, answer, dispute_of, disputed


@pytest.mark.stripe_rule(
    "One test card's payments are disputed as fraudulent, and the amount and a fee are withdrawn",
    "https://docs.stripe.com/testing#disputes",
)
def test_the_dispute_card_is_charged_back_at_once(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_createDispute", expand=["latest_charge"])
    assert (intent.status, intent.latest_charge.disputed) == ("succeeded", True)
    dispute = dispute_of(client, intent)
    assert dispute.id.startswith("du_1")
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        2000,
    )
    assert (dispute.charge, dispute.payment_intent) == (intent.latest_charge.id, intent.id)
    assert dispute.is_charge_refundable is False
    card = dispute.payment_method_details.card
    assert (card.case_type, card.network_reason_code) == ("chargeback", "10.4")
    due = dispute.evidence_details.due_by
    assert 8 * DAY < due - dispute.created < 9 * DAY
    assert (due + 1) % DAY == 0


@pytest.mark.stripe_rule(
    "An inquiry withdraws nothing and can still be refunded",
    "https://docs.stripe.com/disputes/how-disputes-work",
)
def test_an_inquiry_withdraws_no_money(client: stripe.StripeClient) -> None:
    inquiry = disputed(client, "pm_card_createDisputeInquiry")
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert (inquiry.balance_transactions, inquiry.payment_method_details.card.case_type) == (
        [],
        "inquiry",
    )
    refund = client.v1.refunds.create({"charge": inquiry.charge, "amount": 500})
    assert refund.status == "succeeded"


@pytest.mark.stripe_rule(
    "Another test card's payments are disputed as not received",
    "https://docs.stripe.com/testing#disputes",
)
def test_another_card_has_another_reason(client: stripe.StripeClient) -> None:
    dispute = disputed(client, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"


@pytest.mark.stripe_rule(
    "An authorized payment is not disputed", "https://docs.stripe.com/disputes"
)
def test_an_authorized_payment_is_disputed_after_its_capture(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_createDispute", capture_method="manual")
    assert client.v1.disputes.list({"payment_intent": intent.id}).data == []
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700})
    assert dispute_of(client, intent).amount == 700


@pytest.mark.stripe_rule(
    "A refund of a charged back charge is `charge_disputed`",
    "https://docs.stripe.com/error-codes#charge-disputed",
)
def test_a_charged_back_payment_cannot_be_refunded(client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back; cannot") as no:
        client.v1.refunds.create({"charge": dispute.charge})
    assert no.value.code == "charge_disputed"


@pytest.mark.stripe_rule(
    "An inquiry can become a chargeback", "https://docs.stripe.com/disputes/how-disputes-work"
)
def test_an_inquiry_can_become_a_chargeback(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    inquiry = disputed(own_client, "pm_card_createDisputeInquiry")
    before = len(payments.event_types(own_client))
    answer(own_client, inquiry, "escalate_inquiry_evidence")
    own_sandbox.advance(1)
    escalated = own_client.v1.disputes.retrieve(inquiry.id)
    assert (escalated.status, escalated.is_charge_refundable) == ("needs_response", False)
    assert escalated.payment_method_details.card.case_type == "chargeback"
    assert [one.amount for one in escalated.balance_transactions] == [-2000]
    assert payments.event_types(own_client)[before:] == [
        "charge.dispute.updated",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
    ]
    answer(own_client, inquiry, "winning_evidence")
    own_sandbox.advance(1)
    assert own_client.v1.disputes.retrieve(inquiry.id).status == "won"


@pytest.mark.stripe_rule(
    "Closing a dispute accepts it: it is lost, and final",
    "https://docs.stripe.com/api/disputes/close",
)
@pytest.mark.parametrize(
    ("card", "status"),
    [("pm_card_createDispute", "lost"), ("pm_card_createDisputeInquiry", "warning_closed")],
)
def test_an_accepted_dispute_is_final(client: stripe.StripeClient, card: str, status: str) -> None:
    dispute = disputed(client, card)
    assert client.v1.disputes.close(dispute.id).status == status
    for again in (
        lambda: client.v1.disputes.close(dispute.id),
        lambda: answer(client, dispute, "late"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="already closed"):
            again()


@pytest.mark.stripe_rule(
    "A dispute sends `charge.dispute.created`, and more when money or its status changes",
    "https://docs.stripe.com/api/events/types",
)
def test_a_dispute_sends_its_events_in_order(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    dispute = disputed(own_client)
    answer(own_client, dispute, "winning_evidence")
    own_sandbox.advance(1)
    own_client.v1.disputes.close(disputed(own_client).id)
    opened = [
        "payment_intent.created",
        "charge.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]
    assert payments.event_types(own_client) == [
        *opened,
        "charge.dispute.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        *opened,
        "charge.dispute.closed",
    ]
    told = own_client.v1.events.list({"type": "charge.dispute.updated"}).data[0]
    before = told.data.previous_attributes.to_dict()
    assert (before["status"], before["evidence"]) == (
        "needs_response",
        {"uncategorized_text": None},
    )


@pytest.mark.stripe_rule(
    "Disputes are listed by charge", "https://docs.stripe.com/api/disputes/list"
)
def test_disputes_are_listed_by_charge(client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    listed = client.v1.disputes.list({"charge": dispute.charge, "expand": ["data.charge"]}).data
    assert [one.id for one in listed] == [dispute.id]
    assert listed[0].charge.id == dispute.charge
    with pytest.raises(stripe.InvalidRequestError, match="No such dispute: 'du_no'") as missing:
        client.v1.disputes.retrieve("du_no")
    assert (missing.value.http_status, missing.value.param) == (404, "dispute")


@pytest.mark.stripe_rule(
    "One test card's payments get an early fraud warning", "https://docs.stripe.com/testing#radar"
)
def test_a_bank_may_send_an_early_fraud_warning(own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client, "pm_card_createIssuerFraudRecord")
    warning = own_client.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data[0]
    assert (warning.charge, warning.actionable) == (intent.latest_charge, True)
    assert "radar.early_fraud_warning.created" in payments.event_types(own_client)
    own_client.v1.refunds.create({"payment_intent": intent.id})
    again = own_client.v1.radar.early_fraud_warnings.retrieve(warning.id)
    assert again.actionable is False
