from enum import Enum
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from payments_graphql.dispute_evidence import EVIDENCE
from payments_graphql.models import Operation, StripeDispute
from payments_graphql.services.dispute_files import upload_dispute_file
from schema.types.dispute_mutations import DisputeEvidenceName
from tests.sandbox.uploads import PDF

SELECTION = """
    dispute { id status hasEvidence submissionCount isClosed paymentIntent { id clientSecret } }
"""
WORDS = {"name": "PRODUCT_DESCRIPTION", "value": "A week in Lisbon"}


@pytest.fixture
def dispute(alice, open_dispute):
    return open_dispute(alice)


@pytest.fixture
def submit(dispute, global_id):
    def submit(client, *evidence, **input):
        given = {
            "disputeId": global_id("Dispute", dispute.pk),
            "evidence": list(evidence),
            **input,
        }
        return client.mutate("submitDisputeEvidence", given, SELECTION)

    return submit


def count_calls(sandbox, dispute):
    return len(sandbox.requests("POST", f"/v1/disputes/{dispute.stripe_dispute_id}"))


def test_staff_answer_a_dispute_of_any_customer(as_sam, submit, dispute, dashboard):
    payload = submit(as_sam, WORDS, {"name": "CUSTOMER_NAME", "value": "Alice"})

    assert payload["errors"] == []
    assert payload["dispute"]["status"] == "UNDER_REVIEW"
    assert payload["dispute"]["hasEvidence"] is True
    assert payload["dispute"]["submissionCount"] == 1
    evidence = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).evidence
    assert evidence.product_description == "A week in Lisbon"
    assert evidence.customer_name == "Alice"


@pytest.mark.parametrize(
    ("text", "status"), [("winning_evidence", "WON"), ("losing_evidence", "LOST")]
)
def test_how_it_ends_is_shown_to_the_customer(
    as_sam, as_alice, submit, sandbox, events, deliver, text, status
):
    assert submit(as_sam, {"name": "UNCATEGORIZED_TEXT", "value": text})["errors"] == []
    sandbox.advance(60)
    deliver(*events("charge.dispute.updated", "charge.dispute.closed"))

    shown = as_alice.ask("{ disputes { edges { node { status isClosed } } } }")["disputes"]
    assert shown["edges"] == [{"node": {"status": status, "isClosed": True}}]


def test_evidence_can_be_kept_and_submitted_later(as_sam, submit, dispute, dashboard):
    kept = submit(as_sam, WORDS, submit=False)
    assert kept["errors"] == []
    assert kept["dispute"]["status"] == "NEEDS_RESPONSE"
    assert (kept["dispute"]["hasEvidence"], kept["dispute"]["submissionCount"]) == (True, 0)

    sent = submit(as_sam, {"name": "CUSTOMER_NAME", "value": "Alice"})
    assert (sent["dispute"]["status"], sent["dispute"]["submissionCount"]) == ("UNDER_REVIEW", 1)
    evidence = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).evidence
    assert evidence.product_description == "A week in Lisbon"


def test_what_was_kept_is_submitted_without_giving_it_again(as_sam, submit, dispute, dashboard):
    submit(as_sam, WORDS, submit=False)
    payload = submit(as_sam)

    assert payload["errors"] == []
    assert payload["dispute"]["status"] == "UNDER_REVIEW"
    assert payload["dispute"]["submissionCount"] == 1
    evidence = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).evidence
    assert evidence.product_description == "A week in Lisbon"


def test_evidence_that_was_kept_can_be_removed(as_sam, submit, dispute, dashboard):
    submit(as_sam, WORDS, submit=False)
    payload = submit(as_sam, {**WORDS, "value": ""}, submit=False)

    assert payload["errors"] == []
    assert payload["dispute"]["hasEvidence"] is False
    evidence = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).evidence
    assert evidence.product_description is None


def test_answering_twice_is_refused_without_asking_stripe(as_sam, submit, dispute, sandbox):
    submit(as_sam, WORDS)
    payload = submit(as_sam, WORDS)

    [error] = payload["errors"]
    assert error["__typename"] == "InvalidStateError"
    assert error["path"] == ["input", "disputeId"]
    assert error["currentStatus"] == "UNDER_REVIEW"
    assert error["allowed"] == ["WARNING_NEEDS_RESPONSE", "NEEDS_RESPONSE"]
    assert payload["dispute"]["submissionCount"] == 1
    assert count_calls(sandbox, dispute) == 1


def test_a_customer_may_see_their_own_dispute_but_not_answer_it(as_alice, submit, dispute, sandbox):
    payload = submit(as_alice, WORDS)

    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("PermissionError", "PERMISSION_DENIED")
    assert payload["dispute"]["status"] == "NEEDS_RESPONSE"
    assert count_calls(sandbox, dispute) == 0
    assert not Operation.objects.filter(dispute=dispute).exists()


def test_another_persons_dispute_is_as_if_it_did_not_exist(as_bob, bob, submit, dispute, sandbox):
    # The permission for disputes is needed, not others.
    bob.user_permissions.set(Permission.objects.exclude(codename="manage_disputes"))
    foreign = submit(as_bob, WORDS)
    missing = submit(as_bob, WORDS, disputeId="bm90aGluZw==")

    assert foreign == missing
    assert foreign["dispute"] is None
    assert foreign["errors"][0]["__typename"] == "NotFoundError"
    assert foreign["errors"][0]["path"] == ["input", "disputeId"]
    assert count_calls(sandbox, dispute) == 0


def test_what_is_no_disputes_id_finds_nothing_for_staff(as_sam, submit, dispute, global_id):
    for wrong in (
        "nothing",
        "",
        "é",
        global_id("Dispute", "\0"),
        global_id("Refund", dispute.pk),
        global_id("Dispute", dispute.payment_intent_id),
        dispute.stripe_dispute_id,
    ):
        payload = submit(as_sam, WORDS, disputeId=wrong)
        assert payload["errors"][0]["__typename"] == "NotFoundError"
        assert payload["dispute"] is None


@pytest.mark.parametrize(
    "evidence",
    [
        [],
        [{"name": "CUSTOMER_NAME", "value": ""}],
        [{"name": "CUSTOMER_NAME", "value": "Al\0ice"}],
        [{"name": "CUSTOMER_NAME", "value": "Alice"}, {"name": "CUSTOMER_NAME", "value": "Bob"}],
        [{"name": "UNCATEGORIZED_TEXT", "value": "e" * 150_001}],
    ],
)
def test_bad_evidence_is_an_error_that_names_the_field(
    as_sam, submit, dispute, sandbox, settings, evidence: list[dict[str, Any]]
):
    settings.PAYMENTS_GRAPHQL_MAX_BODY = 200_000
    payload = submit(as_sam, *evidence)

    assert payload["errors"][0]["__typename"] == "ValidationError"
    assert payload["errors"][0]["path"] == ["input", "evidence"]
    assert count_calls(sandbox, dispute) == 0
    assert StripeDispute.objects.get().has_evidence is False


def test_a_charge_that_stripe_does_not_know_is_an_error_at_its_field(as_sam, submit):
    payload = submit(as_sam, {"name": "DUPLICATE_CHARGE_ID", "value": "ch_nothing"})

    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert payload["errors"][0]["path"] == ["input", "evidence"]
    assert payload["dispute"]["status"] == "NEEDS_RESPONSE"


def test_evidence_that_stripe_does_not_know_is_a_coercion_error(as_sam, dispute, global_id):
    error = as_sam.ask_for_error(
        """mutation($input: SubmitDisputeEvidenceInput!) {
          submitDisputeEvidence(input: $input) { dispute { id } }
        }""",
        input={
            "disputeId": global_id("Dispute", dispute.pk),
            "evidence": [{"name": "CUSTOMER_NAMES", "value": "Alice"}],
        },
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "CUSTOMER_NAMES" in error["message"]


def test_a_file_of_the_sites_code_is_evidence(as_sam, submit, dispute, dashboard):
    file = upload_dispute_file(dispute=dispute, content=PDF, filename="receipt.pdf")
    payload = submit(as_sam, {"name": "RECEIPT", "value": file.id}, submit=False)

    assert payload["errors"] == []
    assert payload["dispute"]["hasEvidence"] is True
    evidence = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).evidence
    assert evidence.receipt == file.id


@pytest.mark.parametrize(
    ("value", "kind"), [("a.pdf", "ValidationError"), ("file_unknown", "NotFoundError")]
)
def test_what_is_not_a_file_is_an_error_at_its_field(as_sam, submit, value, kind):
    payload = submit(as_sam, {"name": "RECEIPT", "value": value})

    assert payload["errors"][0]["__typename"] == kind
    assert payload["errors"][0]["path"] == ["input", "evidence"]


def test_every_type_that_the_service_takes_has_its_name_here():
    assert issubclass(DisputeEvidenceName, Enum)
    values = {name.value for name in DisputeEvidenceName}
    assert {getattr(value, "value", value) for value in values} == set(EVIDENCE)
