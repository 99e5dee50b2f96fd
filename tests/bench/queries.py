"""Our queries beside views that are written by hand, and a page beside others' ways to write it:
`python -m tests.bench.queries`.

All answer whole requests, middleware and token included, in one process, in turns. The ratio of
their processor times is what counts: the times themselves depend on the machine.
"""

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench.database import ACCOUNT, own_database
from tests.bench.generating import execute
from tests.bench.paid_bookings import insert_paid_bookings
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.tokens import make_token
from tests.bench.wsgi_request import call

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_PAYMENT = """
  id stripePaymentIntentId status amount currency description createdAt
  paymentMethod { id brand last4 }
  booking { id reference }
  refunds { id amount currency status createdAt }
"""
_PAGE = f"nodes {{ {_PAYMENT} }} pageInfo {{ hasNextPage endCursor }}"
OWN = f"query Own($first: Int!) {{ paymentIntents(first: $first) {{ {_PAGE} }} }}"
_ONE = f"query One($id: ID!) {{ paymentIntent(by: {{id: $id}}) {{ {_PAYMENT} }} }}"
_NODE = f"query Node($id: ID!) {{ node(id: $id) {{ ... on PaymentIntent {{ {_PAYMENT} }} }} }}"
_FILTERED = f"""query Filtered($first: Int!, $filter: PaymentIntentFilter!) {{
  paymentIntents(first: $first, filter: $filter, orderBy: CREATED_AT_ASC) {{ {_PAGE} }}
}}"""
_EVERYBODYS = f"""query Everybodys($first: Int!, $after: String) {{
  paymentIntents(first: $first, after: $after, scope: ALL) {{ {_PAGE} }}
}}"""
OWN_AS_CONNECTION = f"""query Own($first: Int!) {{
  paymentIntents(first: $first) {{
    edges {{ node {{ {_PAYMENT} }} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_ROUNDS = 15
"""In each, every view answers as often as `--requests` says."""

type Ask = Callable[[], bytes]


@dataclass(frozen=True)
class Work:
    """`by_hand` is a view in `tests.bench.peers`, which answers the same data. `others` are
    compared with it too, by their paths and documents."""

    name: str
    document: str
    variables: Mapping[str, Any]
    by_hand: str
    at_most: float
    by_staff: bool = False
    others: Mapping[str, str] = field(default_factory=dict)


def measure(report: Report, payments: int, requests: int) -> None:
    with own_database("queries", stripe=_NOWHERE, account=ACCOUNT):
        insert_rows(payments)
        clients = QueryClient.sign_in(is_staff=False), QueryClient.sign_in(is_staff=True)
        for work in list_work():
            client = clients[work.by_staff]
            ours = client.make("/graphql/", work.document, work.variables)
            by_hand = client.make(f"/by_hand/{work.by_hand}/", "", work.variables)
            _check(report, work, ours, by_hand)
            others = {
                path: client.make(f"/{path}/page/", document, work.variables)
                for path, document in work.others.items()
            }
            _compare(report, work, {"ours": ours, "by_hand": by_hand, **others}, requests)
        _compare_depth(report, clients[True], requests)


def insert_rows(payments: int) -> None:
    insert_paid_bookings(payments, users=max(1, payments // 200), refund_every=3)
    execute("ANALYZE")


def list_work() -> list[Work]:
    from payments_graphql.models import StripePaymentIntent
    from tests.bench.peers.by_hand import make_id

    first = StripePaymentIntent.objects.filter(customer__user=_get_user(is_staff=False)).first()
    assert first is not None
    one = {"id": make_id("PaymentIntent", first.pk)}
    filtered = {
        "first": 20,
        "filter": {"status": ["SUCCEEDED"], "amount": {"currency": "USD", "minimum": "10.00"}},
    }
    others = {
        "by_instances": "",
        "by_rest_framework": "",
        "by_strawberry_django": OWN_AS_CONNECTION,
    }
    return [
        Work("page of 20", OWN, {"first": 20}, "page", 0.7, others=others),
        Work("page of 100", OWN, {"first": 100}, "page", 0.7, others=others),
        Work("one payment", _ONE, one, "one", 0.9),
        Work("node", _NODE, one, "one", 0.9),
        Work("filtered page of 20, oldest first", _FILTERED, filtered, "filtered", 1.0),
        Work("everybody's page of 20", _EVERYBODYS, {"first": 20}, "everybody", 1.0, True),
    ]


class QueryClient:
    """Calls the WSGI application in this process, with a token."""

    def __init__(self, token: str) -> None:
        from django.core.wsgi import get_wsgi_application

        self._application = get_wsgi_application()
        self._token = token

    @classmethod
    def sign_in(cls, *, is_staff: bool) -> "QueryClient":
        from django.conf import settings

        settings.ROOT_URLCONF = "tests.bench.peers.urls"
        return cls(make_token(_get_user(is_staff=is_staff)))

    def make(self, path: str, document: str, variables: Mapping[str, Any]) -> Ask:
        body = orjson.dumps({"query": document, "variables": variables})

        def ask() -> bytes:
            return call(self._application, path, body, self._token)

        return ask


def _get_user(*, is_staff: bool) -> Any:
    """The first customer, or a member of staff who may view everything."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if not is_staff:
        return users.order_by("pk").first()
    values = {"is_staff": True, "is_superuser": True}
    return users.get_or_create(username="staff", defaults=values)[0]


def _check(report: Report, work: Work, ours: Ask, by_hand: Ask) -> None:
    """Both answer the same, `node` under its own name."""
    answers = [list(orjson.loads(ask())["data"].values()) for ask in (ours, by_hand)]
    report.check(f"{work.name}: same data", answers[0] == answers[1] != [None], True)


def _compare(report: Report, work: Work, asks: Mapping[str, Ask], requests: int) -> None:
    times = _take_turns(asks, requests)
    for name, taken in times.items():
        report.tell(f"{work.name}: {name}", statistics.median(taken), "ms")
    for name in times.keys() - {"by_hand"}:
        goal = work.at_most if name == "ours" else None
        _tell_ratio(report, f"{work.name}: {name}", times[name], times["by_hand"], goal)


def _compare_depth(report: Report, staff: QueryClient, requests: int) -> None:
    """A page in the middle of all payments, beside the first."""
    from payments_graphql.models import StripePaymentIntent
    from tests.bench.peers.by_hand import make_cursor

    rows = StripePaymentIntent.objects.order_by("-created_at", "-pk")
    middle = rows.count() // 2
    row = rows[middle]
    after = make_cursor(row.created_at, row.pk)
    asks = {
        "first": staff.make("/graphql/", _EVERYBODYS, {"first": 20}),
        "deep": staff.make("/graphql/", _EVERYBODYS, {"first": 20, "after": after}),
    }
    times = _take_turns(asks, requests)
    what = f"everybody's page after {middle:,} beside the first"
    _tell_ratio(report, what, times["deep"], times["first"], 1.05)


def _take_turns(asks: Mapping[str, Ask], requests: int) -> dict[str, list[float]]:
    """The milliseconds of processor time for each request, by round."""
    times: dict[str, list[float]] = {name: [] for name in asks}
    for ask in asks.values():
        for _ in range(20):
            ask()
    gc.freeze()
    names = list(asks)
    for _ in range(_ROUNDS):
        names.append(names.pop(0))  # each is sometimes first, after the others' caches and garbage
        for name in names:
            ask = asks[name]
            began = time.process_time()
            for _ in range(requests):
                ask()
            times[name].append((time.process_time() - began) / requests * 1000)
    return times


def _tell_ratio(
    report: Report, what: str, ours: list[float], beside: list[float], at_most: float | None
) -> None:
    ratios = [one / other for one, other in zip(ours, beside, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    report.tell(f"{what}, ratio ({low:.2f} to {high:.2f})", middle, at_most=at_most)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=20, help="per round")
    return run(parser, lambda report, given: measure(report, given.payments, given.requests))


if __name__ == "__main__":
    sys.exit(main())
