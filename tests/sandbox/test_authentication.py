import json
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call

CARD = "pm_card_threeDSecureRequired"
RETURN_URL = "https://shop.example/done?order=5"


def authenticate(sandbox: Sandbox, intent_id: str, outcome: str) -> dict[str, object]:
    answer = call(
        sandbox,
        "POST",
        f"/_sandbox/authenticate/{intent_id}",
        json.dumps({"outcome": outcome}),
        {"Content-Type": "application/json"},
    )
    assert answer.status == 200
    return answer.json


@pytest.mark.stripe_rule(
    "A card that needs 3-D Secure puts the intent into `requires_action`, without a charge",
    "https://docs.stripe.com/payments/3d-secure/authentication-flow",
)
@pytest.mark.parametrize(
    "card",
    [
        CARD,
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_threeDSecure2Required",
    ],
)
def test_a_card_that_needs_authentication_is_not_charged_before(
    sandbox: Sandbox, client: stripe.StripeClient, card: str
) -> None:
    intent = payments.pay(client, card)
    assert intent.status == "requires_action"
    assert intent.next_action.type == "use_stripe_sdk"
    assert intent.latest_charge is None
    assert authenticate(sandbox, intent.id, "succeed")["status"] == "succeeded"
    after = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (after.status, after.next_action) == ("succeeded", None)
    details = after.latest_charge.payment_method_details.card
    assert details.three_d_secure.result == "authenticated"


@pytest.mark.stripe_rule(
    "A failed authentication is an error of the intent, which accepts another method",
    "https://docs.stripe.com/error-codes#payment-intent-authentication-failure",
)
def test_a_failed_authentication_asks_for_another_method(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client, CARD)
    authenticate(sandbox, intent.id, "fail")
    after = client.v1.payment_intents.retrieve(intent.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error.code == "payment_intent_authentication_failure"
    assert (after.payment_method, after.latest_charge) == (None, None)


@pytest.mark.stripe_rule(
    "With a `return_url` the browser is sent to the bank and comes back with the intent",
    "https://docs.stripe.com/payments/accept-a-payment#handle-redirects",
)
def test_with_a_return_url_the_customer_is_redirected_there_and_back(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(
        client, CARD, automatic_payment_methods={"enabled": True}, return_url=RETURN_URL
    )
    redirect = intent.next_action.redirect_to_url
    assert redirect.return_url == RETURN_URL
    page = call(sandbox, "GET", urlsplit(redirect.url).path, headers={})
    assert b"Complete" in page.body
    assert b"Fail" in page.body
    done = call(sandbox, "POST", urlsplit(redirect.url).path, "outcome=succeed", FORM)
    assert done.status == 303
    back = urlsplit(done.headers["Location"])
    assert back.netloc == "shop.example"
    assert parse_qs(back.query) == {
        "order": ["5"],
        "payment_intent": [intent.id],
        "payment_intent_client_secret": [intent.client_secret],
        "redirect_status": ["succeeded"],
    }


@pytest.mark.stripe_rule(
    "`redirect_status` says whether the authentication failed",
    "https://docs.stripe.com/payments/accept-a-payment#handle-redirects",
)
def test_a_failed_redirect_says_so(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client, CARD, return_url=RETURN_URL)
    path = f"/_sandbox/authenticate/{intent.id}"
    back = call(sandbox, "POST", path, "outcome=fail", FORM).headers["Location"]
    assert parse_qs(urlsplit(back).query)["redirect_status"] == ["failed"]


@pytest.mark.stripe_rule(
    "An intent that isn't waiting has no next action",
    "https://docs.stripe.com/payments/paymentintents/lifecycle",
)
def test_it_can_be_done_only_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client, CARD)
    authenticate(sandbox, intent.id, "succeed")
    path = f"/_sandbox/authenticate/{intent.id}"
    again = call(sandbox, "POST", path, "outcome=fail", FORM)
    assert again.status == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "Off-session, a card that needs authentication is declined with `authentication_required`",
    "https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method",
)
def test_off_session_such_a_card_is_declined(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    card = client.v1.payment_methods.attach(CARD, {"customer": alice.id})
    with pytest.raises(stripe.CardError) as declined:
        payments.pay(client, card.id, customer=alice.id, off_session=True)
    assert declined.value.code == "authentication_required"
    assert declined.value.error.payment_method.id == card.id


@pytest.mark.stripe_rule(
    "A card authenticated when it was set up pays off-session",
    "https://docs.stripe.com/testing#regulatory-cards",
)
def test_a_card_that_was_set_up_pays_off_session(
    sandbox: Sandbox, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    name = "pm_card_authenticationRequiredOnSetup"
    card = client.v1.payment_methods.attach(name, {"customer": alice.id})
    with pytest.raises(stripe.CardError):
        payments.pay(client, card.id, customer=alice.id, off_session=True)
    first = payments.pay(client, card.id, customer=alice.id, setup_future_usage="off_session")
    authenticate(sandbox, first.id, "succeed")
    second = payments.pay(client, card.id, customer=alice.id, off_session=True)
    assert second.status == "succeeded"


@pytest.mark.stripe_rule(
    "`error_on_requires_action` fails a payment that needs an action",
    "https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-error_on_requires_action",
)
def test_error_on_requires_action_fails_instead(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as failed:
        payments.pay(client, CARD, error_on_requires_action=True)
    assert failed.value.code == "authentication_required"
    assert failed.value.error.payment_intent.status == "requires_payment_method"
    assert failed.value.error.payment_intent.latest_charge is None


@pytest.mark.stripe_rule(
    "With manual confirmation the server confirms again after the action",
    "https://docs.stripe.com/payments/finalize-payments-on-the-server",
)
def test_with_manual_confirmation_the_server_confirms_again(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.create(
        client,
        payment_method=CARD,
        confirm=True,
        confirmation_method="manual",
        return_url=RETURN_URL,
    )
    assert authenticate(sandbox, intent.id, "succeed")["status"] == "requires_confirmation"
    assert client.v1.payment_intents.confirm(intent.id).status == "succeeded"
