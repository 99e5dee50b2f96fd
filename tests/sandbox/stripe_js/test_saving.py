"""Cards saved from the shop's page: https://docs.stripe.com/payments/save-and-reuse."""

import pytest
import stripe

from tests.sandbox import payments
from tests.sandbox.stripe_js.conftest import Shop

VISA = "4242424242424242"
NEEDS_SETUP = "4000002500003155"


def cards_of(client: stripe.StripeClient, customer: stripe.Customer) -> list[str]:
    listed = client.v1.payment_methods.list({"customer": customer.id}).data
    return [card.card.last4 for card in listed]


@pytest.mark.stripe_rule(
    "`confirmSetup` saves the card and goes to the `return_url` with the setup intent",
    "https://docs.stripe.com/js/setup_intents/confirm_setup",
)
def test_a_setup_saves_the_card_for_its_customer(
    shop: Shop, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": alice.id})
    shop.open(setup.client_secret)
    shop.pay(VISA)
    shop.page.wait_for_url(
        f"{shop.url}/done?order=5&setup_intent={setup.id}"
        f"&setup_intent_client_secret={setup.client_secret}&redirect_status=succeeded#thanks"
    )
    assert cards_of(client, alice) == ["4242"]


@pytest.mark.stripe_rule(
    "A card set up with 3-D Secure pays off-session",
    "https://docs.stripe.com/payments/save-and-reuse",
)
def test_a_setup_with_3d_secure_pays_off_session_later(
    shop: Shop, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": alice.id, "usage": "off_session"})
    shop.open(setup.client_secret)
    shop.pay(NEEDS_SETUP)
    shop.bank.get_by_text("Saving a card for later payments.").wait_for()
    shop.answer_bank("Complete")
    shop.page.wait_for_url("**/done?*")
    saved = client.v1.setup_intents.retrieve(setup.id).payment_method
    paid = payments.pay(client, str(saved), customer=alice.id, off_session=True)
    assert paid.status == "succeeded"


@pytest.mark.stripe_rule(
    "A failed 3-D Secure saves nothing", "https://docs.stripe.com/payments/save-and-reuse"
)
def test_a_failed_3d_secure_saves_nothing(
    shop: Shop, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": alice.id})
    shop.open(setup.client_secret)
    shop.pay(NEEDS_SETUP)
    shop.answer_bank("Fail")
    error = shop.expect_message(
        "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again."
    )
    assert error["code"] == "setup_intent_authentication_failure"
    assert error["setup_intent"]["status"] == "requires_payment_method"
    assert cards_of(client, alice) == []


@pytest.mark.stripe_rule(
    "A declined card is not saved", "https://docs.stripe.com/payments/save-and-reuse"
)
def test_a_declined_card_is_not_saved(
    shop: Shop, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": alice.id})
    shop.open(setup.client_secret)
    shop.pay("4000000000000002")
    error = shop.expect_message("Your card was declined.")
    assert (error["type"], error["decline_code"]) == ("card_error", "generic_decline")
    assert error["setup_intent"]["id"] == setup.id
    assert cards_of(client, alice) == []
