import pytest

from payments_graphql.models import Operation

SELECTION = "dispute { status isClosed paymentIntent { amountRefundable } }"


@pytest.fixture
def dispute(alice, open_dispute):
    return open_dispute(alice)


@pytest.fixture
def accept(dispute, global_id):
    def accept(client, **input):
        given = {"disputeId": global_id("Dispute", dispute.pk), **input}
        return client.mutate("acceptDispute", given, SELECTION)

    return accept


def count_calls(sandbox, dispute):
    return len(sandbox.requests("POST", f"/v1/disputes/{dispute.stripe_dispute_id}/close"))


def test_staff_accept_a_dispute_of_any_customer(as_sam, accept, dispute, dashboard):
    payload = accept(as_sam)

    assert payload["errors"] == []
    assert payload["dispute"]["status"] == "LOST"
    assert payload["dispute"]["isClosed"] is True
    assert payload["dispute"]["paymentIntent"]["amountRefundable"] == "0.00"
    assert dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id).status == "lost"


def test_accepting_twice_is_refused_without_asking_stripe(as_sam, accept, dispute, sandbox):
    accept(as_sam)
    payload = accept(as_sam)

    [error] = payload["errors"]
    assert (error["__typename"], error["currentStatus"]) == ("InvalidStateError", "LOST")
    assert error["path"] == ["input", "disputeId"]
    assert payload["dispute"]["status"] == "LOST"
    assert count_calls(sandbox, dispute) == 1


def test_a_customer_may_see_their_own_dispute_but_not_accept_it(as_alice, accept, dispute, sandbox):
    payload = accept(as_alice)

    assert payload["errors"][0]["__typename"] == "PermissionError"
    assert payload["dispute"]["status"] == "NEEDS_RESPONSE"
    assert count_calls(sandbox, dispute) == 0
    assert not Operation.objects.filter(dispute=dispute).exists()


def test_another_persons_dispute_is_as_if_it_did_not_exist(as_bob, accept, dispute, sandbox):
    foreign = accept(as_bob)

    assert foreign == accept(as_bob, disputeId="bm90aGluZw==")
    assert foreign["dispute"] is None
    assert foreign["errors"][0]["__typename"] == "NotFoundError"
    assert foreign["errors"][0]["path"] == ["input", "disputeId"]
    assert count_calls(sandbox, dispute) == 0


def test_one_that_was_closed_in_the_dashboard_meanwhile_is_shown_as_it_is(
    as_sam, accept, dispute, dashboard
):
    dashboard.v1.disputes.close(dispute.stripe_dispute_id)
    payload = accept(as_sam)

    [error] = payload["errors"]
    assert (error["__typename"], error["retryable"]) == ("InvalidStateError", False)
    assert "already closed" in error["message"]
    assert payload["dispute"]["status"] == "LOST"
