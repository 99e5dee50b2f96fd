"""3-D Secure while a card is saved: https://docs.stripe.com/payments/3d-secure."""

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call
from tests.sandbox.setups import authenticate, set_up


@pytest.mark.stripe_rule(
    "A card authenticated on setup pays off-session",
    "https://docs.stripe.com/testing#regulatory-cards",
)
def test_a_card_authenticated_on_setup_pays_off_session(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    waiting = set_up(client, "pm_card_authenticationRequiredOnSetup", customer=alice.id)
    assert (waiting.status, waiting.next_action.type) == ("requires_action", "use_stripe_sdk")
    authenticate(sandbox, waiting.id)
    done = client.v1.setup_intents.retrieve(waiting.id)
    assert (done.status, done.next_action) == ("succeeded", None)
    card = done.payment_method
    assert payments.pay(client, card, customer=alice.id, off_session=True).status == "succeeded"
    assert payments.pay(client, card, customer=alice.id).status == "requires_action"


@pytest.mark.stripe_rule(
    "Some cards still require authentication for each payment",
    "https://docs.stripe.com/testing#regulatory-cards",
)
@pytest.mark.parametrize("card", ["pm_card_authenticationRequired", "pm_card_threeDSecureRequired"])
def test_some_cards_require_authentication_every_time(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer, card: str
) -> None:
    waiting = set_up(client, card, customer=alice.id)
    authenticate(sandbox, waiting.id)
    saved = client.v1.setup_intents.retrieve(waiting.id).payment_method
    with pytest.raises(stripe.CardError) as refused:
        payments.pay(client, saved, customer=alice.id, off_session=True)
    assert refused.value.code == "authentication_required"


@pytest.mark.stripe_rule(
    "`usage: on_session` doesn't allow off-session payments",
    "https://docs.stripe.com/api/setup_intents/create#create_setup_intent-usage",
)
def test_an_on_session_setup_does_not_allow_off_session_payments(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = "pm_card_authenticationRequiredOnSetup"
    waiting = set_up(client, card, customer=alice.id, usage="on_session")
    authenticate(sandbox, waiting.id)
    saved = client.v1.setup_intents.retrieve(waiting.id).payment_method
    with pytest.raises(stripe.CardError):
        payments.pay(client, saved, customer=alice.id, off_session=True)


@pytest.mark.stripe_rule(
    "A failed authentication is `setup_intent_authentication_failure`",
    "https://docs.stripe.com/error-codes#setup-intent-authentication-failure",
)
def test_a_failed_authentication_leaves_the_setup_open(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    waiting = set_up(client, "pm_card_threeDSecure2Required")
    authenticate(sandbox, waiting.id, "fail")
    after = client.v1.setup_intents.retrieve(waiting.id)
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert after.last_setup_error.code == "setup_intent_authentication_failure"
    again = call(sandbox, "POST", f"/_sandbox/authenticate/{waiting.id}", "outcome=fail", FORM)
    assert again.error["code"] == "setup_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "`request_three_d_secure` requests authentication",
    "https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-three-ds",
)
def test_authentication_can_be_requested(client: stripe.StripeClient) -> None:
    options = {"card": {"request_three_d_secure": "any"}}
    assert set_up(client, "pm_card_threeDSecureOptional").status == "succeeded"
    asked = set_up(client, "pm_card_threeDSecureOptional", payment_method_options=options)
    assert asked.status == "requires_action"
    paid = payments.pay(client, "pm_card_threeDSecureOptional", payment_method_options=options)
    assert paid.status == "requires_action"


@pytest.mark.stripe_rule(
    "Stripe appends the setup intent to the return address",
    "https://docs.stripe.com/payments/save-and-reuse",
)
def test_a_browser_comes_back_from_the_bank_with_the_setup_intent(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    waiting = client.v1.setup_intents.create(
        {
            "payment_method": "pm_card_threeDSecureRequired",
            "confirm": True,
            "return_url": "https://shop.example/cards?x=1",
        }
    )
    assert waiting.next_action.redirect_to_url.url.endswith(f"/_sandbox/authenticate/{waiting.id}")
    page = call(sandbox, "GET", f"/_sandbox/authenticate/{waiting.id}", headers={})
    assert b"Saving a card" in page.body
    path = f"/_sandbox/authenticate/{waiting.id}"
    back = call(sandbox, "POST", path, "outcome=succeed", FORM)
    assert back.status == 303
    assert back.headers["Location"] == (
        f"https://shop.example/cards?x=1&setup_intent={waiting.id}"
        f"&setup_intent_client_secret={waiting.client_secret}&redirect_status=succeeded"
    )
