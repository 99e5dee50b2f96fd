"""The Payment Element offers what the payment allows: https://docs.stripe.com/payments/payment-element."""

from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from playwright.sync_api import expect

from tests.sandbox import bank_payments, payments
from tests.sandbox.stripe_js.conftest import Shop

PAGE = "https://docs.stripe.com/payments/payment-element"


def _choose(shop: Shop, name: str) -> None:
    shop.form.get_by_role("radio", name=name).check()


def _fill(shop: Shop, **values: str) -> None:
    for label, value in values.items():
        shop.form.get_by_label(label.replace("_", " "), exact=True).fill(value)


def _come_back(shop: Shop) -> dict[str, list[str]]:
    shop.page.wait_for_url("**/done?*")
    return parse_qs(urlsplit(shop.page.url).query)


@pytest.mark.stripe_rule("The Element offers the types that the intent allows", PAGE)
def test_what_the_payment_allows_can_be_chosen(shop: Shop, client: stripe.StripeClient) -> None:
    shop.open(payments.create(client, currency="eur").client_secret)
    shown = shop.form.get_by_role("radio")
    expect(shown).to_have_count(2)
    expect(shop.form.get_by_role("radio", name="SEPA Direct Debit")).to_be_visible()
    shop.page.goto("about:blank")
    # In another currency there is nothing to choose.
    shop.open(payments.create(client, currency="gbp").client_secret)
    expect(shop.form.get_by_role("radio", name="Card")).not_to_be_visible()


@pytest.mark.parametrize(
    ("currency", "name", "values", "method"),
    [
        (
            "eur",
            "SEPA Direct Debit",
            {"Full_name": "Alice", "Email": "alice@example.com", "IBAN": "DE08370400440532013003"},
            "sepa_debit",
        ),
        (
            "usd",
            "US bank account",
            {
                "Full_name": "Alice",
                "Routing_number": "110000000",
                "Account_number": "000000000009",
            },
            "us_bank_account",
        ),
    ],
)
@pytest.mark.stripe_rule(
    "A debit comes back as `pending`, with the mandate that the customer accepted",
    "https://docs.stripe.com/payments/sepa-debit/accept-a-payment",
)
def test_a_debit_is_pending_when_the_customer_comes_back(
    shop: Shop,
    client: stripe.StripeClient,
    currency: str,
    name: str,
    values: dict[str, str],
    method: str,
) -> None:
    intent = payments.create(client, currency=currency)
    shop.open(intent.client_secret)
    _choose(shop, name)
    _fill(shop, **values)
    shop.press_pay()

    assert _come_back(shop)["redirect_status"] == ["pending"]
    after = client.v1.payment_intents.retrieve(intent.id, {"expand": ["payment_method"]})
    assert (after.status, after.payment_method.type) == ("processing", method)


@pytest.mark.stripe_rule("A voucher is made by the form", "https://docs.stripe.com/payments/boleto")
def test_a_voucher_is_made_by_the_form(shop: Shop, client: stripe.StripeClient) -> None:
    intent = payments.create(client, currency="brl")
    shop.open(intent.client_secret)
    _choose(shop, "Boleto")
    shop.press_pay()
    error = shop.expect_message("This field is incomplete.")
    assert (error["type"], error["code"]) == ("validation_error", "incomplete_name")

    _fill(
        shop,
        Full_name="Alice",
        Email="fill_never@example.com",
        Address="Rua da Paz 1",
        City="São Paulo",
        State="SP",
        Postal_code="01000-000",
    )
    shop.form.get_by_label("CPF/CNPJ").fill("000.000.000-00")
    shop.press_pay()

    assert _come_back(shop)["redirect_status"] == ["pending"]
    after = client.v1.payment_intents.retrieve(intent.id)
    assert after.next_action.type == "boleto_display_details"


@pytest.mark.parametrize(
    ("button", "status"),
    [("Authorize test payment", "succeeded"), ("Fail test payment", "failed")],
)
@pytest.mark.stripe_rule(
    "A redirect leads to the bank and back, with the outcome",
    "https://docs.stripe.com/payments/ideal/accept-a-payment",
)
def test_a_redirect_leads_to_the_bank_and_back(
    shop: Shop, client: stripe.StripeClient, button: str, status: str
) -> None:
    intent = bank_payments.create(client, "ideal", "eur")
    shop.page.goto(f"{shop.url}/#{intent.client_secret}")
    expect(shop.form.get_by_text("You will be redirected")).to_be_visible()
    shop.press_pay()
    shop.page.wait_for_url("**/authenticate/*")
    shop.page.get_by_role("button", name=button).click()

    query = _come_back(shop)
    assert query["payment_intent"] == [intent.id]
    assert query["payment_intent_client_secret"] == [intent.client_secret]
    assert query["redirect_status"] == [status]


@pytest.mark.stripe_rule(
    "An account is saved by `confirmSetup`",
    "https://docs.stripe.com/js/setup_intents/confirm_setup",
)
def test_an_account_is_saved_by_the_form(
    shop: Shop, client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create(
        {"customer": alice.id, "payment_method_types": ["card", "sepa_debit"]}
    )
    shop.open(setup.client_secret)
    _choose(shop, "SEPA Direct Debit")
    _fill(shop, Full_name="Alice", Email="alice@example.com", IBAN="DE89370400440532013000")
    shop.press_pay()

    assert _come_back(shop)["redirect_status"] == ["succeeded"]
    saved = client.v1.customers.payment_methods.list(alice.id)
    assert [method.type for method in saved.data] == ["sepa_debit"]


def test_the_page_is_told_which_way_to_pay_was_chosen(
    shop: Shop, client: stripe.StripeClient
) -> None:
    shop.open(payments.create(client, currency="eur").client_secret)
    _choose(shop, "SEPA Direct Debit")
    shop.page.wait_for_function("() => events.length > 1")
    assert shop.page.evaluate("events.at(-1)[1].value") == {"type": "sepa_debit"}
