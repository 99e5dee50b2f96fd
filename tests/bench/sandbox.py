"""Measurements of the sandbox: `python -m tests.bench.sandbox [--quick]`.

Every server has its own process, and this process calls it over HTTP.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.processes import make_payments, running
from tests.bench.report import Report

_CONSTANT = "tests.bench.constant_server"
# The last two find almost nothing, so every event has to be skipped.
_FILTERS = (
    "type=charge.succeeded",
    "types[]=charge.*",
    "delivery_success=true",
    "types[]=charge.dispute.*",
    "delivery_success=false",
)


def percentile_95(act: Callable[[], object], times: int) -> float:
    """Returns the 95th percentile in milliseconds, after some calls that do not count."""
    for _ in range(50):
        act()
    return statistics.quantiles([milliseconds(act) for _ in range(times)], n=20)[-1]


def milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def measure_start(report: Report) -> None:
    taken = []
    for _ in range(5):
        with running() as server:
            taken.append(server.seconds_to_answer)
    report.tell("start to first answer, median of 5", statistics.median(taken), "s", at_most=1)


def measure_latency(report: Report, times: int) -> None:
    """One client, one request after another."""
    with running(module=_CONSTANT) as constant:
        connection = constant.connect()
        bare = percentile_95(lambda: connection.call("GET", "/v1/payment_intents/pi_x"), times)
        connection.close()
    report.tell("the server with a constant answer, 95th percentile", bare, "ms")
    with tempfile.TemporaryDirectory() as folder:
        state = ["--state", str(Path(folder) / "state.sqlite3")]
        for name, arguments in (("", []), (" with --state", state)):
            with running(*arguments) as server:
                connection = server.connect()
                path = f"/v1/payment_intents/{connection.pay()['id']}"
                read = percentile_95(lambda c=connection, p=path: c.call("GET", p), times)
                made = percentile_95(connection.pay, times)
                connection.close()
            report.tell(f"retrieve{name}, 95th percentile", read, "ms", at_most=5)
            report.tell(f"retrieve{name} / constant", read / bare, "x")
            report.tell(f"create with confirm{name}, 95th percentile", made, "ms", at_most=15)
            report.tell(f"create with confirm{name} / constant", made / bare, "x")


def pay_in_parallel(report: Report, clients: int = 200) -> None:
    """All start at once, and each sends its payment twice with one key: one payment each."""
    start = threading.Barrier(clients)

    def pay(number: int) -> tuple[str, str, bool]:
        connection = server.connect()
        start.wait()
        first = connection.pay(f"key-{number}")
        again = connection.pay(f"key-{number}")
        connection.close()
        return first["id"], first["status"], again["id"] == first["id"]

    with running() as server, ThreadPoolExecutor(clients) as pool:
        began = time.perf_counter()
        outcomes = list(pool.map(pay, range(clients)))
        seconds = time.perf_counter() - began
        connection = server.connect()
        stored = list(connection.list_all("/v1/payment_intents"))
        charges = list(connection.list_all("/v1/charges"))
        connection.close()
    right = len({one for one, status, same in outcomes if status == "succeeded" and same})
    wrong = clients - right + abs(len(stored) - clients) + abs(len(charges) - clients)
    report.tell(f"{clients} parallel payments, each sent twice", seconds, "s")
    report.check(f"{clients} parallel payments that went wrong", wrong, 0)


def measure_depth(report: Report, events: int) -> None:
    """Many events: their memory, and whether the last pages cost more than the first. First and
    last pages take turns, so that other load on the machine affects both equally."""
    with running() as server:
        make_payments(server, events // 3)
        report.tell(
            f"resident with {events:,} events", server.resident_megabytes(), "MB", at_most=200
        )
        connection = server.connect()
        ids = [event["id"] for event in connection.list_all("/v1/events")]
        assert len(set(ids)) == len(ids) == events // 3 * 3, len(ids)
        cursors = {"first": ids[:100], "last": ids[-300:-200]}
        taken: dict[str, list[float]] = {"first": [], "last": []}
        for number in range(100):
            for name, starts in cursors.items():
                path = f"/v1/events?limit=100&starting_after={starts[number]}"
                taken[name].append(milliseconds(lambda p=path: connection.call("GET", p)))
        for filters in _FILTERS:
            path = f"/v1/events?limit=100&{filters}"
            several = [milliseconds(lambda p=path: connection.call("GET", p)) for _ in range(20)]
            report.tell(
                f"list with {filters}, median", statistics.median(several), "ms", at_most=50
            )
        connection.close()
    first, last = statistics.median(taken["first"]), statistics.median(taken["last"])
    report.tell("one of the first pages of 100, median", first, "ms")
    report.tell("one of the last pages of 100, median", last, "ms")
    report.tell("last / first", last / first, "x", at_most=1.5)


def find_leaks(report: Report, payments: int, goal: float | None) -> None:
    """Once the caches are full (after about 6,000), more payments must not take more memory."""
    with running() as server:
        make_payments(server, payments // 2)
        before = server.resident_megabytes()
        began = time.perf_counter()
        make_payments(server, payments - payments // 2)
        seconds = time.perf_counter() - began
        grown = server.resident_megabytes() - before
    report.tell(f"resident after half of {payments:,} payments", before, "MB")
    report.tell("and more after the other half", grown, "MB", at_most=goal)
    report.tell("payments a second, four clients", (payments - payments // 2) / seconds, "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    share = 10 if parser.parse_args().quick else 1
    report = Report()
    report.introduce()
    measure_start(report)
    measure_latency(report, 2000 // share)
    pay_in_parallel(report)
    measure_depth(report, 100_000 // share)
    find_leaks(report, 20_000 // share, 10 if share == 1 else None)
    return report.conclude()


if __name__ == "__main__":
    sys.exit(main())
