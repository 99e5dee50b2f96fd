"""25 payments a second, Stripe's own limit for an account: `python -m tests.bench.payments`.

Each is created and confirmed over GraphQL, like the single-page app does, for its own booking, and
its webhooks come back to the same site. At the end every payment is right and paid once, and the
site has not grown. `--seconds 600` in `make soak`.
"""

import argparse
import sys
import time

from tests.bench.database import WEBHOOK_SECRET, own_database
from tests.bench.load import Measured, at_rate, in_own_process
from tests.bench.processes import Server, running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.sampling import Samples, mean_connections, mean_megabytes, sampling
from tests.bench.shopping import Pay, Shop, count_paid_bookings, count_paid_once, open_shop
from tests.bench.site import WEBHOOK_PATH, Started, find_free_port, reconciling, serving

RATE = 25
CUSTOMERS = 50
CONNECTIONS = 64
_SETTLE_WITHIN = 120.0
_GROWTH = 10.0
"""Megabytes that both workers may grow without a leak, since caches fill for over a minute."""


def measure(report: Report, seconds: float) -> None:
    count = round(RATE * seconds)
    port = find_free_port()
    url = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
    with (
        running("--forward-to", url, "--webhook-secret", WEBHOOK_SECRET) as sandbox,
        own_database("payments", stripe=sandbox.url) as database,
    ):
        shop = open_shop(CUSTOMERS, CUSTOMERS + count)
        with serving(port=port) as site, reconciling(every=60) as reconcile:
            # Each customer's first payment also creates the customer at Stripe.
            warm, _ = in_own_process(_pay, site.url, shop, RATE / 5, 0, CUSTOMERS)
            used = site.cpu_seconds()
            with sampling(site, database) as samples:
                paid, pay = in_own_process(_pay, site.url, shop, RATE, CUSTOMERS, count)
            used = site.cpu_seconds() - used
            _tell(report, paid, pay)
            report.tell("site, processor time for each payment", used / count * 1000, "ms")
            _tell_growth(report, samples, seconds)
            _wait_until_settled(report, sandbox)
            report.check("payments that went wrong", warm.count_failed + paid.count_failed, 0)
            for outcome in (warm.outcomes + paid.outcomes).keys() - {"ok"}:
                print(f"  {outcome}")
            _check(report, sandbox, site, reconcile, CUSTOMERS + count)


def _pay(url: str, shop: Shop, rate: float, first: int, count: int) -> tuple[Measured, Pay]:
    pay = Pay(Shop(shop.tokens, shop.bookings[first : first + count]))
    return at_rate(url, pay, rate=rate, count=count, connections=CONNECTIONS), pay


def _tell(report: Report, paid: Measured, pay: Pay) -> None:
    report.tell(f"payments, {len(paid.latencies):,} at {RATE} a second: reached", paid.rate, "/s")
    report.tell_latency("create and confirm, from when it was due", paid.latencies)
    for name, seconds in pay.seconds.items():
        report.tell_latency(name, seconds)
    report.tell("told to try again, as too many waited for Stripe", pay.retries.total())


def _tell_growth(report: Report, samples: Samples, seconds: float) -> None:
    part = min(60.0, seconds / 4)
    first, last = samples.first(part), samples.last(part)
    is_long = seconds >= 300
    memory = mean_megabytes(first), mean_megabytes(last)
    report.tell(f"site's processes, resident, first {part:.0f} s", memory[0], "MB")
    report.tell(
        f"and more in the last {part:.0f} s",
        memory[1] - memory[0],
        "MB",
        at_most=_GROWTH if is_long else None,
    )
    connections = mean_connections(first), mean_connections(last)
    report.tell(f"connections to PostgreSQL, first {part:.0f} s", connections[0])
    report.tell(
        f"and more in the last {part:.0f} s",
        connections[1] - connections[0],
        at_most=2 if is_long else None,
    )
    report.tell("most connections at once", max(one.open for one in samples.all))


def _wait_until_settled(report: Report, sandbox: Server) -> None:
    """Until the sandbox has delivered every event and each is processed."""
    from payments_graphql.models import EventState, StripeWebhookEvent

    began = time.monotonic()
    open_events = StripeWebhookEvent.objects.filter(state__in=EventState.open())
    connection = sandbox.connect()
    path = "/v1/events?limit=1&delivery_success=false"
    while time.monotonic() - began < _SETTLE_WITHIN:
        if not connection.call("GET", path)["data"] and not open_events.exists():
            break
        time.sleep(0.2)
    connection.close()
    report.tell("until the last webhook was processed", time.monotonic() - began, "s")


def _check(report: Report, sandbox: Server, site: Started, reconcile: Started, count: int) -> None:
    from payments_graphql.models import Operation, OperationState, StatusChange, StripeWebhookEvent

    connection = sandbox.connect()
    report.check("paid once, and the mirror like the sandbox", count_paid_once(connection), count)
    connection.close()
    report.check("bookings paid", count_paid_bookings(), count)
    unsettled = Operation.objects.filter(state__in=OperationState.unsettled())
    report.check("operations not settled", unsettled.count(), 0)
    changes = StatusChange.objects.filter(to_status="succeeded", payment_intent__isnull=False)
    report.check("successes recorded", changes.count(), count)
    not_processed = StripeWebhookEvent.objects.exclude(state__in=("processed", "ignored"))
    report.check("events not processed", not_processed.count(), 0)
    report.check("errors in the logs", site.count_errors() + reconcile.count_errors(), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    return run(parser, lambda report, options: measure(report, options.seconds))


if __name__ == "__main__":
    sys.exit(main())
