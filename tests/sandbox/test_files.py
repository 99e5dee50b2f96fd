"""Uploaded files, and their use as evidence."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox.disputes import DAY, disputed
from tests.sandbox.http_calls import FORM, KEY, call
from tests.sandbox.uploads import JPEG, MULTIPART, PDF, PNG, encode, make_file, upload

_MB = 1024 * 1024


@pytest.mark.stripe_rule(
    "A file gets its type from its content, and evidence expires after nine months",
    "https://docs.stripe.com/file-upload#uploading-a-file",
)
@pytest.mark.parametrize(
    ("content", "kind"), [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg")], ids=["pdf", "png", "jpg"]
)
def test_a_file_is_kept_with_its_name_and_size(
    client: stripe.StripeClient, content: bytes, kind: str
) -> None:
    file = upload(client, content, "Alice's receipt.bin")
    assert file.id.startswith("file_")
    assert (file.filename, file.size, file.type) == ("Alice's receipt.bin", len(content), kind)
    assert (file.purpose, file.expires_at) == ("dispute_evidence", file.created + 270 * DAY)
    assert client.v1.files.retrieve(file.id).to_dict() == file.to_dict()


@pytest.mark.stripe_rule(
    "Only files of a purpose's types and sizes are taken",
    "https://docs.stripe.com/file-upload#uploading-a-file",
)
@pytest.mark.parametrize(
    ("content", "purpose", "message"),
    [
        (b"", "dispute_evidence", "empty"),
        (b"MZ\x90\x00", "dispute_evidence", "application/pdf, image/jpeg, image/png"),
        (b"GIF89a", "dispute_evidence", "don't currently support that file type"),
        (PDF, "business_logo", "don't currently support that file type"),
        (PDF + bytes(5 * _MB), "dispute_evidence", "size limit of 5242880 bytes"),
        (PNG + bytes(512 * 1024), "business_icon", "size limit of 524288 bytes"),
        (PDF + b"<< /Type /Page >>" * 49, "dispute_evidence", "fewer than 50 pages"),
    ],
    ids=["empty", "program", "gif", "pdf as a logo", "large", "large icon", "long"],
)
def test_what_is_not_evidence_is_refused(
    client: stripe.StripeClient, content: bytes, purpose: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        upload(client, content, purpose=purpose)
    assert refused.value.param == "file"


@pytest.mark.stripe_rule(
    "A file has a purpose, one of Stripe's", "https://docs.stripe.com/api/files/create"
)
@pytest.mark.parametrize("purpose", ["", "evidence"])
def test_a_file_without_a_known_purpose_is_refused(
    client: stripe.StripeClient, purpose: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        upload(client, purpose=purpose)
    assert refused.value.param == "purpose"


@pytest.mark.stripe_rule(
    "A file link can be created with the file",
    "https://docs.stripe.com/api/files/create",
    ours="Refused: the sandbox keeps no contents",
)
def test_links_to_files_are_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not support `file_link_data`"):
        upload(client, file_link_data={"create": True})


@pytest.mark.stripe_rule("Files are listed by purpose", "https://docs.stripe.com/api/files/list")
def test_files_are_listed_by_purpose(own_client: stripe.StripeClient) -> None:
    evidence = upload(own_client)
    icon = upload(own_client, PNG, "icon.png", "business_icon")
    found = own_client.v1.files.list({"purpose": "dispute_evidence"})
    assert [one.id for one in found.data] == [evidence.id]
    assert [one.id for one in own_client.v1.files.list().data] == [icon.id, evidence.id]


@pytest.mark.stripe_rule(
    "The same idempotency key with another file is refused",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_a_repeated_upload_makes_one_file(own_client: stripe.StripeClient) -> None:
    def send(content: bytes) -> stripe.File:
        return own_client.v1.files.create(
            {"file": make_file(content), "purpose": "dispute_evidence"}, {"idempotency_key": "k1"}
        )

    assert send(PDF).id == send(PDF).id
    with pytest.raises(stripe.IdempotencyError):
        send(PNG)
    assert len(own_client.v1.files.list().data) == 1


@pytest.mark.stripe_rule(
    "Uploads are `multipart/form-data`", "https://docs.stripe.com/api/files/create"
)
def test_a_form_without_a_file_is_refused(sandbox: Sandbox) -> None:
    answer = call(sandbox, "POST", "/v1/files", "purpose=dispute_evidence&file=x", KEY | FORM)
    assert answer.status == 400
    assert "multipart/form-data" in answer.error["message"]
    body = encode([("purpose", "dispute_evidence")])
    answer = call(sandbox, "POST", "/v1/files", body, KEY | MULTIPART)
    assert (answer.status, answer.error["code"]) == (400, "parameter_missing")


@pytest.mark.parametrize(
    "body",
    [b"", b"nothing", encode([("file", "")])[:-20], b"--made-up-boundary\r\nno head\r\n"],
    ids=["empty", "no boundary", "cut", "no head"],
)
def test_a_malformed_upload_is_refused(sandbox: Sandbox, body: bytes) -> None:
    answer = call(sandbox, "POST", "/v1/files", body, KEY | MULTIPART)
    assert answer.status == 400


@pytest.mark.parametrize(("path", "size"), [("/v1/customers", 2 * _MB), ("/v1/files", 18 * _MB)])
def test_only_a_file_may_be_large_and_not_too_large(sandbox: Sandbox, path: str, size: int) -> None:
    answer = call(sandbox, "POST", path, headers=KEY | MULTIPART | {"Content-Length": str(size)})
    assert answer.status == 413


@pytest.mark.stripe_rule(
    "Evidence names files by their ids, which can be expanded",
    "https://docs.stripe.com/api/disputes/update#update_dispute-evidence-receipt",
)
def test_a_file_is_evidence(client: stripe.StripeClient) -> None:
    dispute, file = disputed(client), upload(client)
    changed = client.v1.disputes.update(
        dispute.id, {"evidence": {"receipt": file.id}, "submit": False}
    )
    assert (changed.evidence.receipt, changed.evidence_details.has_evidence) == (file.id, True)
    shown = client.v1.disputes.retrieve(dispute.id, {"expand": ["evidence.receipt"]})
    assert isinstance(shown.evidence.receipt, stripe.File)
    assert shown.evidence.receipt.filename == "receipt.pdf"
    removed = client.v1.disputes.update(dispute.id, {"evidence": {"receipt": ""}, "submit": False})
    assert (removed.evidence.receipt, removed.evidence_details.has_evidence) == (None, False)


@pytest.mark.stripe_rule(
    "Only files for dispute evidence are evidence",
    "https://docs.stripe.com/api/disputes/update#update_dispute-evidence-receipt",
)
def test_a_file_for_another_purpose_is_not_evidence(client: stripe.StripeClient) -> None:
    dispute, file = disputed(client), upload(client, PNG, "icon.png", "business_icon")
    with pytest.raises(stripe.InvalidRequestError, match="business_icon") as refused:
        client.v1.disputes.update(dispute.id, {"evidence": {"receipt": file.id}})
    assert refused.value.param == "evidence[receipt]"


@pytest.mark.stripe_rule(
    "All files of a dispute together have at most 4.5 MB",
    "https://docs.stripe.com/disputes/best-practices",
)
def test_files_that_are_too_large_together_are_refused(client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    half = PDF + bytes(2_250_000 - len(PDF))
    first = {"receipt": upload(client, half).id}
    client.v1.disputes.update(dispute.id, {"evidence": first, "submit": False})
    second = {"uncategorized_file": upload(client, half).id}
    client.v1.disputes.update(dispute.id, {"evidence": second, "submit": False})
    with pytest.raises(stripe.InvalidRequestError, match="total size"):
        client.v1.disputes.update(
            dispute.id, {"evidence": {"refund_policy": upload(client).id}, "submit": False}
        )


def test_the_content_of_a_file_is_neither_kept_nor_recorded(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    content = PDF + b"Alice lives in Lisbon"
    upload(own_client, content)
    recorded = own_sandbox.requests("POST", "/v1/files")[0].parameters
    assert recorded["purpose"] == "dispute_evidence"
    assert str(recorded["file"]).startswith(f"receipt.pdf ({len(content)} bytes, sha256 ")
    assert "Lisbon" not in str(recorded)


def test_a_file_is_shown_on_the_sandboxs_pages(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    file = upload(own_client, name="Alice's receipt.pdf")
    page = call(own_sandbox, "GET", "/_sandbox/objects?type=file", headers={"Accept": "text/html"})
    assert file.id in page.body.decode()
    assert "Alice&#x27;s receipt.pdf" in page.body.decode()
