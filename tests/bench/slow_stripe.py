"""80 clients wait for a slow Stripe while others read: `python -m tests.bench.slow_stripe`.

Every confirm takes 18 s at the sandbox, longer than the queries are measured for. Waiting clients
hold no database connection. Those above the site's limit are told to retry, and do. Meanwhile
queries of the caller's payments are nearly as fast as before. At the end all 80 have paid once.
With `--threads 48 --places 40` all of them wait at the same time.
"""

import argparse
import asyncio
import http.client
import json
import sys
import time
from urllib.parse import urlsplit

from tests.bench.database import WEBHOOK_SECRET, own_database
from tests.bench.load import Client, Measured, at_rate, starting_in_own_process
from tests.bench.processes import Server, running
from tests.bench.program import run
from tests.bench.report import Report, percentile
from tests.bench.sampling import Samples, sampling
from tests.bench.shopping import ListPayments, Pay, Shop, count_paid_once, open_shop
from tests.bench.site import (
    THREADS,
    WEBHOOK_PATH,
    WORKERS,
    Started,
    find_free_port,
    reconciling,
    serving,
)

WAITING = 80
QUERIES = 30
"""Per second."""
_POOL = 20
"""Connections that one process may have, from `settings.base.database`."""


def measure(report: Report, seconds: float, delay: float, threads: int, places: int) -> None:
    port = find_free_port()
    url = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
    limit = {"PAYMENTS_STRIPE_CONCURRENCY": str(places)}
    with (
        running("--forward-to", url, "--webhook-secret", WEBHOOK_SECRET) as sandbox,
        own_database("slow_stripe", stripe=sandbox.url) as database,
        serving(port=port, threads=threads, environment=limit if places else {}) as site,
        reconciling(every=60),
        starting_in_own_process() as start_clients,
        starting_in_own_process() as start_queries,
    ):
        shop = open_shop(WAITING, WAITING)
        intents = start_clients(_create_all, site.url, shop)()
        count = round(QUERIES * seconds)
        start_queries(_query, site.url, shop, QUERIES * 2)()  # a warm-up
        quiet = start_queries(_query, site.url, shop, count)()

        slow = {"kind": "latency", "path": "/v1/payment_intents/*/confirm", "delay": delay}
        _change_faults(sandbox, "POST", slow)
        wait_for_clients = start_clients(_confirm_all, site.url, shop, intents)
        _wait_until_all_wait()
        with sampling(site, database, every=0.2) as samples:
            busy = start_queries(_query, site.url, shop, count)()
            at_stripe = _count_waiting()
        _change_faults(sandbox, "DELETE", {})
        paid, retries = wait_for_clients()

        _tell(report, quiet, busy, samples)
        report.tell("waiting for Stripe at the end of the queries", at_stripe)
        report.tell("told to try again, as too many waited for Stripe", retries)
        _check(report, sandbox, site, (quiet, busy), paid)


def _tell(report: Report, quiet: Measured, busy: Measured, samples: Samples) -> None:
    report.tell_latency("queries, quiet", quiet.latencies)
    report.tell_latency(f"queries, while {WAITING} clients wait", busy.latencies)
    ratio = percentile(busy.latencies, 99) / percentile(quiet.latencies, 99)
    report.tell("p99 while they wait / quiet", ratio, "x", at_most=2)
    # A query or a webhook may be seen in the middle. A waiting client would stay there.
    held = min(one.in_transaction for one in samples.all)
    report.tell("connections in a transaction, fewest seen", held, at_most=0)
    report.tell("and most seen", max(one.in_transaction for one in samples.all))
    most = max(one.open for one in samples.all)
    report.tell("connections to PostgreSQL, most seen", most, at_most=(WORKERS + 1) * _POOL)
    active = [one.connections.get("active", 0) for one in samples.all]
    report.tell("of them active, mean", sum(active) / len(active))


def _check(
    report: Report,
    sandbox: Server,
    site: Started,
    queries: tuple[Measured, ...],
    paid: list[str],
) -> None:
    report.check("queries that went wrong", sum(one.count_failed for one in queries), 0)
    report.check("clients that have paid in the end", paid.count("ok"), WAITING)
    for outcome in set(paid) - {"ok"}:
        print(f"  {outcome}")
    connection = sandbox.connect()
    deadline = time.monotonic() + 60
    while (right := count_paid_once(connection)) != WAITING and time.monotonic() < deadline:
        time.sleep(0.5)
    connection.close()
    report.check("paid once, and the mirror like the sandbox", right, WAITING)
    report.check("errors in the log", site.count_errors(), 0)


def _create_all(url: str, shop: Shop) -> list[str]:
    """A payment for each client, a few at a time."""

    async def create_all() -> list[str]:
        pay, free = Pay(shop), asyncio.Semaphore(4)

        async def create(number: int) -> str:
            async with free:
                client = Client(url)
                created = await pay.create(client, number)
                client.close()
                return str(created["id"])

        return await asyncio.gather(*map(create, range(WAITING)))

    return asyncio.run(create_all())


def _confirm_all(url: str, shop: Shop, intents: list[str]) -> tuple[list[str], int]:
    """All at once, each until it has paid. Returns how they ended, and how often one was
    refused."""

    async def confirm_all() -> tuple[list[str], int]:
        pay = Pay(shop)

        async def confirm(number: int) -> str:
            client = Client(url)
            try:
                return await pay.confirm(client, number, intents[number])
            except Exception as error:
                return f"{type(error).__name__}: {error}"
            finally:
                client.close()

        outcomes = await asyncio.gather(*map(confirm, range(WAITING)))
        return outcomes, pay.retries.total()

    return asyncio.run(confirm_all())


def _query(url: str, shop: Shop, count: int) -> Measured:
    return at_rate(url, ListPayments(shop), rate=QUERIES, count=count, connections=32)


def _change_faults(sandbox: Server, method: str, fault: dict[str, object]) -> None:
    """DELETE ends all of them, for later requests."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request(method, "/_sandbox/faults", json.dumps(fault), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {content!r}")


def _wait_until_all_wait() -> None:
    """Until the number of waiting clients stays the same for a second."""
    deadline = time.monotonic() + 30
    waiting, since = 0, time.monotonic()
    while time.monotonic() < deadline and not (waiting and time.monotonic() > since + 1):
        if (now := _count_waiting()) != waiting:
            waiting, since = now, time.monotonic()
        time.sleep(0.05)


def _count_waiting() -> int:
    """Confirms that have been recorded but not answered."""
    from payments_graphql.models import Operation, OperationState

    return Operation.objects.filter(state=OperationState.CALLING).count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of queries, quiet and busy")
    parser.add_argument("--delay", type=float, default=18, help="seconds that a confirm takes")
    parser.add_argument("--threads", type=int, default=THREADS, help="of each worker")
    parser.add_argument("--places", type=int, default=0, help="PAYMENTS_STRIPE_CONCURRENCY")
    return run(
        parser,
        lambda report, options: measure(
            report, options.seconds, options.delay, options.threads, options.places
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
