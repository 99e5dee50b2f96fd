"""The actions on an object's page."""

import json
from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.errors import ApiError
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, Answer, call

JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html"}


def act(sandbox: Sandbox, object_id: str, action: str, **values: object) -> Answer:
    body = json.dumps({"action": action, **values})
    return call(sandbox, "POST", f"/_sandbox/objects/{object_id}/actions", body, JSON)


def offered(sandbox: Sandbox, object_id: str) -> list[str]:
    answer = call(sandbox, "GET", f"/_sandbox/objects/{object_id}/actions", headers={})
    return [one["action"] for one in answer.json["data"]]


def authorize(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return payments.pay(client, capture_method="manual")


def test_part_of_a_payment_is_refunded_and_then_the_rest(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    assert act(sandbox, intent.id, "refund", amount=500).json["id"] == intent.id
    assert act(sandbox, str(intent.latest_charge), "refund").status == 200
    refunds = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert [refund.amount for refund in refunds] == [1500, 500]
    assert "refund" not in offered(sandbox, intent.id)


def test_a_wrong_amount_gets_the_apis_own_refusal(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    refused = act(sandbox, intent.id, "refund", amount=999999)
    assert (refused.status, refused.error["param"]) == (400, "amount")
    assert "greater than unrefunded amount" in refused.error["message"]
    assert client.v1.refunds.list({"payment_intent": intent.id}).data == []


def test_an_authorization_is_captured_in_part(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = authorize(client)
    captured = act(sandbox, intent.id, "capture", amount=1200).json
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1200)


def test_an_authorization_expires(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = authorize(client)
    assert act(sandbox, intent.id, "expire").json["cancellation_reason"] == "automatic"
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.refunded
    assert offered(sandbox, intent.id) == []


def test_an_unpaid_payment_is_canceled(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    assert act(sandbox, intent.id, "cancel").json["status"] == "canceled"
    refused = act(sandbox, intent.id, "cancel")
    assert (refused.status, refused.error["param"]) == (400, "action")
    assert refused.error["message"].endswith("with the status canceled. Possible: none.")


@pytest.mark.parametrize(
    ("reason", "status", "withdrawn"),
    [("duplicate", "needs_response", 2000), ("inquiry", "warning_needs_response", 0)],
)
def test_a_payment_is_disputed_with_a_reason(
    sandbox: Sandbox, client: stripe.StripeClient, reason: str, status: str, withdrawn: int
) -> None:
    intent = payments.pay(client)
    assert act(sandbox, intent.id, "dispute", reason=reason).status == 200
    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert dispute.status == status
    assert dispute.reason == ("fraudulent" if reason == "inquiry" else reason)
    assert -sum(move.amount for move in dispute.balance_transactions) == withdrawn
    assert "dispute" not in offered(sandbox, intent.id)


def test_a_dispute_needs_a_known_reason(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    refused = act(sandbox, intent.id, "dispute", reason="boredom")
    assert (refused.status, refused.error["param"]) == (400, "reason")
    assert not client.v1.charges.retrieve(str(intent.latest_charge)).disputed


def test_a_refund_that_succeeded_fails(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    failed = act(sandbox, refund.id, "fail").json
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    assert "refund.failed" in payments.event_types(client)
    assert offered(sandbox, refund.id) == []


def test_a_pending_refund_succeeds_without_waiting(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client, "pm_card_refundRequiresAction", receipt_email="a@example.com")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert offered(sandbox, refund.id) == ["settle", "cancel"]
    assert act(sandbox, refund.id, "settle").json["status"] == "succeeded"


def confirm(client: stripe.StripeClient, **params: Any) -> str:
    """Pay with a valid card; return the decline code or the status."""
    try:
        return payments.pay(client, **params).status
    except stripe.CardError as error:
        return str(error.json_body["error"]["decline_code"])


def test_the_next_charge_of_a_customer_is_declined_and_no_other(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    act(sandbox, alice.id, "decline_next", decline_code="insufficient_funds")
    page = call(sandbox, "GET", f"/_sandbox/objects/{alice.id}", headers=PAGE).body
    assert b"The next card charge is declined: insufficient_funds." in page
    assert confirm(client) == "succeeded"
    assert confirm(client, customer=alice.id) == "insufficient_funds"
    assert confirm(client, customer=alice.id) == "succeeded"


def test_the_next_charge_of_a_payment_is_declined(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.create(client)
    act(sandbox, intent.id, "decline_next", decline_code="lost_card")
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "lost_card"
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_the_next_charge_of_a_saved_card_is_declined_after_authentication(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach("pm_card_threeDSecure2Required", {"customer": alice.id})
    act(sandbox, card.id, "decline_next")
    intent = payments.pay(client, card.id, customer=alice.id)
    assert intent.status == "requires_action"
    call(sandbox, "POST", f"/_sandbox/authenticate/{intent.id}", "outcome=succeed", FORM)
    declined = client.v1.payment_intents.retrieve(intent.id)
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.decline_code == "generic_decline"


def test_an_unknown_decline_code_is_refused(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    refused = act(sandbox, alice.id, "decline_next", decline_code="no_such_code")
    assert (refused.status, refused.error["param"]) == (400, "decline_code")
    assert confirm(client, customer=alice.id) == "succeeded"


def test_faults_do_not_hit_actions(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client)
    with own_sandbox.faults.add("error_500"):
        own_sandbox.act(intent.id, "refund")
    assert len(own_client.v1.refunds.list().data) == 1


def test_an_action_that_does_not_fit_is_an_error_in_python(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    with pytest.raises(ApiError, match="Possible: refund, dispute"):
        sandbox.act(intent.id, "capture")
    with pytest.raises(ApiError, match="No such object"):
        sandbox.act("pi_none", "capture")


def test_the_page_offers_the_actions_as_forms(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    path = f"/_sandbox/objects/{intent.id}"
    page = call(sandbox, "GET", path, headers=PAGE).body.decode()
    assert f'action="{path}/actions"' in page
    for action in ("refund", "dispute"):
        assert f'name="action" value="{action}"' in page
    assert 'value="capture"' not in page
    sent = call(sandbox, "POST", f"{path}/actions", "action=refund&amount=", FORM)
    assert (sent.status, sent.headers["Location"]) == (303, path)
    again = call(sandbox, "POST", f"{path}/actions", "action=refund&amount=", FORM | PAGE)
    assert (again.status, again.headers.get_content_type()) == (400, "text/html")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/objects/{intent}/actions", "action=refund"),
        ("/_sandbox/triggers", "event=charge.refunded&payment_intent={intent}"),
        ("/_sandbox/reset", ""),
    ],
)
def test_a_page_of_another_site_can_not_act(
    own_sandbox: Sandbox,
    own_client: stripe.StripeClient,
    path: str,
    body: str,
    headers: dict[str, str],
) -> None:
    intent = payments.pay(own_client)
    target, sent = path.format(intent=intent.id), body.format(intent=intent.id)
    assert call(own_sandbox, "POST", target, sent, FORM | headers).status == 403
    charge = own_client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.amount_refunded == 0


def test_a_charge_without_an_intent_is_captured_or_expires(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    def hold() -> str:
        params = {"amount": 2000, "currency": "usd", "source": "tok_visa", "capture": False}
        return client.v1.charges.create(params).id

    captured = act(sandbox, hold(), "capture", amount=1500).json
    assert (captured["captured"], captured["amount_captured"]) == (True, 1500)
    expired = act(sandbox, hold(), "expire").json
    assert (expired["captured"], expired["refunded"]) == (False, True)
    assert offered(sandbox, expired["id"]) == []


def test_the_bank_answers_a_debit_at_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "eur",
            "payment_method_types": ["sepa_debit"],
            "payment_method": "pm_successDelayed_de",
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline"}},
        }
    )
    assert intent.status == "processing"
    assert act(sandbox, intent.id, "answer").json["status"] == "succeeded"
    # Only card payments can be disputed with a reason.
    assert offered(sandbox, intent.id) == ["refund"]


def test_a_setup_is_canceled(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    setup = client.v1.setup_intents.create({})
    assert act(sandbox, setup.id, "cancel").json["status"] == "canceled"
    assert offered(sandbox, setup.id) == []


def test_a_dispute_is_accepted(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_createDispute")
    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert act(sandbox, dispute.id, "accept").json["status"] == "lost"
    assert offered(sandbox, dispute.id) == ["appeal", "reopen"]


def test_a_charged_back_payment_gets_the_apis_refusal(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    sandbox.act(intent.id, "dispute")
    refused = act(sandbox, intent.id, "refund")
    assert (refused.status, refused.error["code"]) == (400, "charge_disputed")
