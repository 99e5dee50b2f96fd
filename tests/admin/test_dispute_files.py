"""Answering a dispute with files and with what the site filled in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django import forms
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from payments_graphql.dispute_evidence import FILES, TEXTS
from payments_graphql.models import StripeDispute, StripePaymentIntent
from payments_graphql.policy import Policy
from payments_graphql.reconciliation import reconcile
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import disputes
from payments_graphql.services.dispute_files import upload_dispute_file
from tests.sandbox.uploads import PDF, PNG

from .conftest import answer_url, page_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]
type Values = dict[str, Any]

CLEARED = dict.fromkeys(TEXTS, "")
SAVE = {"save": "1"}


class FilePolicy(Policy):
    receipt_id = ""

    def describe_dispute(self, dispute: StripeDispute) -> dict[str, str]:
        return {"receipt": self.receipt_id}


@pytest.fixture
def dispute(pay: Pay, alice: User) -> StripeDispute:
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


@pytest.fixture
def manager_client(bob: User) -> Client:
    """Staff who may answer disputes and nothing else."""
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename="manage_disputes"))
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def evidence(dashboard: stripe.StripeClient) -> Callable[[StripeDispute], Values]:
    def evidence(dispute: StripeDispute) -> Values:
        at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).to_dict()
        return {name: text for name, text in at_stripe["evidence"].items() if text}

    return evidence


def _fill_in(client: Client, dispute: StripeDispute, query: str = "", **values: Any) -> Values:
    """What a browser sends. It sends nothing for an unchecked box and an empty file field."""
    form = client.get(answer_url(dispute) + query).context["form"]
    left_out = (forms.BooleanField, forms.FileField)
    names = [name for name, field in form.fields.items() if not isinstance(field, left_out)]
    hidden = {form[name].html_initial_name: form[name].initial or "" for name in names}
    return hidden | {name: form[name].value() or "" for name in names} | values


def _file(content: bytes = PDF, name: str = "receipt.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_draft_with_a_file_shows_its_name_and_keeps_it(
    staff_client: Client, dispute: StripeDispute, evidence: Any, dashboard: stripe.StripeClient
) -> None:
    values = _fill_in(staff_client, dispute, **CLEARED, receipt=_file(), **SAVE)
    response = staff_client.post(answer_url(dispute), values, follow=True)
    assert "saved as a draft" in response.text
    [file] = dashboard.v1.files.list().data
    assert evidence(dispute) == {"receipt": file.id}
    page = staff_client.get(answer_url(dispute)).text
    assert "receipt.pdf (0.1 kB)" in page

    values = _fill_in(staff_client, dispute, customer_name="Alice", **SAVE)
    staff_client.post(answer_url(dispute), values)
    assert evidence(dispute) == {"receipt": file.id, "customer_name": "Alice"}


def test_a_file_is_replaced_or_removed(
    staff_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    old = upload_dispute_file(dispute=dispute, content=PDF, filename="old.pdf")
    draft = {"receipt": old.id, "refund_policy": old.id}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=draft, submit=False)
    values = _fill_in(
        staff_client, dispute, receipt=_file(PNG, "new.png"), refund_policy_remove="on", **SAVE
    )
    assert staff_client.post(answer_url(dispute), values).status_code == 302
    saved = disputes.fetch_saved_evidence(dispute=dispute)
    assert (set(saved), saved["receipt"]["filename"]) == ({"receipt"}, "new.png")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"GIF89a", "must be a PDF, JPEG or PNG"),
        (PDF + bytes(4_500_000), "at most 4.5 MB"),
        (PDF + b"<< /Type /Page >>" * 49, "fewer than 50 pages"),
    ],
    ids=["empty", "gif", "large", "refused by Stripe"],
)
def test_an_error_of_a_file_is_at_its_field(
    staff_client: Client, dispute: StripeDispute, evidence: Any, content: bytes, message: str
) -> None:
    values = _fill_in(staff_client, dispute, service_documentation=_file(content), **SAVE)
    response = staff_client.post(answer_url(dispute), values)
    assert response.status_code == 200
    [error] = response.context["form"].errors["service_documentation"]
    assert message in error
    assert evidence(dispute) == {}


def test_files_that_are_too_large_together_are_not_sent(
    staff_client: Client, dispute: StripeDispute, sandbox: Sandbox
) -> None:
    half = PDF + bytes(2_300_000)
    values = _fill_in(
        staff_client, dispute, receipt=_file(half), uncategorized_file=_file(half), **SAVE
    )
    response = staff_client.post(answer_url(dispute), values)
    assert "All files together" in response.context["form"].errors["uncategorized_file"][0]
    assert not sandbox.requests("POST", "/v1/files")


def test_an_uploaded_file_is_not_asked_for_again_after_an_error(
    staff_client: Client, dispute: StripeDispute, evidence: Any, sandbox: Sandbox
) -> None:
    values = _fill_in(staff_client, dispute, receipt=_file(), duplicate_charge_id="ch_no", **SAVE)
    response = staff_client.post(answer_url(dispute), values)
    assert "No such charge" in response.context["form"].errors.as_text()
    assert "receipt.pdf (" in response.text
    form = response.context["form"]
    again = {**values, "receipt": "", "receipt_id": form["receipt_id"].value()}
    again["duplicate_charge_id"] = ""
    assert staff_client.post(answer_url(dispute), again).status_code == 302
    assert evidence(dispute)["receipt"] == form["receipt_id"].value()
    assert len(sandbox.requests("POST", "/v1/files")) == 1


def test_a_draft_of_a_file_alone_can_be_submitted(
    staff_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    file = upload_dispute_file(dispute=dispute, content=PDF, filename="a.pdf")
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"receipt": file.id}, submit=False)
    values = _fill_in(staff_client, dispute, submit_now="1", is_final="on")
    assert staff_client.post(answer_url(dispute), values).status_code == 302
    dispute.refresh_from_db()
    assert dispute.status == "under_review"
    assert evidence(dispute) == {"receipt": file.id}


def test_the_fields_of_the_reason_come_first(staff_client: Client, dispute: StripeDispute) -> None:
    def list_fields() -> list[str]:
        page = staff_client.get(answer_url(dispute)).text
        return [name for name in re.findall(r' name="(\w+)"', page) if name in (*TEXTS, *FILES)]

    assert list_fields()[:4] == [
        "customer_name", "customer_email_address", "customer_purchase_ip", "billing_address",
    ]  # fmt: skip
    assert sorted(list_fields()) == sorted([*TEXTS, *FILES])
    StripeDispute.objects.update(reason="duplicate")
    assert list_fields()[:2] == ["duplicate_charge_id", "duplicate_charge_explanation"]
    StripeDispute.objects.update(reason="a new reason")
    assert sorted(list_fields()) == sorted([*TEXTS, *FILES])


def test_prefilled_values_are_marked_and_only_where_there_is_no_draft(
    staff_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    page = staff_client.get(answer_url(dispute))
    assert page.context["form"]["customer_email_address"].value() == "alice@example.com"
    # The e-mail address, the description and the history.
    assert page.text.count("Filled in by this site.") == 3

    draft = {"customer_email_address": "own@example.com"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=draft, submit=False)
    page = staff_client.get(answer_url(dispute))
    assert "Filled in by this site." not in page.text
    assert page.context["form"]["uncategorized_text"].value() is None
    values = _fill_in(staff_client, dispute, query="?fill=1", **SAVE)
    assert values["customer_email_address"] == "own@example.com"
    assert "50.00 USD was paid" in values["uncategorized_text"]
    staff_client.post(answer_url(dispute), values)
    assert evidence(dispute)["customer_email_address"] == "own@example.com"


def test_the_site_can_prefill_a_file(
    staff_client: Client, dispute: StripeDispute, evidence: Any, settings: Any
) -> None:
    file = upload_dispute_file(dispute=dispute, content=PDF, filename="receipt.pdf")
    FilePolicy.receipt_id = file.id
    settings.PAYMENTS_POLICY = f"{__name__}.FilePolicy"
    assert file.id in staff_client.get(answer_url(dispute)).text
    staff_client.post(answer_url(dispute), _fill_in(staff_client, dispute, **SAVE))
    assert evidence(dispute)["receipt"] == file.id


def test_who_answers_disputes_needs_no_other_permission(
    manager_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    assert page_url(dispute) in manager_client.get("/admin/payments_graphql/stripedispute/").text
    page = manager_client.get(page_url(dispute)).text
    assert "50.00 USD" in page
    assert page_url(dispute.payment_intent) not in page
    form = manager_client.get(answer_url(dispute)).text
    assert page_url(dispute.payment_intent) not in form
    assert "alice@example.com" not in form
    assert "you may not see personal data" in form
    values = _fill_in(manager_client, dispute, product_description="Lisbon", **SAVE)
    assert manager_client.post(answer_url(dispute), values).status_code == 302
    assert evidence(dispute)["product_description"] == "Lisbon"
    assert manager_client.get(page_url(dispute.payment_intent)).status_code == 403


def test_personal_data_of_a_draft_is_neither_shown_nor_lost(
    manager_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    draft = {"customer_name": "Alice Liddell", "product_description": "Lisbon"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=draft, submit=False)
    assert "Liddell" not in manager_client.get(answer_url(dispute)).text
    values = _fill_in(manager_client, dispute, product_description="A week in Lisbon", **SAVE)
    assert manager_client.post(answer_url(dispute), values).status_code == 302
    assert evidence(dispute) == draft | {"product_description": "A week in Lisbon"}
