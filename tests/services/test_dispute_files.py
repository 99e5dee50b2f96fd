"""Files as evidence: checked here, uploaded to Stripe, and named by a dispute."""

import pytest

from payments_graphql.dispute_evidence import FILE_TYPES, FILES, MAXIMUM_FILES
from payments_graphql.errors import (
    ErrorCode,
    InvalidStateError,
    PaymentError,
    PermissionDeniedError,
    ProviderError,
    TransactionOpenError,
    ValidationError,
)
from payments_graphql.models import Operation, StripeDispute
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes
from payments_graphql.services.dispute_files import upload_dispute_file
from tests.sandbox.uploads import JPEG, PDF, PNG


@pytest.fixture
def dispute(alice, pay, sandbox) -> StripeDispute:
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


def _upload(dispute, content=PDF, filename="receipt.pdf", **values):
    return upload_dispute_file(dispute=dispute, content=content, filename=filename, **values)


@pytest.mark.parametrize("content", [PDF, JPEG, PNG], ids=["pdf", "jpeg", "png"])
def test_a_file_goes_to_stripe_and_is_named_as_evidence(dispute, dashboard, content):
    file = _upload(dispute, content, 'C:\\Alice\\reçu "1".bin')

    at_stripe = dashboard.v1.files.retrieve(file.id)
    assert (at_stripe.filename, at_stripe.purpose) == ("reçu 1.bin", "dispute_evidence")
    assert (file.filename, file.size) == ("reçu 1.bin", len(content))
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"receipt": file.id}, submit=False)
    assert disputes.fetch_dispute_evidence(dispute=dispute) == {"receipt": file.id}
    [operation] = Operation.objects.filter(kind="submit_dispute_evidence")
    assert operation.parameters["evidence"] == {"receipt": file.id}


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("", "evidence"),
        ("/", "evidence"),
        ('\x00\x1f"', "evidence"),
        ("a\nb\ud800.pdf", "ab.pdf"),
        ("x" + "y" * 196 + ".pdf", "y" * 196 + ".pdf"),
    ],
    ids=["empty", "folder", "nothing left", "unprintable", "long"],
)
def test_a_name_that_breaks_a_header_is_mended(dispute, filename, expected):
    assert _upload(dispute, filename=filename).filename == expected


def test_a_file_may_be_as_large_as_stripe_allows(dispute):
    assert _upload(dispute, PDF + bytes(MAXIMUM_FILES - len(PDF))).size == MAXIMUM_FILES


def test_every_type_of_file_is_stripes(dispute):
    file = _upload(dispute)
    evidence = dict.fromkeys(FILES, file.id)
    disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence, submit=False)
    assert disputes.fetch_dispute_evidence(dispute=dispute) == evidence


def test_saved_files_are_shown_with_their_names(dispute):
    file = _upload(dispute)
    evidence = {"receipt": file.id, "customer_name": "Alice"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence, submit=False)

    saved = disputes.fetch_saved_evidence(dispute=dispute)
    assert saved["customer_name"] == "Alice"
    assert (saved["receipt"]["id"], saved["receipt"]["filename"]) == (file.id, "receipt.pdf")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"MZ\x90", "must be a PDF, JPEG or PNG"),
        (b"GIF89a", "must be a PDF, JPEG or PNG"),
        (b" " + PDF, "must be a PDF, JPEG or PNG"),
        (PDF + bytes(MAXIMUM_FILES), "at most 4.5 MB, but they have 4.5 MB"),
    ],
    ids=["empty", "program", "gif", "not at the beginning", "large"],
)
def test_a_file_that_stripe_would_refuse_is_not_sent(dispute, sandbox, content, message):
    with pytest.raises(ValidationError, match=message) as caught:
        _upload(dispute, content)
    assert caught.value.path == ("file",)
    assert not sandbox.requests("POST", "/v1/files")


def test_what_stripe_refuses_is_an_error_with_stripes_words(dispute):
    with pytest.raises(ValidationError, match="fewer than 50 pages") as caught:
        _upload(dispute, PDF + b"<< /Type /Page >>" * 49)
    assert caught.value.path == ("file",)


@pytest.mark.parametrize("value", ["file", "file_", "file_a b", "FILE_1", "re_1", "file_1\n"])
def test_what_is_not_the_id_of_a_file_is_refused_here(dispute, sandbox, value):
    with pytest.raises(ValidationError, match="receipt must be the id of an uploaded file"):
        disputes.submit_dispute_evidence(dispute=dispute, evidence={"receipt": value})
    assert not sandbox.requests("POST", "/v1/disputes/*")


def test_a_file_that_does_not_exist_is_refused_by_stripe(dispute):
    with pytest.raises(PaymentError, match="No such file upload: 'file_1'") as caught:
        disputes.submit_dispute_evidence(dispute=dispute, evidence={"receipt": "file_1"})
    assert (caught.value.code, caught.value.path) == (ErrorCode.NOT_FOUND, ("evidence",))


def test_a_lost_answer_is_asked_for_again_and_makes_one_file(dispute, sandbox, dashboard):
    sandbox.faults.add("reset_after_effect", path="/v1/files", times=1)
    file = _upload(dispute)

    assert len(sandbox.requests("POST", "/v1/files")) == 2
    assert [one.id for one in dashboard.v1.files.list().data] == [file.id]


def test_a_server_error_of_stripe_is_an_error_that_can_be_retried(dispute, sandbox):
    sandbox.faults.add("error_500", path="/v1/files", times=1)
    with pytest.raises(ProviderError) as caught:
        _upload(dispute)
    assert caught.value.retryable
    assert _upload(dispute).id


def test_only_people_who_may_answer_may_upload(dispute, alice, sam, sandbox):
    with pytest.raises(PermissionDeniedError, match="not allowed to answer disputes") as caught:
        _upload(dispute, user=alice)
    assert caught.value.path == ("disputeId",)
    assert not sandbox.requests("POST", "/v1/files")
    assert _upload(dispute, user=sam).id


def test_an_answered_dispute_takes_no_more_files(dispute, sandbox):
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"customer_name": "Alice"})
    with pytest.raises(InvalidStateError, match="under review") as caught:
        _upload(dispute)
    assert (caught.value.path, caught.value.current_status) == (("disputeId",), "under_review")
    assert not sandbox.requests("POST", "/v1/files")


@pytest.mark.django_db(transaction=True)
def test_a_file_is_not_uploaded_inside_a_transaction(dispute):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(TransactionOpenError):
        _upload(dispute)


def test_the_content_of_a_file_is_in_no_log(dispute, caplog):
    _upload(dispute, PDF + b"Alice lives in Lisbon")
    assert "stripe_call_succeeded" in caplog.text
    assert "Lisbon" not in caplog.text


def test_every_type_of_file_has_its_own_beginning():
    assert len(set(FILE_TYPES.values())) == len(FILE_TYPES) == 3
