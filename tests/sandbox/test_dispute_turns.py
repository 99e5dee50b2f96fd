"""What only banks and networks do to disputes."""

import json
from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.errors import ApiError
from tests.sandbox.disputes import DAY, answer, disputed
from tests.sandbox.http_calls import call

JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}


def _turn(sandbox: Sandbox, dispute: stripe.Dispute, action: str) -> dict[str, Any]:
    path = f"/_sandbox/objects/{dispute.id}/actions"
    answer = call(sandbox, "POST", path, json.dumps({"action": action}), JSON)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.json
    return body


def _net(dispute: dict[str, Any]) -> int:
    return sum(move["amount"] for move in dispute["balance_transactions"])


@pytest.mark.stripe_rule(
    "A won dispute can be reopened, which withdraws the money again",
    "https://docs.stripe.com/disputes/how-disputes-work",
)
def test_a_won_dispute_is_reopened(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    dispute = disputed(own_client)
    answer(own_client, dispute, "winning_evidence")
    own_sandbox.advance(2)
    own_sandbox.advance(20 * DAY)

    turned = _turn(own_sandbox, dispute, "reopen")

    assert (turned["status"], _net(turned), turned["is_charge_refundable"]) == (
        "needs_response",
        -2000,
        False,
    )
    now = own_client.v1.balance.retrieve()
    assert turned["evidence_details"]["due_by"] > dispute.evidence_details.due_by
    assert sum(part.amount for part in (*now.available, *now.pending)) < 0
    assert own_client.v1.disputes.retrieve(dispute.id).status == "needs_response"
    # Its new deadline holds, and not the one before.
    own_sandbox.advance(DAY)
    assert own_client.v1.disputes.retrieve(dispute.id).status == "needs_response"
    own_sandbox.advance(9 * DAY)
    assert own_client.v1.disputes.retrieve(dispute.id).status == "lost"


@pytest.mark.stripe_rule(
    "A decision can be appealed",
    "https://docs.stripe.com/api/disputes/object#dispute_object-status",
)
def test_a_lost_dispute_is_appealed_and_won(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    client.v1.disputes.close(dispute.id)

    assert _turn(sandbox, dispute, "appeal")["status"] == "appeal_needs_response"
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, dispute, "winning_evidence")
    assert _turn(sandbox, dispute, "review_appeal")["status"] == "appeal_under_review"
    won = _turn(sandbox, dispute, "win")
    assert (won["status"], _net(won)) == ("won", 0)


@pytest.mark.stripe_rule(
    "A dispute can be prevented by refunding the cardholder, which withdraws the money",
    "https://docs.stripe.com/disputes/prevention/dispute-resolution",
)
def test_a_prevented_dispute_withdraws_the_money(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    dispute = disputed(client, "pm_card_createDisputeInquiry")

    prevented = _turn(sandbox, dispute, "prevent")

    assert (prevented["status"], _net(prevented)) == ("prevented", -2000)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": str(dispute.payment_intent)})


def test_an_old_inquiry_escalates(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    dispute = disputed(client, "pm_card_createDisputeInquiry")
    client.v1.disputes.close(dispute.id)
    sandbox.act(dispute.id, "escalate")
    assert client.v1.disputes.retrieve(dispute.id).status == "needs_response"


def test_what_does_not_fit_is_refused_and_says_what_would(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    dispute = disputed(client)
    path = f"/_sandbox/objects/{dispute.id}/actions"
    for action in ("reopen", "explode"):
        refused = call(sandbox, "POST", path, json.dumps({"action": action}), JSON)
        assert refused.status == 400
        assert refused.json["error"]["param"] == "action"
    with pytest.raises(ApiError, match="Possible: "):
        sandbox.act(dispute.id, "reopen")
    assert call(sandbox, "GET", "/_sandbox/objects/du_none/actions").status == 404


def test_the_page_offers_what_fits(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    dispute = disputed(client)
    path = f"/_sandbox/objects/{dispute.id}"
    page = call(sandbox, "GET", path, headers=HTML).body.decode()
    assert 'value="prevent"' in page
    assert 'value="reopen"' not in page
    offered = call(sandbox, "GET", f"{path}/actions", headers={"Accept": "application/json"})
    assert [one["action"] for one in offered.json["data"]] == ["lose", "prevent", "win", "accept"]
