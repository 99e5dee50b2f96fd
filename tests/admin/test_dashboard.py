"""The dashboard, its links, and the figures of the start page."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments_graphql import figures, problems
from payments_graphql.admin.decline_words import describe_decline
from payments_graphql.models import FigureCursor
from tests.admin.conftest import browse_as
from tests.figures.conftest import NOON, Shop, clock, shop

pytestmark = pytest.mark.any_database

__all__ = ["clock", "shop"]

URL = "/admin/payments_graphql/dashboard/"


def read_cards(page: str) -> dict[str, tuple[str, str, str]]:
    """Value, note and link, by title."""
    cards = {}
    for card in re.findall(r'<div class="payments-card">(.*?)</div>', page, re.DOTALL):
        texts = [html.unescape(text).strip() for text in re.findall(r">([^<>]+)<", card)]
        title, value, *notes = [text for text in texts if text]
        link = re.search(r'href="([^"]*)"', card)
        cards[title] = (value, " ".join(notes), html.unescape(link[1]) if link else "")
    return cards


@pytest.fixture
def history(shop: Shop, clock: Callable[..., None]) -> Shop:
    """Two days of payments, and the 30 days before."""
    for days in (0, 1):
        shop.moment = NOON - timedelta(days=days)
        paid = shop.pay(amount=10_000, fee=320)
        shop.pay(amount=250_000)
        shop.pay(amount=7_000, currency="JPY")
        shop.pay("requires_capture", 900)
        shop.pay("requires_payment_method", 800, declined="insufficient_funds")
        shop.refund(paid, "succeeded", 4_000)
        shop.refund(paid, "requires_action", 50)
        shop.refund(paid, "failed", 60)
        for status in ("won", "lost", "needs_response"):
            shop.dispute(paid, status)
        for delay in (1, 4, 400):
            shop.receive(delay)
        shop.receive(9, "pull")
    shop.moment = NOON - timedelta(days=35)
    shop.pay(amount=40_000)
    figures.refresh()
    return shop


def test_each_figure_is_the_sum_of_the_period(history: Shop, staff_client: Client) -> None:
    cards = read_cards(staff_client.get(URL).text)
    shown = {title: card[0] for title, card in cards.items()}
    assert shown == {
        "Paid": "5,200.00 USD",
        "Success rate": "75.0%",
        "Not paid": "16.00 USD",
        "Waiting to be captured": "18.00 USD",
        "Fees": "6.40 EUR",
        "Refunded": "80.00 USD",
        "Refunds in progress": "1.00 USD",
        "Failed refunds": "1.20 USD",
        "Disputes opened": "600.00 USD",
        "Disputes won": "200.00 USD",
        "Disputes lost": "200.00 USD",
        "Webhook delay": "95% within 60 min",
        "Slowest webhook": "7 min",
        "Events without a webhook": "2",
    }
    assert cards["Paid"][1] == "4 payments Before: 400.00 USD (+1200%)"
    assert cards["Success rate"][1].startswith("6 of 8 payments that someone tried to pay")
    assert cards["Fees"][1] == "known for 2 of 4 payments"


def test_each_figure_leads_to_the_rows_that_it_counts(history: Shop, staff_client: Client) -> None:
    cards = read_cards(staff_client.get(URL).text)
    expected = {
        "Paid": 4,
        "Not paid": 2,
        "Waiting to be captured": 2,
        "Fees": 2,
        "Success rate": 8,
        "Refunded": 2,
        "Refunds in progress": 2,
        "Failed refunds": 2,
        "Disputes opened": 6,
        "Disputes won": 2,
        "Disputes lost": 2,
        "Webhook delay": 6,
        "Events without a webhook": 2,
    }
    counts = {}
    for title in expected:
        *_, link = cards[title]
        response = staff_client.get(link)
        assert response.status_code == 200, link
        counts[title] = response.context["cl"].result_count
    assert counts == expected


def test_a_decline_leads_to_its_attempts(history: Shop, staff_client: Client) -> None:
    page = staff_client.get(URL).text
    assert "Insufficient funds" in page
    (link,) = re.findall(r'href="([^"]*failure_code[^"]*)"', page)
    response = staff_client.get(html.unescape(link))
    assert response.context["cl"].result_count == 2


def test_an_unknown_decline_code_is_shown_as_it_reads() -> None:
    assert describe_decline("brand_new_code") == "Brand new code"


def test_the_period_can_be_chosen(history: Shop, staff_client: Client) -> None:
    def paid(query: str) -> str:
        return read_cards(staff_client.get(URL + query).text)["Paid"][0]

    assert paid("?days=1") == "2,600.00 USD"
    assert paid("?days=90") == "5,600.00 USD"
    assert paid("?first=2026-11-19&last=2026-11-19") == "2,600.00 USD"
    assert paid("?first=2026-10-16&last=2026-11-19") == "3,000.00 USD"
    assert paid("?days=4711") == "5,200.00 USD"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("?first=2026-11-19", "Enter both dates."),
        ("?first=2026-11-19&last=2026-11-18", "Choose a period of 1 to 366 days."),
        ("?first=2020-11-19&last=2026-11-18", "Choose a period of 1 to 366 days."),
        ("?first=yesterday&last=2026-11-18", "Enter a valid date."),
        ("?first=0001-01-01&last=0001-01-02", "Choose another period."),
        ("?first=9999-12-30&last=9999-12-31", "Choose another period."),
    ],
)
def test_a_wrong_period_is_explained_and_the_default_is_shown(
    history: Shop, staff_client: Client, query: str, text: str
) -> None:
    response = staff_client.get(URL + query)
    assert response.status_code == 200
    assert text in response.text
    assert read_cards(response.text)["Paid"][0] == "5,200.00 USD"


def test_each_currency_has_its_own_figures(history: Shop, staff_client: Client) -> None:
    cards = read_cards(staff_client.get(f"{URL}?currency=JPY").text)
    assert cards["Paid"][0] == "14,000 JPY"
    assert cards["Disputes opened"][0] == "0 JPY"
    assert read_cards(staff_client.get(f"{URL}?currency=XXX").text)["Paid"][0].endswith("USD")


def test_other_modes_are_shown_only_when_chosen(
    history: Shop, staff_client: Client, settings: Any
) -> None:
    mode = (settings.PAYMENTS_ACCOUNT, True)
    history.moment = NOON
    history.pay(amount=99_900, mode=mode)
    figures.refresh()
    assert read_cards(staff_client.get(URL).text)["Paid"][0] == "5,200.00 USD"
    *_, link = read_cards(staff_client.get(f"{URL}?mode=live:{mode[0]}").text)["Paid"]
    assert parse_qs(urlsplit(link).query)["mode"] == ["others"]
    assert staff_client.get(link).context["cl"].result_count == 1


def test_without_view_of_payments_there_is_no_dashboard(history: Shop, bob: User) -> None:
    client = browse_as(bob, "view_striperefund", "view_stripedispute")
    assert client.get(URL).status_code == 403
    assert URL not in client.get("/admin/payments_graphql/").text
    assert "80.00" not in client.get("/admin/payments_graphql/").text


@pytest.mark.parametrize(
    ("codename", "title"),
    [
        ("view_striperefund", "Refunded"),
        ("view_stripedispute", "Disputes opened"),
        ("view_stripewebhookevent", "Webhook delay"),
    ],
)
def test_each_part_needs_the_view_of_its_rows(
    history: Shop, bob: User, codename: str, title: str
) -> None:
    client = browse_as(bob, "view_stripepaymentintent", codename)
    cards = read_cards(client.get(URL).text)
    optional = {"Refunded", "Disputes opened", "Webhook delay"}
    assert optional & set(cards) == {title}
    page = client.get(URL).text
    assert ("Slowest webhook" in page) == (title == "Webhook delay")
    assert '"refunded"' in page if title == "Refunded" else '"refunded"' not in page
    assert "failure_code" not in page


def test_the_page_can_be_read_without_scripts_and_has_none_inline(
    history: Shop, staff_client: Client
) -> None:
    page = staff_client.get(URL).text
    main = page[page.index('id="content-main"') :]
    assert "<style" not in main
    assert " style=" not in main
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []
    days = re.search(r"<details.*</details>", page, re.DOTALL)
    assert days is not None
    assert days[0].count("2,600.00 USD") == 2
    assert days[0].count("<tr>") == 31


def test_the_dashboard_counts_what_has_changed(
    history: Shop, staff_client: Client, clock: Callable[..., None]
) -> None:
    history.pay(amount=100, created_at=NOON)
    assert read_cards(staff_client.get(URL).text)["Paid"][0] == "5,200.00 USD"
    clock(minutes=2)
    assert read_cards(staff_client.get(URL).text)["Paid"][0] == "5,201.00 USD"


def test_the_dashboard_says_that_it_is_still_counting(history: Shop, staff_client: Client) -> None:
    FigureCursor.objects.update(next_day=NOON.date() - timedelta(days=3))
    assert "Days before Nov. 18, 2026 are still being counted." in staff_client.get(URL).text


def test_an_empty_site_has_a_dashboard(db: None, staff_client: Client) -> None:
    assert "Nothing happened in this period." in staff_client.get(URL).text


def test_pages_need_few_statements(history: Shop, staff_client: Client) -> None:
    problems.refresh()  # as `payments_reconcile` does
    for url in (URL, f"{URL}?days=90", "/admin/payments_graphql/"):
        with CaptureQueriesContext(connection) as statements:
            assert staff_client.get(url).status_code == 200
        assert len(statements) < 12


def test_the_start_page_shows_today_and_the_week(history: Shop, staff_client: Client) -> None:
    page = staff_client.get(reverse("admin:app_list", args=("payments_graphql",))).text
    lines = {
        html.unescape(name): re.findall(r">([^<>]+)</td>", cells)
        for name, cells in re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', page)
    }
    assert lines["Paid"] == ["2,600.00 USD", "5,200.00 USD", "0.00 USD"]
    assert lines["Payments"] == ["2", "4", "0"]
    assert lines["Success rate"] == ["75.0%", "75.0%", "-"]
    assert lines["Disputes opened"] == ["3", "6", "0"]
    assert URL in page


def test_a_period_with_webhooks_alone_is_shown(
    shop: Shop, clock: Callable[..., None], staff_client: Client
) -> None:
    shop.receive(3)
    figures.refresh()
    cards = read_cards(staff_client.get(URL).text)
    assert cards["Webhook delay"][0] == "95% within 5.0 s"
    assert cards["Success rate"][0] == "-"
