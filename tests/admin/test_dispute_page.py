"""A dispute's page: its deadline, its reason, its history, and what was submitted."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from payments_graphql import dispute_advice
from payments_graphql.dispute_evidence import EVIDENCE
from payments_graphql.models import DisputeStatus, StripeDispute, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import disputes
from payments_graphql.services.dispute_files import upload_dispute_file
from tests.sandbox.uploads import PDF

from .conftest import list_url, page_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture
def dispute(pay: Pay, alice: User) -> StripeDispute:
    pay(alice, "50.00", method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


def evidence_url(dispute: StripeDispute) -> str:
    return reverse("admin:payments_graphql_stripedispute_evidence", args=(dispute.pk,))


def _read_deadline(client: Client, dispute: StripeDispute) -> tuple[str, str]:
    found = re.search(
        r'class="payments-deadline payments-deadline-(\w+)">(.*?)</p>',
        client.get(page_url(dispute)).text,
    )
    assert found
    return found[1], re.sub("<[^>]+>", "", found[2])


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (timedelta(days=8, minutes=5), "waiting", "8 days left"),
        (timedelta(days=3, minutes=5), "waiting", "3 days left"),
        (timedelta(days=1, minutes=5), "bad", "1 day left"),
        (timedelta(hours=5, minutes=5), "bad", "5 hours left"),
        (timedelta(minutes=5), "bad", "Less than an hour left"),
        (-timedelta(minutes=5), "bad", "The deadline has passed"),
        (None, "waiting", "The bank gave no deadline"),
    ],
)
def test_the_deadline_comes_first_in_words(
    staff_client: Client, dispute: StripeDispute, left: timedelta | None, tone: str, words: str
) -> None:
    due = None if left is None else timezone.now() + left
    StripeDispute.objects.update(evidence_due_by=due)
    found = _read_deadline(staff_client, dispute)
    assert found[0] == tone
    assert words in found[1]
    page = staff_client.get(page_url(dispute)).text
    assert page.index("payments-deadline") < page.index("Technical details")


@pytest.mark.parametrize(
    ("status", "tone", "words"),
    [
        ("won", "good", "Won. You keep 50.00 USD."),
        ("lost", "bad", "Lost. The customer keeps 50.00 USD."),
        ("warning_closed", "good", "The inquiry is closed. You keep 50.00 USD."),
        ("prevented", "idle", "The customer was refunded before a formal dispute."),
        ("under_review", "waiting", "The bank reviews the evidence."),
        ("unknown", "waiting", "Stripe added a new status"),
    ],
)
def test_the_outcome_is_said_in_words(
    staff_client: Client, dispute: StripeDispute, status: str, tone: str, words: str
) -> None:
    StripeDispute.objects.update(status=status, amount_withdrawn=0)
    found = _read_deadline(staff_client, dispute)
    assert found[0] == tone
    assert words in found[1]


def test_money_that_has_not_come_back_yet_is_said(
    staff_client: Client, dispute: StripeDispute
) -> None:
    StripeDispute.objects.update(status="won")
    assert "Stripe will return 50.00 USD" in _read_deadline(staff_client, dispute)[1]


def test_every_status_has_its_words(staff_client: Client, dispute: StripeDispute) -> None:
    for status in DisputeStatus:
        StripeDispute.objects.update(status=status)
        assert _read_deadline(staff_client, dispute)[1].strip()


def test_the_reason_is_said_in_words_with_advice(
    staff_client: Client, dispute: StripeDispute
) -> None:
    for reason, advice in dispute_advice.REASONS.items():
        StripeDispute.objects.update(reason=reason)
        page = staff_client.get(page_url(dispute)).text
        assert str(advice.claim).replace("'", "&#x27;") in page
        assert str(advice.proof[0]).replace("'", "&#x27;") in page
    StripeDispute.objects.update(status="appeal_needs_response")
    assert "Answer it in Stripe's dashboard" in staff_client.get(page_url(dispute)).text


def test_the_fields_of_every_reason_exist() -> None:
    for advice in dispute_advice.REASONS.values():
        assert set(advice.fields) <= set(EVIDENCE)
        assert len(set(advice.fields)) == len(advice.fields)


def test_the_history_is_in_order_with_names(
    staff_client: Client, dispute: StripeDispute, sam: User, sandbox: Sandbox
) -> None:
    disputes.submit_dispute_evidence(
        dispute=dispute, evidence={"customer_name": "Alice"}, submit=False, user=sam
    )
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"customer_name": "A"}, user=sam)
    sandbox.act(dispute.stripe_dispute_id, "win")
    reconcile()
    page = staff_client.get(page_url(dispute)).text
    order = [
        "Payment of 50.00 USD",
        "Dispute opened: needs response",
        "Evidence saved as a draft",
        "Evidence submitted to the bank",
        "Status: won",
    ]
    assert sorted(order, key=page.index) == order
    history = page[page.index("What happened") : page.index("Technical details")]
    assert history.count(">sam<") == 2
    assert "user:" not in history
    assert history.count(">bank<") == 2  # opened and won


def test_what_was_submitted_is_read_from_stripe_with_the_names_of_files(
    staff_client: Client, dispute: StripeDispute
) -> None:
    assert evidence_url(dispute) not in staff_client.get(page_url(dispute)).text
    file = upload_dispute_file(dispute=dispute, content=PDF, filename="receipt.pdf")
    evidence = {"receipt": file.id, "customer_name": "Alice L.", "uncategorized_text": "a\n<b>"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence, submit=False)
    assert "The saved draft" in staff_client.get(page_url(dispute)).text
    disputes.submit_dispute_evidence(dispute=dispute, evidence={})

    assert "What was submitted" in staff_client.get(page_url(dispute)).text
    page = staff_client.get(evidence_url(dispute)).text
    for text in ("What was submitted", "receipt.pdf", "Alice L.", "a<br>&lt;b&gt;"):
        assert text in page
    assert LogEntry.objects.get().get_change_message() == "Looked at the evidence."


def test_personal_data_is_hidden_from_those_who_may_not_see_it(
    dispute: StripeDispute, bob: User
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename="manage_disputes"))
    client = Client()
    client.force_login(bob)
    evidence = {"customer_name": "Alice L.", "product_description": "Lisbon"}
    disputes.submit_dispute_evidence(dispute=dispute, evidence=evidence)
    page = client.get(evidence_url(dispute)).text
    assert "Lisbon" in page
    assert "Alice L." not in page
    assert "You need the permission to see names" in page


def test_who_only_answers_disputes_is_not_led_to_closed_pages(
    dispute: StripeDispute, bob: User, staff_client: Client
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="manage_disputes"))
    client = Client()
    client.force_login(bob)
    payment = page_url(dispute.payment_intent)
    assert payment in staff_client.get(list_url("stripedispute")).text
    assert client.get(payment).status_code == 403
    listed = client.get(list_url("stripedispute"))
    assert str(dispute.payment_intent.stripe_payment_intent_id) in listed.text
    for shown in (listed, client.get(page_url(dispute))):
        links = set(re.findall(r'href="(/admin/[^"#?]*)', shown.text))
        closed = {link for link in links if client.get(link, follow=True).status_code != 200}
        assert closed == set()


def test_evidence_is_only_shown_to_those_who_answer_disputes(
    viewer_client: Client, dispute: StripeDispute, staff_client: Client
) -> None:
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"customer_name": "Alice"})
    assert evidence_url(dispute) not in viewer_client.get(page_url(dispute)).text
    assert viewer_client.get(evidence_url(dispute)).status_code == 403
    unknown = "/admin/payments_graphql/stripedispute/00000000-0000-4000-8000-000000000000"
    assert staff_client.get(f"{unknown}/evidence/").status_code == 404


def test_without_stripe_the_page_says_so(
    staff_client: Client, dispute: StripeDispute, settings: Any
) -> None:
    disputes.submit_dispute_evidence(dispute=dispute, evidence={"customer_name": "Alice"})
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    response = staff_client.get(evidence_url(dispute), follow=True)
    assert response.redirect_chain == [(page_url(dispute), 302)]
    assert "Stripe could" in response.text or "Stripe cannot be reached" in response.text


def test_the_page_needs_few_statements(staff_client: Client, dispute: StripeDispute) -> None:
    for number in range(5):
        disputes.submit_dispute_evidence(
            dispute=dispute, evidence={"customer_name": f"Alice {number}"}, submit=False
        )
    staff_client.get(page_url(dispute))
    with CaptureQueriesContext(
        connection,
    ) as statements:
        staff_client.get(page_url(dispute))
    assert len(statements) < 20, [one["sql"] for one in statements]
