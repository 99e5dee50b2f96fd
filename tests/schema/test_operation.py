from payments_graphql.services.disputes import accept_dispute
from payments_graphql.services.setup_intents import create_setup_intent

QUERY = """
query($key: String!) {
  operation(idempotencyKey: $key) {
    kind state createdAt settledAt
    paymentIntent { stripePaymentIntentId clientSecret } refund { amount }
    setupIntent { stripeSetupIntentId clientSecret } dispute { stripeDisputeId status }
    error { __typename code message path ... on AmountError { minimum currency } }
  }
}
"""


def test_a_payment_whose_answer_was_lost_is_found_by_its_key(as_alice, alice, service):
    created = service.create_payment_intent(
        user=alice, amount="10", currency="USD", idempotency_key="lost"
    )
    operation = as_alice.ask(QUERY, key="lost")["operation"]

    assert (operation["kind"], operation["state"]) == ("CREATE_PAYMENT_INTENT", "SUCCEEDED")
    assert operation["settledAt"]
    assert operation["error"] is None
    assert operation["paymentIntent"]["clientSecret"] == created["client_secret"]


def test_a_refund_is_found_by_its_key(as_alice, alice, service, pay):
    service.create_refund(pay(alice), amount="5", idempotency_key="r", user=alice)
    operation = as_alice.ask(QUERY, key="r")["operation"]

    assert operation["kind"] == "CREATE_REFUND"
    assert operation["refund"] == {"amount": "5.00"}


def test_a_setup_intent_whose_answer_was_lost_is_found_by_its_key(as_alice, alice, as_bob):
    created = create_setup_intent(user=alice, idempotency_key="setup")
    operation = as_alice.ask(QUERY, key="setup")["operation"]

    assert (operation["kind"], operation["state"]) == ("CREATE_SETUP_INTENT", "SUCCEEDED")
    assert operation["setupIntent"] == {
        "stripeSetupIntentId": created.setup_intent.stripe_setup_intent_id,
        "clientSecret": created.client_secret,
    }
    assert operation["paymentIntent"] is None
    assert as_bob.ask(QUERY, key="setup") == {"operation": None}


def test_it_shows_the_dispute_that_it_answered(as_alice, alice, sam, open_dispute):
    alice.user_permissions.set(sam.user_permissions.all())
    dispute = open_dispute(alice)
    accept_dispute(dispute=dispute, user=alice)
    operation = as_alice.ask(QUERY, key=dispute.operations.get().key)["operation"]

    assert (operation["kind"], operation["state"]) == ("ACCEPT_DISPUTE", "SUCCEEDED")
    shown = {"stripeDisputeId": dispute.stripe_dispute_id, "status": "LOST"}
    assert operation["dispute"] == shown


def test_one_that_failed_tells_why(as_alice, alice, service):
    service.create_payment_intent(
        user=alice, amount="0.01", currency="USD", idempotency_key="small"
    )
    operation = as_alice.ask(QUERY, key="small")["operation"]

    assert operation["state"] == "FAILED"
    assert operation["paymentIntent"] is None
    assert operation["error"]["__typename"] == "AmountError"
    assert operation["error"]["code"] == "AMOUNT_TOO_SMALL"
    assert (operation["error"]["minimum"], operation["error"]["currency"]) == ("0.50", "USD")


def test_another_persons_key_is_as_if_it_did_not_exist(as_bob, alice, service):
    service.create_payment_intent(user=alice, amount="10", currency="USD", idempotency_key="mine")
    assert as_bob.ask(QUERY, key="mine") == {"operation": None}
    assert as_bob.ask(QUERY, key="\0") == {"operation": None}
