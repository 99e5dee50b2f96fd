"""Disputes as Stripe's test mode has them: https://docs.stripe.com/testing#disputes."""

from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments

DAY = 24 * 60 * 60


def dispute_of(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> stripe.Dispute:
    return client.v1.disputes.list({"payment_intent": intent.id}).data[0]


def disputed(client: stripe.StripeClient, card: str = "pm_card_createDispute") -> stripe.Dispute:
    return dispute_of(client, payments.pay(client, card))


def answer(
    client: stripe.StripeClient, dispute: stripe.Dispute, text: str, **params: Any
) -> stripe.Dispute:
    evidence = {"uncategorized_text": text}
    return client.v1.disputes.update(dispute.id, {"evidence": evidence, **params})


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
def test_an_inquiry_takes_no_money(client: stripe.StripeClient) -> None:
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
def test_another_card_disputes_for_another_reason(client: stripe.StripeClient) -> None:
    dispute = disputed(client, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"


@pytest.mark.stripe_rule(
    "What was only authorised is not disputed", "https://docs.stripe.com/disputes"
)
def test_a_payment_is_disputed_when_it_is_captured(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_createDispute", capture_method="manual")
    assert client.v1.disputes.list({"payment_intent": intent.id}).data == []
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700})
    assert dispute_of(client, intent).amount == 700


@pytest.mark.stripe_rule(
    "A charge that was charged back is `charge_disputed` to a refund",
    "https://docs.stripe.com/error-codes#charge-disputed",
)
def test_what_was_charged_back_cannot_be_refunded(client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back; cannot") as no:
        client.v1.refunds.create({"charge": dispute.charge})
    assert no.value.code == "charge_disputed"


@pytest.mark.stripe_rule(
    "Evidence is staged with `submit: false`",
    "https://docs.stripe.com/api/disputes/update#update_dispute-submit",
)
def test_evidence_is_merged_and_kept_back_until_it_is_submitted(
    client: stripe.StripeClient,
) -> None:
    dispute = disputed(client)
    drafts = {"customer_name": "Alice", "shipping_carrier": "UPS"}
    staged = client.v1.disputes.update(dispute.id, {"evidence": drafts, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert staged.evidence_details.has_evidence is True
    changed = {"shipping_carrier": "", "product_description": "Lisbon"}
    sent = client.v1.disputes.update(dispute.id, {"evidence": changed})
    assert sent.evidence.customer_name == "Alice"
    assert (sent.evidence.shipping_carrier, sent.evidence.product_description) == (None, "Lisbon")
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError, match="already been submitted"):
        answer(client, dispute, "more")


@pytest.mark.stripe_rule(
    "Metadata alone leaves the evidence open", "https://docs.stripe.com/api/disputes/update"
)
def test_metadata_alone_submits_nothing(client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    changed = client.v1.disputes.update(dispute.id, {"metadata": {"case": "7"}})
    assert (changed.status, changed.metadata["case"]) == ("needs_response", "7")


@pytest.mark.stripe_rule(
    "`winning_evidence` as text wins in test mode, and the amount returns",
    "https://docs.stripe.com/testing#evidence",
)
def test_winning_evidence_brings_the_money_back_and_keeps_the_fee(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    dispute = disputed(own_client)
    assert answer(own_client, dispute, "winning_evidence").status == "under_review"
    own_sandbox.advance(1)
    won = own_client.v1.disputes.retrieve(dispute.id)
    assert (won.status, won.is_charge_refundable) == ("won", True)
    booked = [(one.amount, one.fee, one.reporting_category) for one in won.balance_transactions]
    assert booked == [(-2000, 1500, "dispute"), (2000, 0, "dispute_reversal")]
    assert own_client.v1.charges.retrieve(dispute.charge).disputed is True
    assert own_client.v1.refunds.create({"charge": dispute.charge}).status == "succeeded"


@pytest.mark.stripe_rule(
    "`losing_evidence` as text loses in test mode", "https://docs.stripe.com/testing#evidence"
)
def test_losing_evidence_loses(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    dispute = disputed(own_client)
    answer(own_client, dispute, "losing_evidence")
    own_sandbox.advance(1)
    lost = own_client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, len(lost.balance_transactions)) == ("lost", 1)
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        own_client.v1.refunds.create({"charge": dispute.charge})


@pytest.mark.stripe_rule(
    "An answered inquiry ends as `warning_closed`",
    "https://docs.stripe.com/disputes/how-disputes-work",
)
@pytest.mark.parametrize("text", ["winning_evidence", "losing_evidence"])
def test_an_answered_inquiry_is_closed(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, text: str
) -> None:
    inquiry = disputed(own_client, "pm_card_createDisputeInquiry")
    assert answer(own_client, inquiry, text).status == "warning_under_review"
    own_sandbox.advance(1)
    assert own_client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"


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
def test_an_accepted_dispute_is_over(client: stripe.StripeClient, card: str, status: str) -> None:
    dispute = disputed(client, card)
    assert client.v1.disputes.close(dispute.id).status == status
    for again in (
        lambda: client.v1.disputes.close(dispute.id),
        lambda: answer(client, dispute, "late"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="already closed"):
            again()


@pytest.mark.stripe_rule(
    "A dispute without evidence is lost when it was due",
    "https://docs.stripe.com/disputes/responding",
)
def test_a_dispute_without_an_answer_is_lost_in_time(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    chargeback = disputed(own_client)
    inquiry = disputed(own_client, "pm_card_createDisputeInquiry")
    own_sandbox.advance(9 * DAY)
    lost = own_client.v1.disputes.retrieve(chargeback.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert own_client.v1.disputes.retrieve(inquiry.id).status == "warning_needs_response"
    own_sandbox.advance(111 * DAY)
    assert own_client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"


@pytest.mark.stripe_rule(
    "A dispute sends `charge.dispute.created`, and more when money or its status changes",
    "https://docs.stripe.com/api/events/types",
)
def test_disputes_tell_their_story_in_order(
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
    "Evidence names files and charges that exist, and no unknown field",
    "https://docs.stripe.com/api/disputes/update#update_dispute-evidence",
)
@pytest.mark.parametrize(
    ("evidence", "param"),
    [
        ({"receipt": "file_no"}, "evidence[receipt]"),
        ({"duplicate_charge_id": "ch_no"}, "evidence[duplicate_charge_id]"),
        (
            {"enhanced_evidence": {"visa_compliance": {"fee_acknowledged": True}}},
            "evidence[enhanced_evidence]",
        ),
        ({"customer_name": "x", "colour": "red"}, "evidence[colour]"),
    ],
)
def test_evidence_that_cannot_be_is_refused(
    client: stripe.StripeClient, evidence: dict[str, Any], param: str
) -> None:
    dispute = disputed(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.disputes.update(dispute.id, {"evidence": evidence})
    assert refused.value.param == param


@pytest.mark.stripe_rule(
    "All evidence together has up to 150,000 characters",
    "https://docs.stripe.com/api/disputes/update#update_dispute-evidence",
)
def test_evidence_of_more_than_150_000_characters_is_refused(client: stripe.StripeClient) -> None:
    longest = (
        *("access_activity_log", "cancellation_policy_disclosure", "cancellation_rebuttal"),
        *("duplicate_charge_explanation", "product_description", "refund_policy_disclosure"),
        *("refund_refusal_explanation", "uncategorized_text"),
    )
    evidence: dict[str, Any] = dict.fromkeys(longest, "x" * 18_750)
    dispute = disputed(client)
    kept = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert kept.evidence_details.has_evidence is True
    with pytest.raises(stripe.InvalidRequestError, match="combined character count") as refused:
        client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "x"}})
    assert refused.value.param == "evidence"


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
    "One test card's payments bring an early fraud warning", "https://docs.stripe.com/testing#radar"
)
def test_a_bank_may_warn_before_it_disputes(own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client, "pm_card_createIssuerFraudRecord")
    warning = own_client.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data[0]
    assert (warning.charge, warning.actionable) == (intent.latest_charge, True)
    assert "radar.early_fraud_warning.created" in payments.event_types(own_client)
    own_client.v1.refunds.create({"payment_intent": intent.id})
    again = own_client.v1.radar.early_fraud_warnings.retrieve(warning.id)
    assert again.actionable is False
