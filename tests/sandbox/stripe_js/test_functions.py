"""The functions and the format of their results: https://docs.stripe.com/js."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.stripe_js.conftest import Shop

type Run = Callable[..., Any]

RETURN_URL = "https://shop.example/"
NEEDS_BANK = "pm_card_threeDSecure2Required"


@pytest.mark.stripe_rule(
    "`retrievePaymentIntent` and `retrieveSetupIntent` return only what a page may read",
    "https://docs.stripe.com/js/payment_intents/retrieve_payment_intent",
)
def test_a_page_retrieves_only_what_it_may_read(run: Run, client: stripe.StripeClient) -> None:
    intent = payments.create(client, metadata={"internal": "x"})
    shown = run("(secret) => stripe.retrievePaymentIntent(secret)", intent.client_secret)
    assert shown["paymentIntent"]["id"] == intent.id
    assert "metadata" not in shown["paymentIntent"]
    setup = client.v1.setup_intents.create({"metadata": {"internal": "x"}})
    shown = run("(secret) => stripe.retrieveSetupIntent(secret)", setup.client_secret)
    assert shown["setupIntent"]["id"] == setup.id
    assert "metadata" not in shown["setupIntent"]


@pytest.mark.stripe_rule(
    "A wrong client secret resolves to `{error}`",
    "https://docs.stripe.com/js/appendix/error_object",
)
def test_a_wrong_secret_is_an_error(run: Run, client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    refused = run("(secret) => stripe.retrievePaymentIntent(secret)", f"{intent.id}_secret_wrong")
    assert refused["error"]["type"] == "invalid_request_error"
    assert refused["error"]["param"] == "client_secret"


@pytest.mark.stripe_rule(
    "`confirmPayment` takes a payment method in `confirmParams`",
    "https://docs.stripe.com/js/payment_intents/confirm_payment",
)
def test_without_a_form_a_known_payment_method_pays(run: Run, client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    paid = run(
        "(clientSecret) => stripe.confirmPayment({clientSecret, redirect: 'if_required', "
        "confirmParams: {payment_method: 'pm_card_visa', receipt_email: 'alice@example.com'}})",
        intent.client_secret,
    )
    assert paid["paymentIntent"]["status"] == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).receipt_email == "alice@example.com"


@pytest.mark.stripe_rule(
    "An authorized payment resolves with `requires_capture`",
    "https://docs.stripe.com/js/payment_intents/confirm_card_payment",
)
def test_an_authorization_comes_back_as_requires_capture(
    run: Run, client: stripe.StripeClient
) -> None:
    intent = payments.create(client, capture_method="manual")
    held = run(
        "(secret) => stripe.confirmCardPayment(secret, {payment_method: 'pm_card_visa'})",
        intent.client_secret,
    )
    assert held["paymentIntent"]["status"] == "requires_capture"


@pytest.mark.stripe_rule(
    "`handleActions: false` leaves the next action for a later call",
    "https://docs.stripe.com/js/payment_intents/confirm_card_payment#stripe_confirm_card_payment-options-handleActions",
)
def test_actions_can_be_left_for_later(shop: Shop, run: Run, client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    waiting = run(
        "(secret) => stripe.confirmCardPayment("
        f"secret, {{payment_method: '{NEEDS_BANK}'}}, {{handleActions: false}})",
        intent.client_secret,
    )
    assert waiting["paymentIntent"]["status"] == "requires_action"
    run("(secret) => { window.done = stripe.confirmCardPayment(secret); }", intent.client_secret)
    shop.answer_bank("Complete")
    assert run("() => done")["paymentIntent"]["status"] == "succeeded"


@pytest.mark.stripe_rule(
    "`handleNextAction` does the next action, and throws if there is none",
    "https://docs.stripe.com/js/payment_intents/handle_next_action",
)
def test_the_next_action_of_a_server_side_confirmation_is_done_above_the_page(
    shop: Shop, run: Run, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client, NEEDS_BANK)
    handle = "(clientSecret) => { window.done = stripe.handleNextAction({clientSecret}); }"
    run(handle, intent.client_secret)
    shop.answer_bank("Complete")
    assert run("() => done")["paymentIntent"]["status"] == "succeeded"
    again = run("(clientSecret) => stripe.handleNextAction({clientSecret})", intent.client_secret)
    assert "not in the requires_action state" in again["thrown"]["message"]


@pytest.mark.stripe_rule(
    "With manual confirmation `handleCardAction` ends in `requires_confirmation`",
    "https://docs.stripe.com/js/payment_intents/handle_card_action",
)
def test_with_manual_confirmation_the_page_leaves_the_rest_to_the_server(
    shop: Shop, run: Run, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client, NEEDS_BANK, confirmation_method="manual")
    handle = "(secret) => { window.done = stripe.handleCardAction(secret); }"
    run(handle, intent.client_secret)
    shop.answer_bank("Complete")
    assert run("() => done")["paymentIntent"]["status"] == "requires_confirmation"
    assert client.v1.payment_intents.confirm(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "The result is the intent as it is after the action",
    "https://docs.stripe.com/js/payment_intents/handle_next_action",
)
def test_an_intent_canceled_in_the_meantime_is_returned_as_canceled(
    shop: Shop, run: Run, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client, NEEDS_BANK)
    handle = "(clientSecret) => { window.done = stripe.handleNextAction({clientSecret}); }"
    run(handle, intent.client_secret)
    shop.bank.get_by_role("button", name="Complete").wait_for()
    client.v1.payment_intents.cancel(intent.id)
    shop.answer_bank("Complete")
    assert run("() => done")["paymentIntent"]["status"] == "canceled"


@pytest.mark.stripe_rule(
    "`confirmCardSetup` takes a known payment method",
    "https://docs.stripe.com/js/setup_intents/confirm_card_setup",
)
def test_a_saved_card_is_set_up_again(
    run: Run, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": alice.id})
    done = run(
        "(secret) => stripe.confirmCardSetup(secret, {payment_method: 'pm_card_visa'})",
        setup.client_secret,
    )
    assert done["setupIntent"]["status"] == "succeeded"
    assert len(client.v1.payment_methods.list({"customer": alice.id}).data) == 1


@pytest.mark.stripe_rule(
    "Without an answer it is an `api_connection_error`",
    "https://docs.stripe.com/js/appendix/error_object",
)
def test_without_the_sandbox_there_is_a_connection_error(
    run: Run, sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    del sandbox
    secret = payments.create(client).client_secret
    lost = run(
        "async (secret) => { window.fetch = () => Promise.reject(new TypeError()); "
        "return stripe.retrievePaymentIntent(secret); }",
        secret,
    )
    assert lost["error"]["type"] == "api_connection_error"


UNKNOWN_INTENT = "clientSecret: 'pi_1_secret_2', redirect: 'if_required'"
MISTAKES = (
    ("() => Stripe('')", "You used an empty string"),
    ("() => Stripe('sk_test_x')", "a secret key must never be in a page"),
    ("() => stripe.retrievePaymentIntent('seti_1_secret_2')", "should be a client secret"),
    ("() => stripe.confirmPayment({clientSecret: 'pi_1_secret_2'})", "`confirmParams.return_u"),
    (
        f"() => stripe.confirmPayment({{elements: stripe.elements(), {UNKNOWN_INTENT}}})",
        "should have a mounted Payment Element",
    ),
    (
        "() => stripe.createPaymentMethod({type: 'card', card: {number: '4242'}})",
        "card should be a card Element",
    ),
    ("() => stripe.createToken()", "has no tokens"),
)


@pytest.mark.stripe_rule(
    "A mistake in the page's code throws an IntegrationError",
    "https://docs.stripe.com/js/initializing",
)
def test_a_mistake_in_the_shops_code_is_thrown(run: Run) -> None:
    for program, message in MISTAKES:
        thrown = run(program)["thrown"]
        assert thrown["name"] == "IntegrationError"
        assert message in thrown["message"]


def test_a_frameworks_wrapper_takes_it_for_stripes(run: Run) -> None:
    assert run(
        "() => ['elements', 'createToken', 'createPaymentMethod', 'confirmCardPayment']"
        ".every((name) => typeof new Stripe('pk_test_x')[name] === 'function')"
    )
    assert run("() => Stripe.version") == 3
