import pytest
from django.contrib.auth.models import Permission

from payments_graphql.models import Operation, StripeRefund

SELECTION = """
    refund { id status amount paymentIntent { amountRefunded amountRefundable clientSecret } }
"""


@pytest.fixture
def waiting(sandbox, alice, pay, service):
    paid = pay(alice, method="pm_card_refundRequiresAction")
    refund = service.create_refund(paid, amount="10.00")["refund"]
    assert refund.status == "requires_action"
    return refund


@pytest.fixture
def cancel(waiting, global_id):
    def cancel(client, **input):
        given = {"refundId": global_id("Refund", waiting.pk), **input}
        return client.mutate("cancelRefund", given, SELECTION)

    return cancel


def count_calls(sandbox):
    return len(sandbox.requests("POST", "/v1/refunds/*/cancel"))


def test_staff_take_back_a_refund_of_any_customer(as_sam, cancel, waiting, dashboard):
    payload = cancel(as_sam)

    assert payload["errors"] == []
    assert (payload["refund"]["status"], payload["refund"]["amount"]) == ("CANCELED", "10.00")
    assert payload["refund"]["paymentIntent"]["amountRefunded"] == "0.00"
    assert payload["refund"]["paymentIntent"]["amountRefundable"] == "99.99"
    assert dashboard.v1.refunds.retrieve(waiting.stripe_refund_id).status == "canceled"


def test_taking_it_back_twice_is_refused_without_asking_stripe(as_sam, cancel, sandbox):
    cancel(as_sam)
    payload = cancel(as_sam)

    [error] = payload["errors"]
    assert (error["__typename"], error["currentStatus"]) == ("InvalidStateError", "CANCELED")
    assert error["path"] == ["input", "refundId"]
    assert error["allowed"] == ["REQUIRES_ACTION"]
    assert payload["refund"]["status"] == "CANCELED"
    assert count_calls(sandbox) == 1


def test_one_that_has_settled_stays(as_sam, alice, cancel, pay, service, sandbox, global_id):
    settled = service.create_refund(pay(alice), amount="5")["refund"]
    payload = cancel(as_sam, refundId=global_id("Refund", settled.pk))

    assert payload["errors"][0]["currentStatus"] == "SUCCEEDED"
    assert payload["refund"]["status"] == "SUCCEEDED"
    assert count_calls(sandbox) == 0


def test_one_that_settled_meanwhile_is_shown_as_it_is(as_sam, cancel, sandbox):
    sandbox.advance(3601)
    payload = cancel(as_sam)

    [error] = payload["errors"]
    assert (error["__typename"], error["retryable"]) == ("InvalidStateError", False)
    assert "unsupported" in error["message"]
    assert payload["refund"]["status"] == "SUCCEEDED"


def test_a_customer_may_see_their_own_refund_but_not_take_it_back(
    as_alice, cancel, waiting, sandbox
):
    payload = cancel(as_alice)

    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("PermissionError", "PERMISSION_DENIED")
    assert payload["refund"]["status"] == "REQUIRES_ACTION"
    assert count_calls(sandbox) == 0
    assert not Operation.objects.filter(refund=waiting, kind="cancel_refund").exists()


def test_another_persons_refund_is_as_if_it_did_not_exist(as_bob, bob, cancel, sandbox):
    # The permission for refunds is needed, not others.
    bob.user_permissions.set(Permission.objects.exclude(codename="refund_payment"))
    foreign = cancel(as_bob)

    assert foreign == cancel(as_bob, refundId="bm90aGluZw==")
    assert foreign["refund"] is None
    assert foreign["errors"][0]["__typename"] == "NotFoundError"
    assert foreign["errors"][0]["path"] == ["input", "refundId"]
    assert count_calls(sandbox) == 0


def test_what_is_no_refunds_id_finds_nothing_for_staff(as_sam, cancel, waiting, global_id):
    reserved = StripeRefund.objects.create(
        payment_intent=waiting.payment_intent, amount=100, currency="USD"
    )
    for wrong in (
        "nothing",
        "",
        "é",
        global_id("Refund", "\0"),
        global_id("Dispute", waiting.pk),
        global_id("Refund", waiting.payment_intent_id),
        # Stripe has not accepted it yet.
        global_id("Refund", reserved.pk),
        waiting.stripe_refund_id,
    ):
        payload = cancel(as_sam, refundId=wrong)
        assert payload["errors"][0]["__typename"] == "NotFoundError"
        assert payload["refund"] is None


def test_text_that_cannot_be_stored_is_refused(as_sam, cancel):
    payload = cancel(as_sam, refundId="\0")
    assert payload["errors"][0]["path"] == ["input", "refundId"]
