"""Evidence, and how a dispute ends with and without it.

https://docs.stripe.com/testing#evidence
"""

from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox.disputes import DAY, answer, disputed


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
    "Evidence names existing files and charges, and only known fields",
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
        ({"customer_name": "x", "flavor": "red"}, "evidence[flavor]"),
    ],
)
def test_invalid_evidence_is_refused(
    client: stripe.StripeClient, evidence: dict[str, Any], param: str
) -> None:
    dispute = disputed(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.disputes.update(dispute.id, {"evidence": evidence})
    assert refused.value.param == param


@pytest.mark.stripe_rule(
    "All evidence together has at most 150,000 characters",
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
