"""The network is lost at each step, and the payment goes on where it was."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from .conftest import Shop, Visit

AFTER_IT_ARRIVED = pytest.mark.parametrize("arrives", [False, True], ids=["request", "answer"])


def _lose(visit: Visit, pattern: str, containing: str, *, arrives: bool) -> Callable[[], None]:
    """Lose each such request, or only its answer. Returns what ends that."""

    def answer(route: Route) -> None:
        if containing not in (route.request.post_data or ""):
            return route.fallback()
        if arrives:
            route.fetch()
        return route.abort("connectionfailed")

    visit.page.route(pattern, answer)
    return lambda: visit.page.unroute(pattern, answer)


@AFTER_IT_ARRIVED
def test_while_the_payment_is_begun(visit: Visit, shop: Shop, arrives: bool) -> None:
    before = shop.count("POST", "/v1/payment_intents")
    find = _lose(visit, "**/graphql/", "createPaymentIntent", arrives=arrives)
    visit.open(visit.booking_path)
    expect(visit.alert).to_contain_text("The connection was lost.")
    find()
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.pay_button).to_be_enabled()
    assert shop.count("POST", "/v1/payment_intents") == before + 1
    visit.pay()
    visit.expect_heading("Paid")
    visit.forgive_lost_connections()


@pytest.mark.parametrize(
    ("address", "body", "message"),
    [
        ("**/graphql/", "Config", "The connection was lost."),
        ("**/endive/stripe.js", "", "The payment form could not be loaded."),
    ],
    ids=["the page", "Stripe.js"],
)
def test_while_it_is_loaded(visit: Visit, address: str, body: str, message: str) -> None:
    find = _lose(visit, address, body, arrives=False)
    visit.open(visit.booking_path)
    expect(visit.alert).to_contain_text(message)
    find()
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    visit.expect_heading("Paid")
    visit.forgive_lost_connections()


@AFTER_IT_ARRIVED
def test_while_stripe_confirms(visit: Visit, shop: Shop, arrives: bool) -> None:
    visit.open_checkout()
    find = _lose(visit, "**/v1/payment_intents/*/confirm", "", arrives=arrives)
    visit.pay()
    if not arrives:
        expect(visit.alert).to_contain_text("The connection was lost while you paid.")
        find()
        visit.pay_button.click()
    visit.expect_heading("Paid")
    visit.forgive_lost_connections()


@AFTER_IT_ARRIVED
def test_while_the_amount_is_changed(visit: Visit, arrives: bool) -> None:
    visit.open_checkout()
    find = _lose(visit, "**/graphql/", "updatePaymentIntent", arrives=arrives)
    visit.page.get_by_role("button", name="Pay a part").click()
    visit.page.get_by_label("Amount to pay now").fill("10")
    visit.pay()
    if not arrives:  # otherwise the live status has told what the answer would have
        expect(visit.alert).to_contain_text("The connection was lost while you paid.")
        find()
        visit.pay_button.click()
    expect(visit.page.get_by_text("$10.00 for Lisbon, 3 nights.")).to_be_visible()
    visit.forgive_lost_connections()


def test_while_the_webhook_is_awaited(visit: Visit, shop: Shop) -> None:
    """The stream is lost, and opened again when the connection is back."""
    shop.sandbox.faults.add("webhook_delayed", event="*.succeeded", delay=3600)
    visit.open_checkout()
    visit.pay()
    visit.expect_heading("Confirming your payment")
    visit.context.set_offline(True)
    shop.sandbox.advance(3601)
    visit.context.set_offline(False)
    visit.expect_heading("Paid")
    visit.forgive_lost_connections()


def test_a_reload_in_the_middle_begins_no_second_payment(visit: Visit, shop: Shop) -> None:
    before = shop.count("POST", "/v1/payment_intents")
    visit.open_checkout()
    visit.page.reload()
    expect(visit.pay_button).to_be_enabled()
    assert shop.count("POST", "/v1/payment_intents") == before + 1
    visit.pay()
    visit.expect_heading("Paid")
    assert (
        visit.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('/pay/'))")
        == []
    )
