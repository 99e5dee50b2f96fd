"""Payments: pages, filters, what happened, and a hold."""

from typing import Any

import requests
from playwright.sync_api import expect

from .conftest import Guest, Shop, Visit

_CREATE = """mutation($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) { paymentIntent { id } errors { message } } }"""
_CANCEL = """mutation($input: CancelPaymentIntentInput!) {
  cancelPaymentIntent(input: $input) { errors { message } } }"""


_HELD = (
    "{ paymentIntents(filter: {status: [REQUIRES_CAPTURE]}) { nodes { stripePaymentIntentId } } }"
)


def _begin(shop: Shop, guest: Guest, number: int) -> str:
    created = shop.ask(
        guest,
        _CREATE,
        input={
            "idempotencyKey": f"history-{number}",
            "amount": f"{number + 1}.00",
            "currency": "USD",
            "description": f"Trip {number}",
        },
    )
    identity: str = created["createPaymentIntent"]["paymentIntent"]["id"]
    return identity


def test_more_payments_are_loaded_and_filtered(visit: Visit, shop: Shop, guest: Guest) -> None:
    ids = [_begin(shop, guest, number) for number in range(12)]
    canceled: Any = shop.ask(guest, _CANCEL, input={"paymentIntentId": ids[0]})
    assert canceled["cancelPaymentIntent"]["errors"] == []
    visit.open("#/payments")
    rows = visit.page.locator("main").get_by_role("listitem")
    expect(rows).to_have_count(10)
    visit.page.get_by_role("button", name="Load more").click()
    expect(rows).to_have_count(12)
    expect(visit.page.get_by_role("button", name="Load more")).to_have_count(0)
    expect(visit.find_row("Trip 0")).to_contain_text("Canceled")
    visit.page.get_by_label("Status").select_option("CANCELED")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("$1.00")
    visit.page.get_by_label("Status").select_option("SUCCEEDED")
    visit.expect_heading("No payments")


def test_a_hold_is_shown_as_one_and_captured_by_staff(
    visit: Visit, shop: Shop, guest: Guest
) -> None:
    visit.open_checkout()
    visit.page.get_by_role("button", name="Hold it now, charge it later").click()
    expect(visit.pay_button).to_have_text("Hold $99.99")
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    held = visit.page.get_by_role("heading", name="Held until")
    expect(held).to_be_visible()
    found: Any = shop.ask(guest, _HELD)
    [held_id] = [one["stripePaymentIntentId"] for one in found["paymentIntents"]["nodes"]]
    _capture(shop, held_id)
    visit.expect_heading("Paid")


def _capture(shop: Shop, stripe_id: str) -> None:
    """As staff do in Stripe's dashboard."""
    response = requests.post(
        f"{shop.sandbox.url}/v1/payment_intents/{stripe_id}/capture",
        auth=("sk_test_sandbox", ""),
        timeout=30,
    )
    assert response.status_code == 200, response.text


def test_what_happens_behind_the_scenes_is_shown_without_secrets(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay()
    visit.expect_heading("Paid")
    panel = visit.page.get_by_role("complementary")
    for text in ("BeginPayment", "confirmPayment", "payment_intent.succeeded", "At Stripe now"):
        expect(panel.get_by_text(text, exact=True)).to_be_visible()
    expect(panel.locator(".state > summary")).to_contain_text("succeeded")
    secrets = visit.page.evaluate(
        "document.querySelector('aside').textContent.match(/_secret_\\w+/g)"
    )
    assert secrets is None
