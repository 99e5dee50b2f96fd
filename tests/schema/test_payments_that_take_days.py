"""Vouchers, bank debits and redirects as the page sees them."""

from datetime import UTC, datetime

import pytest

from payments_graphql.models import StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from tests.services.days import debit, issue_voucher

QUERY = """
query($id: ID!) {
  paymentIntent(by: {id: $id}) {
    status nextActionType nextActionExpiresAt
    nextAction { type redirectUrl hostedUrl number expiresAt details }
    paymentMethod { type label brand last4 bankName }
    availableActions { action allowed reason }
  }
}
"""


@pytest.fixture
def begin(service, alice, sandbox):
    def begin(currency):
        created = service.create_payment_intent(user=alice, amount=20, currency=currency)
        return created["payment_intent"]

    return begin


@pytest.fixture
def ask(global_id):
    def ask(client, intent):
        return client.ask(QUERY, id=global_id("PaymentIntent", intent.pk))["paymentIntent"]

    return ask


def test_a_voucher_is_shown_with_its_number_and_its_end(begin, ask, as_alice, dashboard):
    intent = begin("BRL")
    issue_voucher(dashboard, intent)
    reconcile()
    details = dashboard.v1.payment_intents.retrieve(
        intent.stripe_payment_intent_id
    ).next_action.boleto_display_details

    shown = ask(as_alice, intent)

    end = datetime.fromtimestamp(details.expires_at, tz=UTC).isoformat()
    assert shown["status"] == "REQUIRES_ACTION"
    assert (shown["nextActionType"], shown["nextActionExpiresAt"]) == (
        "boleto_display_details",
        end,
    )
    action = shown["nextAction"]
    assert (action["number"], action["hostedUrl"]) == (details.number, details.hosted_voucher_url)
    assert (action["expiresAt"], action["redirectUrl"]) == (end, None)
    assert action["details"]["boleto_display_details"]["pdf"] == details.pdf


def test_a_list_says_what_each_payment_waits_for_without_asking_stripe(
    begin, as_alice, dashboard, sandbox
):
    issue_voucher(dashboard, begin("BRL"))
    reconcile()
    before = len(sandbox.requests())

    data = as_alice.ask("{ paymentIntents { edges { node { nextActionType } } } }")

    [edge] = data["paymentIntents"]["edges"]
    assert edge["node"]["nextActionType"] == "boleto_display_details"
    assert len(sandbox.requests()) == before


def test_a_voucher_is_shown_to_its_owner_alone(begin, ask, as_bob, dashboard):
    intent = begin("BRL")
    issue_voucher(dashboard, intent)
    reconcile()
    assert ask(as_bob, intent) is None


@pytest.mark.parametrize(
    ("currency", "method", "label", "bank"),
    [
        ("EUR", "pm_successDelayed_de", "SEPA Direct Debit •••• 3003", None),
        (
            "USD",
            "pm_usBankAccount_processing",
            "STRIPE TEST BANK •••• 0009",
            "STRIPE TEST BANK",
        ),
    ],
)
def test_a_processing_debit_shows_its_account_and_that_nothing_can_be_done(
    begin, ask, as_alice, dashboard, currency, method, label, bank
):
    intent = begin(currency)
    debit(dashboard, intent, method)
    reconcile()

    shown = ask(as_alice, intent)

    assert (shown["status"], shown["nextAction"]) == ("PROCESSING", None)
    account = shown["paymentMethod"]
    assert (account["label"], account["brand"], account["bankName"]) == (label, None, bank)
    assert not any(one["allowed"] for one in shown["availableActions"])


def test_the_server_confirms_a_redirect_with_a_page_to_come_back_to(
    begin, as_alice, dashboard, global_id, settings
):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["card", "ideal"]
    method = dashboard.v1.payment_methods.create({"type": "ideal"}).id
    given = {
        "paymentIntentId": global_id("PaymentIntent", begin("EUR").pk),
        "stripePaymentMethodId": method,
    }
    selection = "nextAction { type redirectUrl } paymentIntent { status }"

    refused = as_alice.mutate("confirmPaymentIntent", given, selection)
    [error] = refused["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "returnUrl"])

    payload = as_alice.mutate(
        "confirmPaymentIntent", given | {"returnUrl": "https://shop.example/ok"}, selection
    )
    assert payload["errors"] == []
    assert payload["nextAction"]["type"] == "redirect_to_url"
    assert "/_sandbox/authenticate/" in payload["nextAction"]["redirectUrl"]


def test_no_way_to_pay_in_a_currency_is_an_error_with_its_field(as_alice, settings):
    settings.PAYMENTS_PAYMENT_METHOD_TYPES = ["sepa_debit"]
    payload = as_alice.mutate(
        "createPaymentIntent",
        {"idempotencyKey": "usd", "amount": "20.00", "currency": "USD"},
        "paymentIntent { id }",
    )
    [error] = payload["errors"]
    assert error["path"][-1] == "currency"
    assert "SEPA Direct Debit" in error["message"]
    assert not StripePaymentIntent.objects.exists()
