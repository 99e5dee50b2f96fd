import pytest

from payments_graphql.models import CauseKind
from payments_graphql.services.setup_intents import create_setup_intent
from schema.engine.lists import LONGEST_LIST

from .rows import make_changes, make_intents

CHANGE = """
history { of fromStatus toStatus occurredAt cause explanation failureCode refund { id }
          dispute { id } }
"""
PAYMENT = f"query($id: ID!) {{ paymentIntent(by: {{id: $id}}) {{ {CHANGE} }} }}"


@pytest.fixture
def ask(as_alice, global_id):
    def ask(intent):
        its_id = global_id("PaymentIntent", intent.pk)
        return as_alice.ask(PAYMENT, id=its_id)["paymentIntent"]["history"]

    return ask


def test_a_payments_life_is_told_the_newest_first(ask, alice, service):
    created = service.create_payment_intent(user=alice, amount="10", currency="USD")
    intent = created["payment_intent"]
    service.confirm_payment_intent(intent, payment_method="pm_card_visa_chargeDeclined")
    service.confirm_payment_intent(intent, payment_method="pm_card_visa")

    changes = ask(intent)

    assert (changes[0]["fromStatus"], changes[0]["toStatus"]) == (
        "REQUIRES_PAYMENT_METHOD",
        "SUCCEEDED",
    )
    assert changes[-1]["toStatus"] == "REQUIRES_PAYMENT_METHOD"
    assert changes[-1]["fromStatus"] is None
    assert "generic_decline" in [change["failureCode"] for change in changes]
    assert {change["of"] for change in changes} == {"PAYMENT_INTENT"}
    assert changes[0]["cause"] == "OPERATION"
    assert changes[0]["explanation"] == "Requested on this site."


def test_refunds_and_disputes_of_the_payment_are_told_apart(
    ask, alice, pay, service, open_dispute, global_id
):
    intent = pay(alice)
    refund = service.create_refund(intent)["refund"]
    change = ask(intent)[0]
    assert (change["of"], change["toStatus"]) == ("REFUND", "SUCCEEDED")
    assert change["refund"] == {"id": global_id("Refund", refund.pk)}
    assert change["dispute"] is None

    dispute = open_dispute(alice)
    change = ask(dispute.payment_intent)[0]
    assert (change["of"], change["toStatus"], change["cause"]) == (
        "DISPUTE",
        "NEEDS_RESPONSE",
        "EVENT",
    )
    assert change["dispute"] == {"id": global_id("Dispute", dispute.pk)}
    assert change["explanation"] == "Reported by Stripe."


def test_each_of_them_tells_its_own(as_alice, alice, pay, service, open_dispute):
    service.create_refund(pay(alice), amount="1")
    open_dispute(alice)
    answer = as_alice.ask(
        f"{{ refunds {{ edges {{ node {{ {CHANGE} }} }} }}"
        f"  disputes {{ edges {{ node {{ {CHANGE} }} }} }} }}"
    )
    for name, of in (("refunds", "REFUND"), ("disputes", "DISPUTE")):
        [edge] = answer[name]["edges"]
        assert {change["of"] for change in edge["node"]["history"]} == {of}


def test_a_setup_intent_tells_its_own(as_alice, alice, global_id):
    created = create_setup_intent(user=alice)
    its_id = global_id("SetupIntent", created.setup_intent.pk)
    query = f"query($id: ID!) {{ setupIntent(id: $id) {{ {CHANGE} }} }}"
    [change] = as_alice.ask(query, id=its_id)["setupIntent"]["history"]
    assert (change["of"], change["toStatus"]) == ("SETUP_INTENT", "REQUIRES_PAYMENT_METHOD")


@pytest.mark.parametrize("cause", CauseKind)
def test_every_cause_is_explained(ask, alice, cause):
    [intent] = make_intents(alice)
    make_changes(payment_intent=intent, cause_kind=cause)
    [change] = ask(intent)
    assert change["cause"] == cause.name
    assert change["explanation"].endswith(".")


def test_the_newest_hundred_are_told(ask, as_sam, alice, global_id):
    [intent] = make_intents(alice)
    changes = make_changes(LONGEST_LIST + 5, payment_intent=intent)
    type(changes[0]).objects.filter(pk=changes[-1].pk).update(to_status="canceled")
    shown = ask(intent)
    assert len(shown) == LONGEST_LIST
    assert shown[0]["toStatus"] == "CANCELED"
    payload = as_sam.mutate(  # whose payment is not prefetched
        "capturePaymentIntent",
        {"paymentIntentId": global_id("PaymentIntent", intent.pk)},
        "paymentIntent { history { toStatus } hasMoreHistory }",
    )
    assert payload["paymentIntent"]["hasMoreHistory"] is True
    assert len(payload["paymentIntent"]["history"]) == LONGEST_LIST
    assert payload["paymentIntent"]["history"][0]["toStatus"] == "CANCELED"
