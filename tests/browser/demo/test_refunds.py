"""Refunds: all of it, a part, and one that the bank refuses later."""

from playwright.sync_api import expect

from .conftest import VISA, Shop, Visit

REFUND_FAILS = "4000000000005126"


def test_a_part_and_then_the_rest_are_refunded(visit: Visit) -> None:
    _pay_and_look(visit, VISA)
    amount = visit.page.get_by_label("Amount")
    amount.fill("20")
    visit.page.get_by_role("button", name="Refund $20.00").click()
    expect(visit.find_row("$20.00")).to_contain_text("Refunded")
    expect(visit.page.locator("main header")).to_contain_text("Partly refunded")
    visit.page.get_by_role("button", name="Refund $79.99").click()
    expect(visit.find_row("$79.99")).to_contain_text("Refunded")
    expect(visit.page.get_by_role("button", name="Refund")).to_have_count(0)


def test_a_refund_that_fails_later_is_shown_and_the_money_is_available_again(
    visit: Visit, shop: Shop
) -> None:
    _pay_and_look(visit, REFUND_FAILS)
    visit.page.get_by_role("button", name="Refund $99.99").click()
    expect(visit.find_row("$99.99")).to_contain_text("Refunded")
    shop.sandbox.advance(24 * 60 * 60)
    expect(visit.find_row("$99.99")).to_contain_text("The bank refused this refund.")
    expect(visit.page.get_by_role("button", name="Refund $99.99")).to_be_visible()


def test_a_refund_whose_answer_was_lost_is_completed_and_not_repeated(
    visit: Visit, shop: Shop
) -> None:
    _pay_and_look(visit, VISA)
    before = shop.count("POST", "/v1/refunds")
    # The request arrives; its answer does not.
    visit.page.route("**/graphql/", lambda route: _lose_answer(route, "createRefund"), times=20)
    visit.page.get_by_label("Amount").fill("20")
    visit.page.get_by_role("button", name="Refund $20.00").click()
    expect(visit.alert).to_contain_text("The connection was lost.")
    visit.page.unroute_all()
    visit.page.reload()
    expect(visit.page.get_by_text("A refund of $20.00 was started.")).to_be_visible()
    visit.page.get_by_role("button", name="Refund $20.00").click()
    expect(visit.page.get_by_text("A refund of $20.00 was started.")).to_have_count(0)
    expect(visit.find_row("$20.00")).to_have_count(1)
    assert shop.count("POST", "/v1/refunds") == before + 1
    visit.forgive_lost_connections()


def _lose_answer(route, containing: str) -> None:
    if containing in (route.request.post_data or ""):
        route.fetch()
        route.abort("connectionfailed")
    else:
        route.fallback()


def _pay_and_look(visit: Visit, number: str) -> None:
    visit.open_checkout()
    visit.pay(number)
    visit.page.get_by_role("link", name="View payment").click()
    visit.expect_heading("Lisbon, 3 nights")
