"""The admin's pages for refunds that a second person must approve."""

import re
from collections.abc import Callable

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments_graphql.admin.payment_page.timeline import Entry
from payments_graphql.models import RefundRequest, StripePaymentIntent, StripeRefund
from payments_graphql.services import StripeService

from .conftest import list_url, page_url, refund_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture(autouse=True)
def approval(settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "40.00"}
    return settings


@pytest.fixture
def intent(pay: Pay, alice: User) -> StripePaymentIntent:
    return pay(alice, "90.00")


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_sue(sue: User) -> Client:
    return sign_in(sue)


@pytest.fixture
def as_fay(fay: User) -> Client:
    return sign_in(fay)


def fill_in(client: Client, intent: StripePaymentIntent, **values: str) -> dict[str, str]:
    form = client.get(refund_url(intent)).context["form"]
    key = form.initial["idempotency_key"]
    return {"amount": "60.00", "idempotency_key": key, "confirmed": "yes", **values}


@pytest.fixture
def request_(as_sue: Client, intent: StripePaymentIntent) -> RefundRequest:
    as_sue.post(refund_url(intent), fill_in(as_sue, intent, description="Flight canceled"))
    return RefundRequest.objects.get()


def url(name: str, row: RefundRequest) -> str:
    return reverse(f"admin:payments_graphql_refundrequest_{name}", args=(row.pk,))


def test_the_refund_page_says_before_when_a_second_person_is_needed(
    as_sue: Client, intent: StripePaymentIntent
) -> None:
    page = as_sue.get(refund_url(intent)).text
    assert "A second person must approve more than 40.00 USD of a payment." in page
    assert "Ask a second person to approve this refund." in page


def test_and_how_much_the_limit_leaves(
    as_sue: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "30.00/week"}}
    response = as_sue.get(refund_url(intent))
    assert (
        "You can refund 30.00 USD without approval. Your limit is 30.00 USD a week."
        in response.text
    )
    assert str(response.context["form"]["amount"].value()) == "30.00"


def test_without_rules_nothing_is_said(
    staff_client: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {}
    response = staff_client.get(refund_url(intent))
    assert "second person" not in response.text
    assert "request_approval" not in response.context["form"].fields


def test_support_refunds_within_the_limit_is_told_and_asks(
    as_sue: Client, as_fay: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "30.00/day"}}
    within = as_sue.post(refund_url(intent), fill_in(as_sue, intent, amount="25.00"), follow=True)
    assert "The status of the refund of 25.00 USD is now" in within.text

    values = fill_in(as_sue, intent, amount="10.00")
    form = as_sue.post(refund_url(intent), values).context["form"]
    (error,) = form.errors["amount"]
    assert error == (
        "You can refund at most 5.00 USD now. Your limit is 30.00 USD a day. Refund less, or ask "
        "for approval."
    )
    asked = as_sue.post(refund_url(intent), {**values, "request_approval": "on"}, follow=True)
    assert "A second person must approve this refund of 10.00 USD." in asked.text

    row = RefundRequest.objects.get()
    approved = as_fay.post(url("approve", row), {"is_sure": "on"}, follow=True)
    assert "The status of the refund of 10.00 USD is now" in approved.text
    assert sorted(StripeRefund.objects.values_list("amount", flat=True)) == [1000, 2500]


def test_a_large_refund_is_recorded_and_shown_on_the_payment(
    as_sue: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    values = fill_in(as_sue, intent)
    response = as_sue.post(refund_url(intent), values, follow=True)
    assert response.redirect_chain == [(page_url(intent), 302)]
    assert "A second person must approve this refund of 60.00 USD." in response.text
    row = RefundRequest.objects.get()
    assert page_url(row) in response.text
    assert LogEntry.objects.get().object_id == str(intent.pk)
    assert dashboard.v1.refunds.list().data == []

    as_sue.post(refund_url(intent), values)
    assert RefundRequest.objects.count() == 1, "a double click"


def test_a_second_person_approves_it(
    as_fay: Client, request_: RefundRequest, dashboard: stripe.StripeClient
) -> None:
    assert url("approve", request_) in as_fay.get(page_url(request_)).text
    page = as_fay.get(url("approve", request_)).text
    for shown in ("60.00 USD", "90.00 USD", "Flight canceled", "sue", "alice"):
        assert shown in page
    assert "@example.com" not in page.replace("a***@example.com", "")

    response = as_fay.post(url("approve", request_), {"is_sure": "on"}, follow=True)

    assert response.redirect_chain == [(page_url(request_), 302)]
    assert "The status of the refund of 60.00 USD is now" in response.text
    assert page_url(StripeRefund.objects.get()) in response.text
    assert url("approve", request_) not in response.text
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [6000]
    assert LogEntry.objects.filter(object_id=str(request_.pk)).count() == 1


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


def test_a_double_click_refunds_once(
    as_fay: Client, request_: RefundRequest, dashboard: stripe.StripeClient
) -> None:
    for _ in range(2):
        as_fay.post(url("approve", request_), {"is_sure": "on"})
    assert len(dashboard.v1.refunds.list().data) == 1


def test_who_asked_can_only_withdraw(
    fay: User, as_fay: Client, intent: StripePaymentIntent, service: StripeService
) -> None:
    service.create_refund(intent, amount="60.00", user=fay)
    row = RefundRequest.objects.get()
    page = as_fay.get(page_url(row)).text
    assert url("approve", row) not in page
    assert url("reject", row) not in page
    assert as_fay.post(url("approve", row), {"is_sure": "on"}).status_code == 403
    assert as_fay.post(url("reject", row), {"note": "x"}).status_code == 403

    assert url("withdraw", row) in page
    assert as_fay.get(url("withdraw", row)).status_code == 200
    response = as_fay.post(url("withdraw", row), {"is_sure": "on"}, follow=True)
    assert "The state of the request is now &quot;withdrawn&quot;." in response.text


def test_rejecting_takes_a_reason(as_sue: Client, as_fay: Client, request_: RefundRequest) -> None:
    assert as_fay.post(url("reject", request_), {"note": ""}).status_code == 200
    response = as_fay.post(url("reject", request_), {"note": "Too late."}, follow=True)
    assert "The state of the request is now &quot;rejected&quot;." in response.text
    assert "Too late." in as_sue.get(page_url(request_)).text
    response = as_fay.get(url("approve", request_), follow=True)
    assert "no longer waits" in response.text


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


def test_if_too_little_is_left_the_page_says_so(
    as_fay: Client, request_: RefundRequest, intent: StripePaymentIntent, service: StripeService
) -> None:
    service.create_refund(intent, amount="50.00")
    response = as_fay.post(url("approve", request_), {"is_sure": "on"})
    assert "At most 40.00 USD can be refunded." in response.text
    request_.refresh_from_db()
    assert request_.state == "waiting"


@pytest.mark.parametrize("name", ["approve", "reject", "withdraw"])
def test_support_and_viewers_cannot_decide(
    as_sue: Client, viewer_client: Client, request_: RefundRequest, name: str
) -> None:
    clients = (viewer_client,) if name == "withdraw" else (as_sue, viewer_client)
    for client in clients:
        assert url(name, request_) not in client.get(page_url(request_)).text
        assert client.get(url(name, request_)).status_code == 403
        assert client.post(url(name, request_), {"is_sure": "on", "note": "x"}).status_code == 403
    request_.refresh_from_db()
    assert request_.state == "waiting"


def test_who_may_approve_but_not_look_sees_nothing(
    viewer: User, viewer_client: Client, request_: RefundRequest
) -> None:
    viewer.user_permissions.set(Permission.objects.filter(codename="approve_refund"))
    assert viewer_client.get(list_url("refundrequest")).status_code == 403
    assert viewer_client.get(url("approve", request_)).status_code == 403
    assert viewer_client.post(url("approve", request_), {"is_sure": "on"}).status_code == 403


def list_states(client: Client, query: str) -> list[str]:
    page = client.get(f"{list_url('refundrequest')}{query}")
    assert page.status_code == 200
    return [row.state for row in page.context["cl"].result_list]


def test_the_list_shows_what_waits_first(
    as_fay: Client, request_: RefundRequest, as_sue: Client, intent: StripePaymentIntent
) -> None:
    as_sue.post(refund_url(intent), fill_in(as_sue, intent, amount="1.00", request_approval="on"))
    other = RefundRequest.objects.exclude(pk=request_.pk).get()
    as_fay.post(url("reject", other), {"note": "No."})

    assert list_states(as_fay, "") == ["waiting"]
    assert list_states(as_fay, "?state=all") == ["rejected", "waiting"]
    assert list_states(as_fay, "?state=rejected") == ["rejected"]
    assert list_states(as_fay, f"?q={intent.stripe_payment_intent_id}") == ["waiting"]
    assert list_states(as_fay, "?q=alice&state=all") == ["rejected", "waiting"]
    assert list_states(as_fay, f"?q={request_.pk}") == ["waiting"]
    assert list_states(as_fay, "?q=nobody") == []
    assert list_states(as_fay, "?mode=others") == []

    RefundRequest.objects.update(expires_at=timezone.now())
    assert list_states(as_fay, "") == []
    text = as_fay.get(f"{list_url('refundrequest')}?state=all").text
    assert len(re.findall(r"payments-status-idle", text)) == 2


def test_the_list_costs_few_statements(
    as_fay: Client, request_: RefundRequest, django_assert_max_num_queries
) -> None:
    RefundRequest.objects.bulk_create(
        RefundRequest(
            payment_intent=request_.payment_intent, amount=1, currency="USD", key=f"k{number}",
            actor=request_.actor, user=request_.user,
        )
        for number in range(20)
    )  # fmt: skip
    with django_assert_max_num_queries(19):
        as_fay.get(list_url("refundrequest"))
    with django_assert_max_num_queries(19):
        as_fay.get(page_url(request_))
