import pytest
import requests
import stripe

from payments_graphql.log_redaction import RedactingFilter
from payments_graphql.models import StripeSetupIntent
from payments_graphql.services.setup_intents import create_setup_intent

QUERY = """
query($id: ID!) {
  setupIntent(id: $id) {
    __typename id stripeSetupIntentId status usage clientSecret nextAction { type details }
    paymentMethod { stripePaymentMethodId brand last4 isAttached isDefault }
    lastError { code declineCode message }
  }
}
"""


@pytest.fixture
def created(sandbox, alice):
    return create_setup_intent(user=alice)


@pytest.fixture
def its_id(created, global_id):
    return global_id("SetupIntent", created.setup_intent.pk)


@pytest.fixture
def confirm(created, sandbox, dashboard, events, deliver):
    """What Stripe.js does with the card on the page, and its event."""

    def confirm(method):
        stripe_id = created.setup_intent.stripe_setup_intent_id
        sandbox.advance(1)  # an event of the same second would need a read
        try:
            dashboard.v1.setup_intents.confirm(stripe_id, {"payment_method": method})
        except stripe.CardError:
            pass
        finally:
            deliver(*events())

    return confirm


def test_it_is_found_with_its_client_secret(as_alice, created, its_id, sandbox):
    shown = as_alice.ask(QUERY, id=its_id)["setupIntent"]

    assert (shown["__typename"], shown["id"]) == ("SetupIntent", its_id)
    assert shown["stripeSetupIntentId"] == created.setup_intent.stripe_setup_intent_id
    assert shown["status"] == "REQUIRES_PAYMENT_METHOD"
    assert shown["clientSecret"] == created.client_secret
    assert len(sandbox.requests("GET", "/v1/setup_intents/*")) == 1


def test_a_card_that_is_saved_can_be_used(as_alice, its_id, confirm):
    confirm("pm_card_mastercard")
    shown = as_alice.ask(QUERY, id=its_id)["setupIntent"]

    assert shown["status"] == "SUCCEEDED"
    assert shown["clientSecret"] is None
    assert shown["paymentMethod"]["last4"] == "4444"
    assert shown["paymentMethod"]["isAttached"] is True
    saved = as_alice.ask("{ paymentMethods { stripePaymentMethodId } }")["paymentMethods"]
    assert saved == [{"stripePaymentMethodId": shown["paymentMethod"]["stripePaymentMethodId"]}]


def test_a_declined_card_leaves_it_open_and_says_why(as_alice, created, its_id, confirm):
    confirm("pm_card_chargeDeclined")
    shown = as_alice.ask(QUERY, id=its_id)["setupIntent"]

    assert shown["status"] == "REQUIRES_PAYMENT_METHOD"
    assert shown["lastError"]["code"] == "card_declined"
    assert shown["lastError"]["declineCode"] == "generic_decline"
    assert shown["clientSecret"] == created.client_secret


def test_three_d_secure_is_the_next_action_until_it_is_done(
    as_alice, created, its_id, confirm, sandbox, events, deliver
):
    confirm("pm_card_authenticationRequired")
    shown = as_alice.ask(QUERY, id=its_id)["setupIntent"]
    assert shown["status"] == "REQUIRES_ACTION"
    assert shown["nextAction"]["type"] == shown["nextAction"]["details"]["type"]
    assert shown["clientSecret"] == created.client_secret

    stripe_id = created.setup_intent.stripe_setup_intent_id
    bank = f"{sandbox.url}/_sandbox/authenticate/{stripe_id}"
    sandbox.advance(1)
    requests.post(bank, json={"outcome": "succeed"}, timeout=5).raise_for_status()
    deliver(*events())
    shown = as_alice.ask(QUERY, id=its_id)["setupIntent"]
    assert (shown["status"], shown["nextAction"]) == ("SUCCEEDED", None)


def test_stripe_is_not_asked_when_nothing_of_it_is_selected(as_alice, its_id, sandbox):
    as_alice.ask("query($id: ID!) { setupIntent(id: $id) { status usage } }", id=its_id)
    assert sandbox.requests("GET") == []


def test_client_secrets_of_two_are_one_too_many(as_alice, alice, its_id, service):
    other = service.create_payment_intent(user=alice, amount="5", currency="USD")["payment_intent"]
    answer = as_alice.ask_for_answer(
        """query($id: ID!, $stripeId: String!) {
          setupIntent(id: $id) { clientSecret }
          paymentIntent(by: {stripeId: $stripeId}) { clientSecret }
        }""",
        id=its_id,
        stripeId=other.stripe_payment_intent_id,
    )
    assert answer["data"]["setupIntent"]["clientSecret"]
    assert answer["data"]["paymentIntent"]["clientSecret"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_no_cache_keeps_it_and_nothing_of_its_secret_is_logged(as_alice, its_id, caplog):
    caplog.set_level("DEBUG")
    with caplog.filtering(RedactingFilter()):
        response = as_alice.post({"query": QUERY, "variables": {"id": its_id}})

    secret = response.json()["data"]["setupIntent"]["clientSecret"]
    assert response["Cache-Control"] == "no-store"
    assert caplog.text
    assert secret.partition("_secret_")[2] not in caplog.text


def test_another_persons_is_as_if_it_did_not_exist(as_bob, as_sam, its_id, sandbox):
    for client in (as_bob, as_sam):
        assert client.ask(QUERY, id=its_id) == {"setupIntent": None}
    assert sandbox.requests("GET") == []


@pytest.mark.parametrize("id", ["nothing", "", "é", "U2V0dXBJbnRlbnQ6AA==", 5])
def test_a_malformed_id_finds_nothing(as_alice, id):
    assert as_alice.ask(QUERY, id=id) == {"setupIntent": None}


def test_the_id_of_something_else_finds_nothing(as_alice, alice, created, service, global_id):
    payment = service.create_payment_intent(user=alice, amount="5", currency="USD")
    for wrong in (
        global_id("PaymentIntent", payment["payment_intent"].pk),
        global_id("SetupIntent", payment["payment_intent"].pk),
        created.setup_intent.stripe_setup_intent_id,
    ):
        assert as_alice.ask(QUERY, id=wrong) == {"setupIntent": None}


def test_one_that_stripe_has_not_accepted_yet_is_hidden(as_alice, created, global_id):
    row = StripeSetupIntent.objects.create(customer=created.setup_intent.customer)
    assert as_alice.ask(QUERY, id=global_id("SetupIntent", row.pk)) == {"setupIntent": None}


def test_it_needs_to_be_signed_in(as_nobody, its_id):
    error = as_nobody.ask_for_error(QUERY, id=its_id)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


def test_while_stripe_is_out_of_reach_the_rest_is_answered(as_alice, its_id, sandbox):
    sandbox.stop()
    answer = as_alice.ask_for_answer(QUERY, id=its_id)

    assert answer["data"]["setupIntent"]["usage"] == "OFF_SESSION"
    [error] = answer["errors"]
    assert error["path"] == ["setupIntent", "clientSecret"]
    assert error["extensions"] == {"code": "PROVIDER_ERROR", "retryable": True}
