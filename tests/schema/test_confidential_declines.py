"""A card tester must not learn which cards are reported lost or stolen. Staff may."""

import pytest

from .conftest import GraphQLClient

METHODS = {
    "pm_card_visa_chargeDeclinedLostCard": "lost_card",
    "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_radarBlock": "fraudulent",
}
SELECTION = """
paymentIntent {
  id lastError { code declineCode message advice adviceCode } history { failureCode }
}
"""
AS_STAFF = """
query($id: ID!) {
  paymentIntent(by: {id: $id}, scope: ALL) {
    lastError { declineCode message adviceCode } history { failureCode }
  }
}
"""


@pytest.fixture
def decline(as_alice: GraphQLClient, alice, service, global_id):
    """The payload of an attempt to pay with this method."""

    def decline(method):
        created = service.create_payment_intent(user=alice, amount="10", currency="USD")
        its_id = global_id("PaymentIntent", created["payment_intent"].pk)
        given = {"paymentIntentId": its_id, "stripePaymentMethodId": method}
        return as_alice.mutate("confirmPaymentIntent", given, SELECTION)

    return decline


@pytest.mark.parametrize(("method", "code"), METHODS.items())
def test_the_owner_is_told_what_a_generic_decline_tells(decline, method, code):
    generic = decline("pm_card_visa_chargeDeclined")
    confidential = decline(method)
    assert code not in str(confidential)
    for payload in (generic, confidential):
        payload["paymentIntent"].pop("id")
    assert confidential == generic
    assert confidential["errors"][0]["declineCode"] == "generic_decline"


@pytest.mark.parametrize(("method", "code"), METHODS.items())
def test_staff_see_the_true_code(decline, as_sam, method, code):
    its_id = decline(method)["paymentIntent"]["id"]
    intent = as_sam.ask(AS_STAFF, id=its_id)["paymentIntent"]
    assert intent["lastError"]["declineCode"] == code
    advice_code = None if code == "fraudulent" else "do_not_try_again"
    assert intent["lastError"]["adviceCode"] == advice_code
    assert code in [change["failureCode"] for change in intent["history"]]


def test_the_sites_own_code_gets_the_true_code_and_a_message_to_show(service, alice):
    created = service.create_payment_intent(user=alice, amount="10", currency="USD")
    result = service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_visa_chargeDeclinedStolenCard"
    )
    assert result["error_code"] == "stolen_card"
    assert result["error"] == "Your card was declined."
    assert "stolen" not in result["advice"]
