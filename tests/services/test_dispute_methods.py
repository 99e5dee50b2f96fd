"""Answering a dispute from the site's own code."""

from payments_graphql.models import Operation, StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService
from tests.sandbox.uploads import PDF


def test_the_sites_code_uploads_a_file_and_answers(alice, bob, sam, pay, sandbox, dashboard):
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    dispute = StripeDispute.objects.get()
    service = StripeService()
    uploaded = service.upload_dispute_file(dispute, content=PDF, filename="receipt.pdf")
    assert uploaded["success"]
    assert dashboard.v1.files.retrieve(uploaded["file_id"]).filename == "receipt.pdf"
    refused = service.upload_dispute_file(dispute, content=b"MZ", filename="receipt.pdf")
    assert (refused["success"], refused["error_code"]) == (False, "invalid_input")
    refused = service.upload_dispute_file(dispute, content=PDF, filename="a.pdf", user=bob)
    assert refused["error_code"] == "permission_denied"

    evidence = {"receipt": uploaded["file_id"]}
    refused = service.submit_dispute_evidence(dispute, evidence=evidence, user=bob)
    assert refused["error_code"] == "permission_denied"
    draft = service.submit_dispute_evidence(dispute, evidence=evidence, submit=False)
    assert draft["success"]
    assert (draft["dispute"].status, draft["dispute"].has_evidence) == ("needs_response", True)
    done = service.submit_dispute_evidence(dispute, evidence={"customer_name": "Alice"}, user=sam)
    assert done["success"]
    assert done["dispute"].status == "under_review"
    operation = Operation.objects.filter(dispute=dispute).order_by("-created_at")[0]
    assert operation.actor == f"user:{sam.pk}"
