"""What is open at the moment, read from the database at a scrape.

Note [A scrape reads little]
A scrape reads small parts of indexes: open events, dead events and unsettled operations, at
most `MOST` of each state. A larger number is shown as `MOST`. No statement reads a large table from
end to end, however many payments and events there are. The values are kept for `LIFETIME`, so that
many scrapes cost no more than one. If the database cannot be reached, the counts of this process
are served, with `payments_database_up` 0.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Model
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .. import money
from ..conf import conf
from ..logs import get_logger
from ..metrics.labels import bound_currency
from ..models import (
    EventCursor,
    EventState,
    Operation,
    OperationState,
    StripeWebhookEvent,
    find_account,
)
from ..problems import list_stored_problems
from ..stripe_client import API_VERSION

logger = get_logger(__name__)

MOST = 2_000
"""Rows of one state that are counted. In a flood, each of them is read from its table."""
LIFETIME = 5.0
"""Seconds."""

EVENT_STATES = (*EventState.open(), EventState.DEAD)


class DatabaseGauges(Collector):
    """See Note [A scrape reads little]."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._families: list[GaugeMetricFamily] = []
        self._read_at = float("-inf")

    def describe(self) -> list[GaugeMetricFamily]:
        """Without samples, so that registering it reads nothing."""
        return list(_make_families().values())

    def collect(self) -> Iterable[GaugeMetricFamily]:
        with self._lock:
            if time.monotonic() - self._read_at > LIFETIME:
                self._families = _read()
                self._read_at = time.monotonic()
            return self._families

    def forget(self) -> None:
        """For tests: reads again at the next scrape."""
        self._read_at = float("-inf")


def _read() -> list[GaugeMetricFamily]:
    families = _make_families()
    families["info"].add_metric(["live" if conf.livemode else "test", API_VERSION], 1)
    try:
        # Events that arrived before the account was known have none.
        _fill(families, find_account() or "")
    except (DatabaseError, InterfaceError, OSError) as error:
        logger.warning("metrics_database_away", error=type(error).__name__)
        families = {name: families[name] for name in ("info", "database_up")}
        families["database_up"].add_metric([], 0)
    else:
        families["database_up"].add_metric([], 1)
    return list(families.values())


def _make_families() -> dict[str, GaugeMetricFamily]:
    def make(name: str, text: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"payments_{name}", text, labels=labels)

    at_most = f"At most {MOST} are counted."
    described = (
        ("info", "The mode of the keys, and Stripe's API version.", "mode", "api_version"),
        ("database_up", "Whether the database answered: 1 or 0."),
        ("webhook_backlog", f"Events that are not processed. {at_most}", "state"),
        ("webhook_backlog_oldest_seconds", "The age of the oldest of them.", "state"),
        ("operations", f"Operations that are not settled. {at_most}", "state"),
        ("operations_oldest_seconds", "The age of the oldest of them.", "state"),
        ("events_read_until_timestamp_seconds", "How far reconcile has read Stripe's events."),
        ("problems", "What needs attention, by kind.", "kind"),
        (
            "money_at_risk",
            "The money that a problem concerns, in major units of the currency.",
            "kind",
            "currency",
        ),
    )
    return {name: make(name, *others) for name, *others in described}


def _fill(families: dict[str, GaugeMetricFamily], account: str) -> None:
    now = timezone.now()
    for name, model, time_field, states in (
        ("webhook_backlog", StripeWebhookEvent, "received_at", EVENT_STATES),
        ("operations", Operation, "created_at", OperationState.unsettled()),
    ):
        for state, count, oldest in _count_by_state(model, time_field, states, account):
            families[name].add_metric([state], count)
            families[f"{name}_oldest_seconds"].add_metric([state], _get_age(oldest, now))
    cursor = EventCursor.objects.filter(livemode=conf.livemode, account=account).first()
    if cursor is not None:
        read_until = cursor.read_until.timestamp()
        families["events_read_until_timestamp_seconds"].add_metric([], read_until)
    for problem in list_stored_problems():
        families["problems"].add_metric([problem.kind], problem.count)
        for currency, amount in problem.amounts.items():
            labels = [problem.kind, bound_currency(currency)]
            families["money_at_risk"].add_metric(labels, float(money.to_decimal(amount, currency)))


def _count_by_state(
    model: type[Model], time_field: str, states: Iterable[str], account: str
) -> list[tuple[str, int, datetime | None]]:
    """The number of rows of ours in each state, and the time of the oldest, in one statement.

    Each state is read from the oldest on, in the order of an index. A count by GROUP BY would read
    every row of the table. Written in SQL, since Django would take longer to write it than
    PostgreSQL to run it.
    """
    names = [str(state) for state in states]
    of_one_state = (
        f"SELECT %s, COUNT(*), MIN(moment) FROM (SELECT {time_field} AS moment "  # noqa: S608 (our own names)
        f"FROM {model._meta.db_table} WHERE state = %s AND livemode = %s AND account = %s "
        f"ORDER BY {time_field} LIMIT {MOST}) AS oldest"
    )
    values = [value for name in names for value in (name, name, conf.livemode, account)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([of_one_state] * len(names)), values)
        return [(state, count, _as_time(oldest)) for state, count, oldest in cursor.fetchall()]


def _as_time(value: datetime | str | None) -> datetime | None:
    """SQLite has no type for times."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def _get_age(oldest: datetime | None, now: datetime) -> float:
    return 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
