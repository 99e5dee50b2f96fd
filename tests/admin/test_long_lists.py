"""Lists of any length: bounded counts, no sort of a whole table, and few statements."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments_graphql import figures
from payments_graphql.admin import long_lists
from tests.schema.rows import make_intents

from .conftest import list_url, page_url
from .rows import ALL, get_name, make_payment

LISTED = [model for model in ALL if site.is_registered(model)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(long_lists, "MOST_ROWS", 5)
    monkeypatch.setattr(long_lists.LongList, "list_per_page", 2)
    return 5


def test_a_long_list_says_that_there_are_more(staff_client: Client, alice: User, few: int) -> None:
    make_intents(alice, 7)
    page = staff_client.get(list_url("stripepaymentintent")).text
    assert "More than 5 payment intents. Search or filter to see the others." in page
    assert staff_client.get(list_url("stripepaymentintent") + "?p=3").status_code == 200
    assert staff_client.get(list_url("stripepaymentintent") + "?p=4").status_code == 302


def test_a_short_list_says_how_many_there_are(staff_client: Client, alice: User, few: int) -> None:
    make_intents(alice, 5)
    page = staff_client.get(list_url("stripepaymentintent")).text
    assert "5 payment intents" in page
    assert "More than" not in page


@pytest.mark.parametrize("model", LISTED, ids=get_name)
def test_no_list_counts_or_sorts_more_rows_than_it_shows(staff_client: Client, model: Any) -> None:
    make_payment(1)
    columns = len(site._registry[model].list_display)
    for number in range(1, columns + 1):
        with CaptureQueriesContext(connection) as statements:
            response = staff_client.get(f"{list_url(get_name(model))}?o={number}")
        assert response.status_code == 200
        counts = [one["sql"] for one in statements if "COUNT(" in one["sql"].upper()]
        assert len(counts) == 1
        assert f"LIMIT {long_lists.MOST_ROWS + 1}" in counts[0]
        distinct = [one["sql"] for one in statements if "SELECT DISTINCT" in one["sql"]]
        assert all("payments_graphql_dailyfigure" in one for one in distinct)  # a small table
        orders = response.context["cl"].get_ordering(None, model._default_manager.all())
        assert all(long_lists.is_indexed(model, one) or one.endswith("pk") for one in orders)


def test_only_columns_with_an_index_offer_to_sort(staff_client: Client) -> None:
    make_payment(1)
    page = staff_client.get(list_url("booking")).text
    assert "sortable column-reference" in page
    assert "sortable column-made" in page
    assert "sortable column-total" not in page
    assert "sortable column-canceled_at" not in page


@pytest.mark.parametrize("model", LISTED, ids=get_name)
def test_pages_need_no_more_statements_with_more_rows(staff_client: Client, model: Any) -> None:
    def count() -> tuple[int, int]:
        numbers = []
        for url in (list_url(get_name(model)), page_url(model._default_manager.last())):
            with CaptureQueriesContext(connection) as statements:
                assert staff_client.get(url).status_code == 200
            numbers.append(len(statements))
        return numbers[0], numbers[1]

    make_payment(1)
    few = count()
    for number in range(2, 6):
        make_payment(number)
    many = count()
    assert many[0] <= few[0]
    assert max(*few, *many) < 20


def test_currencies_to_filter_by_are_those_of_recent_payments(staff_client: Client) -> None:
    make_payment(1)
    figures.refresh()
    page = staff_client.get(list_url("booking"))
    assert "?currency__exact=USD" in page.text
    for currency, count in (("USD", 1), ("EUR", 0)):
        page = staff_client.get(list_url("booking") + f"?currency__exact={currency}")
        assert page.context["cl"].result_count == count


@pytest.mark.parametrize("model", LISTED, ids=get_name)
def test_no_list_counts_the_choices_of_its_filters(staff_client: Client, model: Any) -> None:
    make_payment(1)
    with CaptureQueriesContext(connection) as statements:
        staff_client.get(f"{list_url(get_name(model))}?_facets=True")
    assert len([one for one in statements if "COUNT(" in one["sql"].upper()]) == 1


def test_rows_of_other_keys_are_found_by_their_mode(staff_client: Client, settings: Any) -> None:
    make_payment(1)
    figures.refresh()
    settings.STRIPE_SECRET_KEY = "sk_live_other"
    for model in ("stripepaymentintent", "stripewebhookevent", "statuschange", "operation"):
        for mode, count in (("", 0), ("?mode=others", 1), ("?mode=all", 1)):
            page = staff_client.get(list_url(model) + mode)
            assert page.context["cl"].result_count == count, (model, mode)


def test_a_filter_by_known_values_takes_any_value(staff_client: Client) -> None:
    make_payment(1)
    url = list_url("stripepaymentmethod")
    assert "brand__exact=unionpay" in staff_client.get(url).text
    for brand, count in (("visa", 1), ("jcb", 0), ("a-new-brand", 0)):
        page = staff_client.get(f"{url}?brand__exact={brand}")
        assert page.context["cl"].result_count == count
