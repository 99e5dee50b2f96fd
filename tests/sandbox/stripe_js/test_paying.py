"""A payment from the shop's page: https://docs.stripe.com/payments/accept-a-payment."""

from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from tests.sandbox import payments
from tests.sandbox.stripe_js.conftest import Shop

VISA = "4242424242424242"


@pytest.mark.stripe_rule(
    "`confirmPayment` pays and goes to the `return_url` with the intent and its status",
    "https://docs.stripe.com/js/payment_intents/confirm_payment",
)
def test_a_card_pays_and_the_browser_comes_back_with_the_outcome(
    shop: Shop, client: stripe.StripeClient
) -> None:
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    shop.open(intent.client_secret)
    shop.pay(VISA)
    shop.page.wait_for_url("**/done?*")
    back = urlsplit(shop.page.url)
    assert (back.path, back.fragment) == ("/done", "thanks")
    assert parse_qs(back.query) == {
        "order": ["5"],
        "payment_intent": [intent.id],
        "payment_intent_client_secret": [intent.client_secret],
        "redirect_status": ["succeeded"],
    }
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "A decline resolves to `{error}` with its codes and the intent",
    "https://docs.stripe.com/js/appendix/error_object",
)
@pytest.mark.parametrize(
    ("number", "code", "decline_code", "message"),
    [
        ("4000000000000002", "card_declined", "generic_decline", "Your card was declined."),
        (
            "4000000000009995",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        (
            "4000000000000127",
            "incorrect_cvc",
            "incorrect_cvc",
            "Your card's security code is incorrect.",
        ),
    ],
)
def test_a_declined_card_is_an_error_with_the_intent_and_another_card_pays(
    shop: Shop,
    client: stripe.StripeClient,
    number: str,
    code: str,
    decline_code: str,
    message: str,
) -> None:
    intent = payments.create(client)
    shop.open(intent.client_secret)
    shop.pay(number)
    error = shop.expect_message(message)
    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error",
        code,
        decline_code,
    )
    assert error["payment_intent"]["id"] == intent.id
    assert error["payment_intent"]["status"] == "requires_payment_method"
    shop.pay(VISA)
    shop.page.wait_for_url("**/done?*")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "`confirmPayment` shows 3-D Secure over the page",
    "https://docs.stripe.com/payments/3d-secure/authentication-flow",
)
@pytest.mark.parametrize("number", ["4000000000003220", "4000002760003184"])
def test_3d_secure_over_the_page_completes_the_payment(
    shop: Shop, client: stripe.StripeClient, number: str
) -> None:
    intent = payments.create(client)
    shop.open(intent.client_secret)
    shop.pay(number)
    shop.bank.get_by_text("A payment of $20.00.").wait_for()
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    shop.answer_bank("Complete")
    shop.page.wait_for_url("**/done?*redirect_status=succeeded*")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "A failed 3-D Secure resolves to `{error}`, without a redirect",
    "https://docs.stripe.com/payments/3d-secure/authentication-flow",
)
def test_a_failed_3d_secure_is_an_error_and_the_shop_stays(
    shop: Shop, client: stripe.StripeClient
) -> None:
    intent = payments.create(client)
    shop.open(intent.client_secret)
    shop.pay("4000000000003220")
    shop.answer_bank("Fail")
    error = shop.expect_message(
        "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again."
    )
    assert error["code"] == "payment_intent_authentication_failure"
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert urlsplit(shop.page.url).path == "/"
    assert shop.page.locator("[role=dialog]").count() == 0


@pytest.mark.stripe_rule(
    "`handleNextAction` follows a redirect there and back",
    "https://docs.stripe.com/js/payment_intents/handle_next_action",
)
def test_a_server_side_confirmation_is_finished_by_a_redirect_to_the_bank(
    shop: Shop, client: stripe.StripeClient
) -> None:
    intent = payments.pay(
        client, "pm_card_threeDSecure2Required", return_url=f"{shop.url}/done?order=5"
    )
    shop.page.goto(shop.url)
    shop.page.evaluate(
        "(clientSecret) => { stripe.handleNextAction({clientSecret}); }", intent.client_secret
    )
    shop.page.wait_for_url("**/authenticate/*")
    shop.page.get_by_role("button", name="Complete").click()
    shop.page.wait_for_url(f"{shop.url}/done?order=5&payment_intent={intent.id}*")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.stripe_rule(
    "Card numbers are typed into Stripe's frame and never reach the page",
    "https://docs.stripe.com/security/guide#validating-pci-compliance",
)
def test_the_card_number_never_reaches_the_page(shop: Shop, client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    shop.open(intent.client_secret)
    # Even what the frame tells Stripe.js, which a page could reach if it tried.
    shop.page.evaluate(
        "element.frame.port.addEventListener('message', ({data}) => heard.push(data))"
    )
    shop.pay("4000000000000002")
    shop.expect_message("Your card was declined.")
    told = shop.page.evaluate("JSON.stringify([heard, events, lastError])")
    for secret in ("4000000000000002", "4000 0000 0000 0002"):
        assert secret not in shop.page.content()
        assert secret not in told
    assert shop.page.evaluate("document.querySelector('#element iframe').contentDocument") is None
