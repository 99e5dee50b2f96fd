"""The dashboard in a browser, under the site's strict policy."""

import re
from decimal import Decimal
from typing import Any

import pytest

from tests.browser.conftest import Tab

URL = "/admin/payments_graphql/dashboard/"
CHARTS = ("Paid, Refunded", "Success rate", "Disputes opened", "Slowest webhook")


@pytest.fixture
def dashboard(tab: Tab) -> Any:
    tab.sign_in()
    tab.open(URL)
    return tab.page


def test_charts_are_drawn_of_the_figures(dashboard: Any) -> None:
    captions = dashboard.locator(".payments-chart figcaption")
    assert tuple(captions.all_text_contents()) == CHARTS
    assert dashboard.locator(".payments-chart canvas").count() == len(CHARTS)
    paid = dashboard.locator(".payments-chart .u-value").nth(1)
    shown = dashboard.locator(".payments-card", has_text="Paid").first.locator("a").inner_text()
    assert paid.inner_text() == shown  # only today has payments, and the legend starts with today


def test_no_chart_is_wider_than_its_place(dashboard: Any) -> None:
    for width in (1280, 390, 800):
        dashboard.set_viewport_size({"width": width, "height": 900})
        dashboard.wait_for_function(
            "() => [...document.querySelectorAll('.payments-chart')].every((one) => "
            "Math.abs(one.clientWidth - one.querySelector('.u-wrap').clientWidth) < 2)"
        )
        page = "document.documentElement"
        assert dashboard.evaluate(f"() => {page}.scrollWidth - {page}.clientWidth") == 0


def test_charts_follow_the_theme(dashboard: Any) -> None:
    color = (
        "() => getComputedStyle(document.querySelectorAll('.payments-chart .u-marker')[1])"
        ".borderTopColor"
    )
    dashboard.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
    dashboard.wait_for_function(f"() => ({color})() === 'rgb(26, 107, 47)'")
    dashboard.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
    dashboard.wait_for_function(f"() => ({color})() === 'rgb(127, 215, 147)'")


def test_a_figure_leads_to_its_rows_and_a_period_can_be_chosen(dashboard: Any) -> None:
    dashboard.get_by_role("link", name="7 days").click()
    paid = dashboard.locator(".payments-card", has_text="Paid").first.locator("a")
    figure = _read_amount(paid.inner_text())
    paid.click()
    dashboard.wait_for_url("**/stripepaymentintent/?*")
    amounts = dashboard.locator("#result_list tbody .field-amount_paid").all_inner_texts()
    assert len(amounts) > 1
    assert sum(map(_read_amount, amounts)) == figure


def _read_amount(text: str) -> Decimal:
    """Of "1,234.00 USD" or "1,234.00 USD, 10.00 USD refunded"."""
    found = re.match(r"([\d,.]+) USD\b", text)
    assert found, text
    return Decimal(found[1].replace(",", ""))


def test_the_page_can_be_read_without_scripts(tab: Tab, browser: Any) -> None:
    tab.sign_in()
    context = browser.new_context(
        java_script_enabled=False, storage_state=tab.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(tab.site.url + URL)
    assert page.locator(".payments-chart").count() == 0
    page.get_by_text("Figures of each day").click()
    assert page.locator("details tbody tr").count() == 30
    assert page.locator("details tbody tr").first.is_visible()
    context.close()
