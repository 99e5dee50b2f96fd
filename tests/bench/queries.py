"""Our queries beside a view that is written by hand: `python -m tests.bench.queries`.

Both answer whole requests, middleware and token included, in one process, in turns. The ratio of
their processor times is what counts: the times themselves depend on the machine.
"""

import argparse
import gc
import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson

from tests.bench.database import ACCOUNT, own_database
from tests.bench.generating import execute
from tests.bench.paid_bookings import insert_paid_bookings
from tests.bench.program import run
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
QUERY = """query Payments($first: Int!) {
  paymentIntents(first: $first) {
    nodes {
      id stripePaymentIntentId status amount currency description createdAt
      paymentMethod { id brand last4 }
      booking { id reference }
      refunds { id amount currency status createdAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
_ROUNDS = 15
"""In each, both views answer as often as `--requests` says."""


def measure(report: Report, payments: int, requests: int, sizes: list[int]) -> None:
    with own_database("queries", stripe=_NOWHERE, account=ACCOUNT):
        insert_paid_bookings(payments, users=max(1, payments // 200), refund_every=3)
        execute("ANALYZE")
        client = _Client()
        for size in sizes:
            body = orjson.dumps({"query": QUERY, "variables": {"first": size}})
            ask_ours = client.make("/graphql/", body)
            ask_bare = client.make("/bare/payments/", body)
            ours, bare = orjson.loads(ask_ours()), orjson.loads(ask_bare())
            report.check(f"page of {size}: same data", ours["data"] == bare["data"], True)
            _compare(report, f"page of {size}", ask_ours, ask_bare, requests)


class _Client:
    """Calls the WSGI application in this process, with a token."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.core.wsgi import get_wsgi_application
        from knox.models import get_token_model

        settings.ROOT_URLCONF = "tests.bench.bare.payments"
        self._application = get_wsgi_application()
        user = get_user_model().objects.order_by("pk").first()
        _token, self._token = get_token_model().objects.create(user=user)

    def make(self, path: str, body: bytes) -> Callable[[], bytes]:
        def ask() -> bytes:
            environ = {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": path,
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": "127.0.0.1",
                "HTTP_HOST": "127.0.0.1",
                "HTTP_AUTHORIZATION": f"Token {self._token}",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": sys.stderr,
                "wsgi.url_scheme": "http",
            }
            statuses: list[str] = []
            response = self._application(environ, lambda status, *_: statuses.append(status))
            content = b"".join(response)
            response.close()
            assert statuses == ["200 OK"], (statuses, content[:500])
            return content

        return ask


def _compare(
    report: Report, what: str, ours: Callable[[], Any], bare: Callable[[], Any], requests: int
) -> None:
    times: dict[Callable[[], Any], list[float]] = {ours: [], bare: []}
    for ask in (ours, bare):
        for _ in range(20):
            ask()
    gc.freeze()
    for _ in range(_ROUNDS):
        for ask, taken in times.items():
            began = time.process_time()
            for _ in range(requests):
                ask()
            taken.append((time.process_time() - began) / requests * 1000)
    report.tell(f"{what}: ours", statistics.median(times[ours]), "ms")
    report.tell(f"{what}: by hand", statistics.median(times[bare]), "ms")
    ratios = [one / other for one, other in zip(times[ours], times[bare], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    report.tell(f"{what}: ratio", middle)
    report.tell(f"{what}: half of the rounds between", low)
    report.tell(f"{what}: and", high)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=20, help="per round")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 100])
    return run(
        parser, lambda report, given: measure(report, given.payments, given.requests, given.sizes)
    )


if __name__ == "__main__":
    sys.exit(main())
