"""The admin's two responses to a dispute, over HTTP and against the sandbox."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from payments_graphql.dispute_evidence import EVIDENCE, TEXTS
from payments_graphql.models import Operation, StripeDispute, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes

from .conftest import accept_url, answer_url, page_url, refund_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture
def dispute(pay: Pay, alice: User) -> StripeDispute:
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


@pytest.fixture
def inquiry(pay: Pay, alice: User) -> StripeDispute:
    pay(alice, "50.00", method="pm_card_createDisputeInquiry")
    reconcile()
    return StripeDispute.objects.get()


@pytest.fixture
def evidence(dashboard: stripe.StripeClient) -> Callable[[StripeDispute], dict[str, Any]]:
    """The evidence that Stripe has."""

    def evidence(dispute: StripeDispute) -> dict[str, Any]:
        at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).to_dict()
        return {name: text for name, text in at_stripe["evidence"].items() if text}

    return evidence


def _fill_in(client: Client, dispute: StripeDispute, **values: str) -> dict[str, str]:
    """What a browser sends: the rendered form with its hidden fields, and the entered values."""
    form = client.get(answer_url(dispute)).context["form"]
    texts = [name for name, field in form.fields.items() if not isinstance(field, _Checkbox)]
    shown = {name: form[name].value() or "" for name in texts}
    hidden = {form[name].html_initial_name: form[name].initial or "" for name in texts}
    return hidden | shown | values


_Checkbox = forms.BooleanField
CLEARED = dict.fromkeys(TEXTS, "")
"""What the site filled in, taken out."""
SUBMIT = {"submit_now": "Submit to the bank", "is_final": "on"}


def test_the_page_says_what_it_is_about(staff_client: Client, dispute: StripeDispute) -> None:
    page = staff_client.get(answer_url(dispute)).text
    for text in (dispute.stripe_dispute_id, "50.00 USD", "Fraudulent", "Needs response"):
        assert text in page
    for name in EVIDENCE:
        assert f'name="{name}"' in page


def test_a_draft_is_kept_at_stripe_and_shown_again(
    staff_client: Client, dispute: StripeDispute, evidence: Any, sam: User
) -> None:
    values = _fill_in(
        staff_client, dispute, **(CLEARED | {"product_description": "A flight to Lisbon"}), save="1"
    )
    response = staff_client.post(answer_url(dispute), values, follow=True)
    assert response.redirect_chain == [(page_url(dispute), 302)]
    assert "saved as a draft" in response.text
    assert evidence(dispute) == {"product_description": "A flight to Lisbon"}
    dispute.refresh_from_db()
    assert (dispute.status, dispute.has_evidence) == ("needs_response", True)
    assert Operation.objects.get(kind="submit_dispute_evidence").actor == f"user:{sam.pk}"

    form = staff_client.get(answer_url(dispute)).context["form"]
    assert form["product_description"].value() == "A flight to Lisbon"
    values = _fill_in(staff_client, dispute, uncategorized_text="They flew", save="1")
    staff_client.post(answer_url(dispute), values)
    assert set(evidence(dispute)) == {"product_description", "uncategorized_text"}


def test_a_text_that_was_removed_is_removed_at_stripe(
    staff_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    written = {"product_description": "A flight", "customer_name": "Alicia"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=written, submit=False)
    values = _fill_in(staff_client, dispute, customer_name="", save="1")
    assert staff_client.post(answer_url(dispute), values).status_code == 302
    assert evidence(dispute) == {"product_description": "A flight"}


def test_a_draft_that_could_not_be_read_is_not_wiped_out(
    staff_client: Client, dispute: StripeDispute, evidence: Any, settings: Any
) -> None:
    written = {"product_description": "A flight"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=written, submit=False)
    good, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    response = staff_client.get(answer_url(dispute))
    assert response.status_code == 200
    assert "The saved draft cannot be shown" in response.text
    values = _fill_in(staff_client, dispute, customer_name="Alice", save="1")
    settings.STRIPE_API_BASE = good
    assert staff_client.post(answer_url(dispute), values).status_code == 302
    assert evidence(dispute) == {"product_description": "A flight", "customer_name": "Alice"}


def test_evidence_is_submitted_once_it_is_confirmed(
    staff_client: Client, dispute: StripeDispute, dashboard: stripe.StripeClient
) -> None:
    text = "Two lines\r\nof it"
    values = _fill_in(staff_client, dispute, uncategorized_text=text, **SUBMIT)
    response = staff_client.post(answer_url(dispute), values, follow=True)
    assert "Status of the dispute: Under review." in response.text
    at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id)
    assert at_stripe.evidence_details.submission_count == 1
    assert at_stripe.evidence.uncategorized_text == "Two lines\nof it"
    dispute.refresh_from_db()
    assert (dispute.status, dispute.submission_count) == ("under_review", 1)
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message()) == (
        str(dispute.pk),
        "The evidence was submitted. Status of the dispute: Under review.",
    )
    assert text not in entry.change_message


def test_without_the_confirmation_nothing_is_sent(
    staff_client: Client, dispute: StripeDispute, evidence: Any
) -> None:
    values = _fill_in(staff_client, dispute, uncategorized_text="They flew", submit_now="1")
    response = staff_client.post(answer_url(dispute), values)
    assert response.status_code == 200
    assert "is_final" in response.context["form"].errors
    assert response.context["form"]["uncategorized_text"].value() == "They flew"
    assert evidence(dispute) == {}
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (CLEARED, "Evidence must not be empty."),
        ({"uncategorized_text": "x" * 150_001}, "at most 150000 characters"),
        ({"customer_name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_bad_evidence_is_said_and_not_sent(
    staff_client: Client,
    dispute: StripeDispute,
    evidence: Any,
    values: dict[str, str],
    message: str,
) -> None:
    response = staff_client.post(
        answer_url(dispute), _fill_in(staff_client, dispute, **values, **SUBMIT)
    )
    assert response.status_code == 200
    assert message in response.context["form"].errors.as_text()
    assert evidence(dispute) == {}


def test_a_refusal_of_stripes_is_a_form_error(
    staff_client: Client, dispute: StripeDispute, dashboard: stripe.StripeClient
) -> None:
    """Accepted in Stripe's Dashboard, and its event has not arrived yet."""
    values = _fill_in(staff_client, dispute, uncategorized_text="They flew", **SUBMIT)
    dashboard.v1.disputes.close(dispute.stripe_dispute_id)
    response = staff_client.post(answer_url(dispute), values)
    assert response.status_code == 200
    assert "already closed" in response.context["form"].errors.as_text()


def test_after_submission_nothing_more_is_offered(
    staff_client: Client, dispute: StripeDispute
) -> None:
    assert answer_url(dispute) in staff_client.get(page_url(dispute)).text
    assert accept_url(dispute) in staff_client.get(page_url(dispute)).text
    values = _fill_in(staff_client, dispute, uncategorized_text="They flew", **SUBMIT)
    staff_client.post(answer_url(dispute), values)
    page = staff_client.get(page_url(dispute)).text
    assert answer_url(dispute) not in page
    assert accept_url(dispute) not in page
    for url in (answer_url(dispute), accept_url(dispute)):
        response = staff_client.get(url, follow=True)
        assert "cannot be answered here now" in response.text
    response = staff_client.post(answer_url(dispute), values)
    assert "cannot be answered now" in response.context["form"].errors.as_text()
    response = staff_client.post(accept_url(dispute), {"is_sure": "on"})
    assert "cannot be answered now" in response.context["form"].errors.as_text()


def test_a_dispute_is_accepted_once_it_is_confirmed(
    staff_client: Client, dispute: StripeDispute, dashboard: stripe.StripeClient
) -> None:
    assert "the customer keeps the money" in staff_client.get(accept_url(dispute)).text
    response = staff_client.post(accept_url(dispute), {})
    assert list(response.context["form"].errors) == ["is_sure"]
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "needs_response"

    response = staff_client.post(accept_url(dispute), {"is_sure": "on"}, follow=True)
    assert response.redirect_chain == [(page_url(dispute), 302)]
    assert "Status of the dispute: Lost." in response.text
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "lost"
    assert LogEntry.objects.get().get_change_message() == (
        "The dispute was accepted. Status of the dispute: Lost."
    )


def test_accepting_an_inquiry_says_that_no_money_is_lost(
    staff_client: Client, inquiry: StripeDispute
) -> None:
    page = staff_client.get(accept_url(inquiry)).text
    assert "has not taken any money" in page
    response = staff_client.post(accept_url(inquiry), {"is_sure": "on"}, follow=True)
    assert "Status of the dispute: Warning closed." in response.text


def test_a_disputed_payment_offers_no_refund_and_says_why(
    staff_client: Client, dispute: StripeDispute
) -> None:
    intent = dispute.payment_intent
    page = staff_client.get(page_url(intent)).text
    assert refund_url(intent) not in page
    assert page_url(dispute) in page
    response = staff_client.get(refund_url(intent), follow=True)
    assert "This payment is disputed" in response.text


def test_staff_who_may_only_look_cannot_answer(
    viewer_client: Client, dispute: StripeDispute, dashboard: stripe.StripeClient
) -> None:
    assert answer_url(dispute) not in viewer_client.get(page_url(dispute)).text
    for url in (answer_url(dispute), accept_url(dispute)):
        assert viewer_client.get(url).status_code == 403
        assert viewer_client.post(url, {"is_sure": "on", "customer_name": "A"}).status_code == 403
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "needs_response"
    assert not Operation.objects.filter(dispute=dispute).exists()


def test_customers_are_sent_to_the_login(alice: User, dispute: StripeDispute) -> None:
    client = Client()
    client.force_login(alice)
    for url in (answer_url(dispute), accept_url(dispute)):
        response = client.post(url, {"is_sure": "on"})
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_a_form_from_another_site_is_refused(sam: User, dispute: StripeDispute) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(accept_url(dispute), {"is_sure": "on"}).status_code == 403
    dispute.refresh_from_db()
    assert dispute.status == "needs_response"


@pytest.mark.django_db(transaction=True)
def test_the_pages_hold_no_transaction_under_atomic_requests(
    staff_client: Client, dispute: StripeDispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(transaction.get_connection().settings_dict, "ATOMIC_REQUESTS", True)
    values = _fill_in(staff_client, dispute, customer_name="Alice", save="1")
    assert staff_client.post(answer_url(dispute), values).status_code == 302
    assert staff_client.post(accept_url(dispute), {"is_sure": "on"}).status_code == 302
    dispute.refresh_from_db()
    assert dispute.status == "lost"


def test_a_dispute_that_does_not_exist_is_not_found(staff_client: Client) -> None:
    unknown = "/admin/payments_graphql/stripedispute/00000000-0000-4000-8000-000000000000"
    for page in ("answer", "accept"):
        assert staff_client.get(f"{unknown}/{page}/").status_code == 404
