"""Answering a dispute from the site's own code."""

from payments_graphql.models import StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService
from tests.sandbox.uploads import PDF


def test_the_sites_code_uploads_a_file_and_answers(alice, bob, pay, sandbox):
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    dispute = StripeDispute.objects.get()
    service = StripeService()
    uploaded = service.upload_dispute_file(dispute, content=PDF, filename="receipt.pdf")
    assert uploaded["success"]
    refused = service.upload_dispute_file(dispute, content=b"MZ", filename="receipt.pdf")
    assert (refused["success"], refused["error_code"]) == (False, "invalid_input")
    refused = service.upload_dispute_file(dispute, content=PDF, filename="a.pdf", user=bob)
    assert refused["error_code"] == "permission_denied"

    done = service.submit_dispute_evidence(dispute, evidence={"receipt": uploaded["file_id"]})
    assert done["success"]
    assert done["dispute"].status == "under_review"
