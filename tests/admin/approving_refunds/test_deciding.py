"""A second person decides."""

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from payments_graphql.models import RefundRequest, StripePaymentIntent, StripeRefund
from payments_graphql.services import StripeService
from tests.admin.conftest import list_url, page_url

from .conftest import url

pytestmark = pytest.mark.any_database


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
