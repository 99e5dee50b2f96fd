"""What the page of a payment says of a request."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from payments_graphql.admin.payment_page.timeline import Entry
from payments_graphql.models import RefundRequest, StripePaymentIntent
from tests.admin.conftest import list_url, page_url

from .conftest import url

pytestmark = pytest.mark.any_database


def test_the_payment_says_who_asked_and_who_decided(
    as_fay: Client, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    waits = "A refund of 60.00 USD waits for a second person to approve it."
    asked = "Asked for approval to refund 60.00 USD"
    page = as_fay.get(page_url(intent)).text
    assert waits in page
    assert asked in page
    assert "Flight canceled" in page

    as_fay.post(url("reject", request_), {"note": "Too late."})

    response = as_fay.get(page_url(intent))
    assert waits not in response.text
    entries = {one.title: one for one in response.context["timeline"].entries}
    assert entries[asked].who == "sue"
    assert "Rejected by fay" in response.text
    assert entries[asked].text == "Too late."


def test_a_request_that_nobody_decided_is_said_to_be_over(
    as_fay: Client, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    RefundRequest.objects.update(expires_at=timezone.now())
    page = as_fay.get(page_url(intent)).text
    assert "waits for a second person" not in page
    assert "Nobody decided in time." in page


def _find_entry(client: Client, intent: StripePaymentIntent, title: str) -> Entry:
    entries = client.get(page_url(intent)).context["timeline"].entries
    (found,) = [entry for entry in entries if entry.title == title]
    return found


def _give_names(*users: User) -> None:
    for user in users:
        User.objects.filter(pk=user.pk).update(first_name=user.username.title(), last_name="Staff")


def test_the_timeline_says_who_asked_and_who_approved(
    as_fay: Client, fay: User, sue: User, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    _give_names(fay, sue)
    title = "Asked for approval to refund 60.00 USD"
    entry = _find_entry(as_fay, intent, title)
    assert (entry.who, entry.tone) == ("Sue Staff", "waiting")
    assert entry.details[0] == "Flight canceled"
    assert entry.details[1].startswith("A second person can approve it (until ")
    assert page_url(request_) in entry.links[0]

    as_fay.post(url("approve", request_), {"is_sure": "on"})

    entry = _find_entry(as_fay, intent, title)
    assert entry.tone == "good"
    assert entry.details[1].startswith("Approved by Fay Staff (")
    refunded = _find_entry(as_fay, intent, "Refunded 60.00 USD")
    assert (refunded.who, refunded.details[0]) == ("Sue Staff", "Approved by Fay Staff.")


def test_the_timeline_says_who_rejected_it_and_why(
    as_fay: Client, as_sue: Client, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    as_fay.post(url("reject", request_), {"note": "Too late. Ask a.b@example.com"})
    entry = _find_entry(as_sue, intent, "Asked for approval to refund 60.00 USD")
    assert entry.details[1].startswith("Rejected by fay (")
    assert entry.tone == "idle"
    assert entry.text == "Too late. Ask a•••@example.com"


def test_the_timeline_says_that_nobody_decided(
    as_sue: Client, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    RefundRequest.objects.update(expires_at=timezone.now())
    entry = _find_entry(as_sue, intent, "Asked for approval to refund 60.00 USD")
    assert (entry.details[1], entry.tone) == ("Nobody decided in time.", "idle")


def test_the_timeline_has_no_requests_for_those_who_may_not_view_them(
    viewer: User, viewer_client: Client, request_: RefundRequest, intent: StripePaymentIntent
) -> None:
    viewer.user_permissions.remove(Permission.objects.get(codename="view_refundrequest"))
    entries = viewer_client.get(page_url(intent)).context["timeline"].entries
    assert not [entry for entry in entries if "approval" in entry.title]


def test_people_are_named_and_not_numbered(
    as_fay: Client, fay: User, sue: User, request_: RefundRequest
) -> None:
    _give_names(fay, sue)
    as_fay.post(url("reject", request_), {"note": "No."})
    page = as_fay.get(page_url(request_)).text
    assert "Sue Staff" in page
    assert "Fay Staff" in page
    assert "user:" not in page
    assert "Sue Staff" in as_fay.get(f"{list_url('refundrequest')}?state=all").text
