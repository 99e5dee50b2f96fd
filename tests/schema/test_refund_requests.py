"""Refunds that a second person must approve, over GraphQL: Sue asks, Fay decides."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments_graphql.models import RefundRequest
from tests.schema.conftest import GraphQLClient

CREATED = "refund { status amount } refundRequest { id state amount currency } replayed"
REQUEST = "id state amount currency note requestedBy mayApprove paymentIntent { id }"


@pytest.fixture(autouse=True)
def approval(settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "50.00"}
    return settings


@pytest.fixture
def as_sue(sue):
    return GraphQLClient(sue)


@pytest.fixture
def as_fay(fay):
    return GraphQLClient(fay)


@pytest.fixture
def given(sandbox, alice, pay, global_id):
    intent = pay(alice, "99.99")
    return {
        "idempotencyKey": "key",
        "paymentIntentId": global_id("PaymentIntent", intent.pk),
        "amount": "60.00",
    }


@pytest.fixture
def request_id(as_sue, given):
    return as_sue.mutate("createRefund", given, CREATED)["refundRequest"]["id"]


def test_a_large_refund_becomes_a_request(as_sue, given, sandbox):
    payload = as_sue.mutate("createRefund", given, CREATED)

    (error,) = payload["errors"]
    assert (error["__typename"], error["code"]) == ("ApprovalRequiredError", "APPROVAL_REQUIRED")
    assert error["message"] == (
        "A second person must approve this refund of 60.00 USD. The request was recorded."
    )
    assert payload["refund"] is None
    shown = payload["refundRequest"]
    assert (shown["state"], shown["amount"], shown["currency"]) == ("WAITING", "60.00", "USD")
    assert not sandbox.requests("POST", "/v1/refunds")


def test_a_second_person_approves_it(as_sue, as_fay, given, request_id):
    payload = as_fay.mutate(
        "approveRefund",
        {"refundRequestId": request_id},
        f"refundRequest {{ {REQUEST} refund {{ status }} }} refund {{ status amount }}",
    )

    assert payload["errors"] == []
    assert payload["refund"] == {"status": "SUCCEEDED", "amount": "60.00"}
    shown = payload["refundRequest"]
    assert (shown["state"], shown["requestedBy"]) == ("APPROVED", "sue")
    assert shown["refund"] == {"status": "SUCCEEDED"}

    again = as_sue.mutate("createRefund", given, CREATED)
    assert again["errors"] == []
    assert (again["refund"]["status"], again["replayed"]) == ("SUCCEEDED", True)


def test_who_asked_cannot_approve_and_is_told_why(as_fay, given, sandbox):
    own = as_fay.mutate("createRefund", given, CREATED)["refundRequest"]["id"]
    payload = as_fay.mutate("approveRefund", {"refundRequestId": own}, "refund { id }")
    (error,) = payload["errors"]
    assert error["code"] == "PERMISSION_DENIED"
    assert "a second person" in error["message"]
    assert error["path"] == ["input", "refundRequestId"]
    assert not sandbox.requests("POST", "/v1/refunds")


def test_a_request_is_rejected_with_a_note(as_sue, as_fay, request_id, sandbox):
    payload = as_fay.mutate(
        "rejectRefund",
        {"refundRequestId": request_id, "note": "Ask for the invoice first."},
        "refundRequest { state note }",
    )
    assert payload["errors"] == []
    assert payload["refundRequest"] == {"state": "REJECTED", "note": "Ask for the invoice first."}

    (shown,) = as_sue.ask("{ refundRequests { nodes { state note } } }")["refundRequests"]["nodes"]
    assert shown == {"state": "REJECTED", "note": "Ask for the invoice first."}
    assert not sandbox.requests("POST", "/v1/refunds")


def test_a_decided_request_is_not_decided_again(as_fay, request_id):
    as_fay.mutate("rejectRefund", {"refundRequestId": request_id}, "refundRequest { state }")
    payload = as_fay.mutate(
        "approveRefund", {"refundRequestId": request_id}, "refundRequest { state } refund { id }"
    )
    (error,) = payload["errors"]
    assert (error["code"], error["currentStatus"]) == ("INVALID_STATE", "REJECTED")
    assert error["allowed"] == ["WAITING"]
    assert payload["refundRequest"] == {"state": "REJECTED"}


def test_who_asked_withdraws_it(as_sue, request_id):
    payload = as_sue.mutate(
        "rejectRefund", {"refundRequestId": request_id}, "refundRequest { state }"
    )
    assert payload["refundRequest"] == {"state": "WITHDRAWN"}


@pytest.mark.parametrize("mutation", ["approveRefund", "rejectRefund"])
def test_to_others_there_is_no_such_request(as_alice, as_bob, request_id, mutation):
    for client in (as_alice, as_bob):
        payload = client.mutate(mutation, {"refundRequestId": request_id}, "refundRequest { id }")
        assert payload["refundRequest"] is None
        assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    assert RefundRequest.objects.get().state == "waiting"


@pytest.mark.parametrize("request_id", ["", "x", "UmVmdW5kUmVxdWVzdDoxMg=="])
def test_an_invalid_id_is_not_found(as_fay, request_id):
    payload = as_fay.mutate("approveRefund", {"refundRequestId": request_id}, "refund { id }")
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]


def test_the_queue_of_who_approves(as_fay, as_sue, request_id, given):
    query = f"""{{ refundRequests(scope: ALL, filter: {{
        state: [WAITING], paymentIntentId: "{given["paymentIntentId"]}",
        username: "alice", amount: {{ currency: "USD", minimum: "50" }} }}) {{
        nodes {{ {REQUEST} description expiresAt }} }} }}"""
    (shown,) = as_fay.ask(query)["refundRequests"]["nodes"]
    assert shown["id"] == request_id
    assert (shown["requestedBy"], shown["mayApprove"]) == ("sue", True)
    assert shown["paymentIntent"] == {"id": given["paymentIntentId"]}

    (shown,) = as_sue.ask(query)["refundRequests"]["nodes"]
    assert shown["mayApprove"] is False

    as_fay.mutate("rejectRefund", {"refundRequestId": request_id}, "refundRequest { state }")
    assert as_fay.ask(query)["refundRequests"]["nodes"] == []


def test_own_requests_do_not_show_anybodys_payment(as_sue, request_id):
    (shown,) = as_sue.ask(f"{{ refundRequests {{ nodes {{ {REQUEST} }} }} }}")["refundRequests"][
        "nodes"
    ]
    assert (shown["id"], shown["paymentIntent"]) == (request_id, None)


AVAILABLE = """query($id: ID!) { paymentIntent(by: {id: $id}, scope: ALL) {
    availableActions { action allowed reason maximumAmount approvalAbove } } }"""


def get_refund_action(client, given):
    shown = client.ask(AVAILABLE, id=given["paymentIntentId"])["paymentIntent"]
    (action,) = [one for one in shown["availableActions"] if one["action"] == "REFUND"]
    others = [one["approvalAbove"] for one in shown["availableActions"] if one is not action]
    assert others == [None] * 4
    return action


def test_limits_and_approval_are_shown_before(as_sue, as_fay, given, settings):
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "40.00/day"}, "Finance": "unlimited"}
    assert get_refund_action(as_fay, given) == {
        "action": "REFUND", "allowed": True, "reason": None, "maximumAmount": "99.99",
        "approvalAbove": "50.00",
    }  # fmt: skip
    assert get_refund_action(as_sue, given)["maximumAmount"] == "40.00"

    payload = as_sue.mutate(
        "createRefund",
        {**given, "amount": "40.00"},
        "paymentIntent { availableActions { action maximumAmount allowed reason } }",
    )
    assert payload["errors"] == []
    action = payload["paymentIntent"]["availableActions"][-1]
    assert (action["allowed"], action["maximumAmount"]) == (False, None)
    assert action["reason"] == (
        "You have reached your limit for refunds: 40.00 USD a day. Ask for approval."
    )


def test_what_cannot_be_refunded_has_no_limit(sandbox, as_sue, settings, alice, pay, global_id):
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "40.00/day"}}
    held = pay(alice, "99.99", capture_method="manual")
    action = get_refund_action(as_sue, {"paymentIntentId": global_id("PaymentIntent", held.pk)})
    assert (action["allowed"], action["maximumAmount"], action["approvalAbove"]) == (
        False, None, None,
    )  # fmt: skip


def test_above_the_limit_one_is_told_and_can_ask(as_sue, given, settings):
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "40.00/day"}}
    small = {**given, "amount": "45.00"}
    payload = as_sue.mutate("createRefund", small, CREATED)
    (error,) = payload["errors"]
    assert (error["code"], error["maximum"], error["currency"]) == (
        "AMOUNT_TOO_LARGE", "40.00", "USD",
    )  # fmt: skip
    assert payload["refundRequest"] is None

    payload = as_sue.mutate("createRefund", {**small, "requestApproval": True}, CREATED)
    assert payload["refundRequest"]["amount"] == "45.00"


def test_a_page_of_payments_counts_refunds_once(as_sue, given, settings, alice, pay):
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "40.00/day"}}
    query = "{ paymentIntents(scope: ALL) { nodes { availableActions { maximumAmount } } } }"
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            as_sue.ask(query)
        counts.append(len(queries))
        pay(alice)
    assert counts == counts[:1] * 2


def test_a_payment_cannot_be_read_through_a_request(rita, sue, given, request_id):
    """See `test_payload_visibility`."""
    payload = GraphQLClient(rita).mutate(
        "approveRefund", {"refundRequestId": request_id}, "refundRequest { note }"
    )
    assert [error["code"] for error in payload["errors"]] == ["PERMISSION_DENIED"]
    assert RefundRequest.objects.get().state == "waiting"


@pytest.fixture
def rita(db):
    """She may approve, but view nothing."""
    user = User.objects.create_user("rita", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="approve_refund"))
    return user
