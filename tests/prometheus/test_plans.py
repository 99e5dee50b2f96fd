"""A scrape reads no large table from end to end, whatever the planner thinks of."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from payments_graphql.models import (
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StripeWebhookEvent,
)
from payments_graphql.prometheus import gauges
from payments_graphql.prometheus.exposition import render
from tests.bench.plans import list_full_scans, noting_every_statement

ROWS = 12_000
"""More than `tests.bench.plans` takes for a large table."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def _many_rows() -> None:
    """As in a site that has run for years: nearly everything is done."""
    now = timezone.now()
    StripeWebhookEvent.objects.bulk_create(
        (
            StripeWebhookEvent(
                event_id=f"evt_{number}",
                type="payment_intent.succeeded",
                state=EventState.PROCESSED if number > 40 else EventState.DEAD,
                stripe_created=now,
            )
            for number in range(ROWS)
        ),
        batch_size=1000,
    )
    Operation.objects.bulk_create(
        (
            Operation(
                actor="user:1",
                key=f"key-{number}",
                kind=OperationKind.CREATE_REFUND,
                state=OperationState.SUCCEEDED if number > 40 else OperationState.UNKNOWN,
            )
            for number in range(ROWS)
        ),
        batch_size=1000,
    )


@pytest.mark.usefixtures("_many_rows")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's planner")
def test_no_large_table_is_read_from_end_to_end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with noting_every_statement() as statements:
        render()
    assert len(statements) > 2
    assert list_full_scans(statements) == []


def test_a_scrape_takes_few_statements_and_the_next_one_none(
    django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        first = render()
    with django_assert_num_queries(0):
        second = render()
    assert b"payments_webhook_backlog{" in first
    assert b"payments_webhook_backlog{" in second


def test_a_flood_is_counted_up_to_a_bound_and_its_age_is_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gauges, "MOST", 2)
    now = timezone.now()
    for number in range(4):
        StripeWebhookEvent.objects.create(
            event_id=f"evt_{number}", type="charge.succeeded", stripe_created=now
        )
    oldest = StripeWebhookEvent.objects.filter(event_id="evt_3")
    oldest.update(received_at=now - timedelta(hours=2))
    text = render().decode()
    assert 'payments_webhook_backlog{state="pending"} 2.0' in text
    start = 'payments_webhook_backlog_oldest_seconds{state="pending"}'
    [line] = [one for one in text.splitlines() if one.startswith(start)]
    assert float(line.split()[-1]) == pytest.approx(7200, abs=60)
