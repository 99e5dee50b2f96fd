"""The forms: https://docs.stripe.com/js/elements_object."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from playwright.sync_api import expect

from tests.sandbox import payments
from tests.sandbox.stripe_js.conftest import Shop

type Run = Callable[..., Any]

VISA = "4242424242424242"
DEFERRED = "{mode: 'payment', amount: 2000, currency: 'usd'}"


WRONG_FORMS = (
    ("", "", "", "incomplete_number", "Your card number is incomplete."),
    ("4242", "12/40", "123", "incomplete_number", "Your card number is incomplete."),
    ("4242424242424241", "12/40", "123", "invalid_number", "Your card number is invalid."),
    (VISA, "12/4", "123", "incomplete_expiry", "Your card's expiration date is incomplete."),
    (VISA, "13/40", "123", "invalid_expiry_month", "Your card's expiration month is invalid."),
    (
        VISA,
        "12/20",
        "123",
        "invalid_expiry_year_past",
        "Your card's expiration year is in the past.",
    ),
    (
        "378282246310005",
        "12/40",
        "123",
        "incomplete_cvc",
        "Your card's security code is incomplete.",
    ),
)


@pytest.mark.stripe_rule(
    "A wrong form is a `validation_error`, shown at its field",
    "https://docs.stripe.com/js/appendix/error_object",
)
def test_a_wrong_form_is_refused_before_anything_is_sent(
    shop: Shop, client: stripe.StripeClient
) -> None:
    intent = payments.create(client)
    shop.open(intent.client_secret)
    for number, expiry, cvc, code, message in WRONG_FORMS:
        shop.fill_card(number, expiry, cvc)
        shop.press_pay()
        error = shop.expect_message(message)
        assert (error["type"], error["code"]) == ("validation_error", code)
        expect(shop.form.get_by_text(message)).to_be_visible()
    assert client.v1.payment_intents.retrieve(intent.id).latest_charge is None


@pytest.mark.stripe_rule(
    "Card numbers and dates are grouped as they are typed", "https://docs.stripe.com/js/element"
)
def test_digits_are_grouped_as_they_are_typed(shop: Shop, client: stripe.StripeClient) -> None:
    shop.open(payments.create(client).client_secret)
    number, expiry = shop.form.get_by_label("Card number"), shop.form.get_by_label("Expiration")
    number.press_sequentially("378282246310005")
    expiry.press_sequentially("340")
    expect(number).to_have_value("3782 822463 10005")
    expect(expiry).to_have_value("03 / 40")
    expiry.press("Backspace")
    expect(expiry).to_have_value("03 / 4")


@pytest.mark.stripe_rule(
    "Elements send `ready` and `change` with `complete`, `empty` and `value`",
    "https://docs.stripe.com/js/element/events",
)
def test_the_page_hears_when_the_form_is_ready_and_complete(
    shop: Shop, client: stripe.StripeClient
) -> None:
    shop.open(payments.create(client).client_secret)
    shop.fill_card(VISA)
    shop.page.wait_for_function("() => events.some(([name, event]) => event.complete)")
    events = shop.page.evaluate("events")
    assert events[0] == ["ready", {"elementType": "payment"}]
    assert events[-1] == [
        "change",
        {
            "elementType": "payment",
            "complete": True,
            "empty": False,
            "collapsed": False,
            "value": {"type": "card"},
        },
    ]
    container = shop.page.locator("#element")
    expect(container).to_contain_class("StripeElement--complete")
    shop.page.evaluate("element.clear()")
    expect(container).to_contain_class("StripeElement--empty")


@pytest.mark.stripe_rule(
    "A card element serves `createPaymentMethod` and `confirmCardPayment`",
    "https://docs.stripe.com/js/payment_methods/create_payment_method",
)
def test_a_card_element_confirms_and_makes_payment_methods(
    shop: Shop, client: stripe.StripeClient, run: Run
) -> None:
    run("() => { window.card = stripe.elements().create('card'); card.mount('#element'); }")
    shop.fill_card("5555555555554444")
    made = run(
        "() => stripe.createPaymentMethod({type: 'card', card, billing_details: {name: 'Alice'}})"
    )["paymentMethod"]
    assert made["id"].startswith("pm_")
    assert (made["card"]["last4"], made["billing_details"]["name"]) == ("4444", "Alice")
    assert "metadata" in run("() => stripe.createPaymentMethod('card', card)")["paymentMethod"]
    intent = payments.create(client)
    paid = run(
        "(secret) => stripe.confirmCardPayment(secret, {payment_method: {card}})",
        intent.client_secret,
    )
    assert paid["paymentIntent"]["status"] == "succeeded"
    run("() => card.destroy()")
    expect(shop.page.locator("#element iframe")).to_have_count(0)
    gone = run("() => stripe.createPaymentMethod({type: 'card', card})")
    assert "still mounted" in gone["thrown"]["message"]


@pytest.mark.stripe_rule(
    "Elements with a mode must be submitted, and must agree with the intent",
    "https://docs.stripe.com/payments/accept-a-payment-deferred",
)
def test_elements_made_before_the_intent_must_be_submitted_and_agree_with_it(
    shop: Shop, client: stripe.StripeClient, run: Run
) -> None:
    run(
        f"() => {{ window.elements = stripe.elements({DEFERRED}); "
        "elements.create('payment').mount('#element'); }"
    )
    confirm = (
        "(clientSecret) => stripe.confirmPayment({elements, clientSecret, redirect: 'if_required'})"
    )
    other = payments.create(client, amount=2500)
    early = run(confirm, other.client_secret)
    assert "elements.submit() must be called" in early["thrown"]["message"]
    assert run("() => elements.submit()")["error"]["code"] == "incomplete_number"
    shop.fill_card(VISA)
    assert run("() => elements.submit()") == {"selectedPaymentMethod": "card"}
    assert "do not match" in run(confirm, other.client_secret)["error"]["message"]
    assert client.v1.payment_intents.retrieve(other.id).status == "requires_payment_method"
    run("() => elements.update({amount: 2500})")
    assert run(confirm, other.client_secret)["paymentIntent"]["status"] == "succeeded"


@pytest.mark.stripe_rule(
    "Themes and variables change the form's appearance",
    "https://docs.stripe.com/elements/appearance-api",
    ours="Themes, and the variables for text, color, corners and font size",
)
def test_the_form_uses_the_shops_appearance(shop: Shop, run: Run) -> None:
    run(
        f"() => {{ window.elements = stripe.elements({{...{DEFERRED}, appearance: "
        "{theme: 'night', variables: {colorText: '#ff8800', fontSizeBase: '20px'}}}); "
        "elements.create('payment').mount('#element'); }"
    )
    label = shop.form.locator("body")
    expect(label).to_have_css("color", "rgb(255, 136, 0)")
    expect(label).to_have_css("font-size", "20px")
    run("() => elements.update({appearance: {variables: {colorText: '#000000'}}})")
    expect(label).to_have_css("color", "rgb(0, 0, 0)")


MISTAKES = (
    ("() => stripe.elements({clientSecret: 'pi_1'})", "should be a client secret"),
    ("() => stripe.elements({mode: 'payment', currency: 'usd'})", "amount must be"),
    ("() => stripe.elements({mode: 'setup'})", "currency is required"),
    ("() => stripe.elements({mode: 'gift', currency: 'usd'})", "mode must be"),
    (f"() => stripe.elements({{...{DEFERRED}, clientSecret: 'pi_1_secret_2'}})", "not both"),
    ("() => stripe.elements().create('payment')", "clientSecret or mode"),
    ("() => stripe.elements().create('iban')", "A valid Element name"),
    ("() => stripe.elements().create('card').mount('#nowhere')", "applies to no DOM elements"),
    (
        "() => { const e = stripe.elements(); e.create('card'); e.create('card'); }",
        "only create one",
    ),
)


@pytest.mark.stripe_rule(
    "A mistake in the page's code throws an IntegrationError",
    "https://docs.stripe.com/js/elements_object/create",
)
def test_a_mistake_in_the_shops_code_is_thrown(run: Run) -> None:
    for program, message in MISTAKES:
        thrown = run(program)["thrown"]
        assert thrown["name"] == "IntegrationError"
        assert message in thrown["message"]
