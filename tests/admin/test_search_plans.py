"""On PostgreSQL, no search and no list reads a large table, or an index, from end to end."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from payments_graphql import searched_texts, trigrams
from payments_graphql.models import StripePaymentIntent
from tests.admin.many_rows import make_rows
from tests.admin.rows import ALL, get_name, make_payment

from .conftest import list_url

COUNT = 16_000
MOST_READ = 6_000
"""Rows that a statement may read."""

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads tables"),
]


def _pk(kind: str, number: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(%s)::uuid", [f"{kind}{number}"])
        return str(cursor.fetchone()[0])


def list_shapes() -> list[str]:
    payment = _pk("payment", 9001)
    return [
        "pi_9001", "ch_9001", "ch_unknown", "re_4501", "pyr_1", "du_4501", "pm_9001", "seti_9001",
        "cus_9001", "evt_9001", "req_9001", "key-9001", payment, _pk("booking", 9001),
        base64.b64encode(f"PaymentIntent:{payment}".encode()).decode(),
        "https://dashboard.stripe.com/payments/pi_9001",
        "user9001@example.com", "receipt9001@example.com", "user9001", "family9001",
        "given17 family9001", "nobody", "xyz", "LIS-000009001", "lis-000009001", "000009001",
        "Payment 9001", "nothing like it", "0817", "visa 0817", "9999", "5.00", "340.17",
        "USD 340,17", "340.17 EUR", "1", "JPY 340", "0817 340.17", "visa 0817 500",
        "user9001 5.00", "cus_9001 0817", "pi_9001 340.17", "%", "ab",
    ]  # fmt: skip


@contextmanager
def noting_plans() -> Iterator[dict[str, str]]:
    """By statement, what it reads too much of. Each is explained with the settings that it runs
    with."""
    found: dict[str, str] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "(SELECT")) and "pg_" not in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plan,) = cursor.cursor.fetchone()
                plan = json.loads(plan) if isinstance(plan, str) else plan
            for problem in _list_problems(plan[0]["Plan"]):
                found[sql] = problem
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def _list_problems(plan: dict[str, Any]) -> Iterator[str]:
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    read = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    # The bitmap of a common word is built from the index, and its rows are read up to the limit.
    if read > MOST_READ and plan["Node Type"] not in ("Limit", "Bitmap Index Scan"):
        yield f"{plan['Node Type']} of {plan.get('Relation Name')}: {read:.0f} rows"
    for part in plan.get("Plans", ()):
        yield from _list_problems(part)


OF_LISTS = (
    "pi_9001", "cus_9001", "re_4501", "family9001", "LIS-000009001", "Payment 9001", "0817",
    "340.17", "0817 340.17", "xyz",
)  # fmt: skip


@pytest.fixture
def indexes(db: None) -> Iterator[None]:
    """Before any row is written: PostgreSQL does not use an index in the transaction that made it
    if that has also changed rows."""
    trigrams.forget_indexes()
    for table, columns in searched_texts.list_unindexed().items():
        trigrams.create_index(connection, table, columns)
    yield
    trigrams.forget_indexes()


def test_every_search_and_every_list_is_answered_by_indexes(
    indexes: None, staff_client: Client
) -> None:
    for number in range(1, 3):
        make_payment(90_000_000 + number)
    make_rows(COUNT)
    box, payments = reverse("admin:payments_graphql_finding"), list_url("stripepaymentintent")
    others = [list_url(get_name(model)) for model in ALL if model is not StripePaymentIntent]
    staff_client.get(list_url("operation"))  # content types are read
    problems = {}
    searches = [(url, text) for url in (box, payments) for text in list_shapes()]
    searches += [(url, text) for url in others for text in OF_LISTS]
    for url, text in searches:
        with noting_plans() as found:
            response = staff_client.get(url, {"q": text})
        assert response.status_code in (200, 302), (url, text)
        for sql, problem in found.items():
            problems[f"{url} {text!r}: {problem}"] = sql[:300]
    assert problems == {}
