"""A storm: `kill -9` now and then, a misbehaving Stripe and gateways, and people who keep paying.

`python -m tests.storm --seconds 600` runs the site with production settings on PostgreSQL, with two
web servers and two reconcilers, while payments, holds, refunds and disputes are made and bookings
change their owner and price. Afterwards every total here must match the sandbox's.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.bench.database import WEBHOOK_SECRET, own_database
from tests.bench.processes import running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.site import WEBHOOK_PATH, find_free_port
from tests.storm.gateway import Gateway

if TYPE_CHECKING:
    from tests.storm.people import Town
    from tests.storm.processes import Site

_FAULTS = (
    {"kind": "error_500", "method": "POST", "probability": 0.02},
    {"kind": "error_500_after_effect", "method": "POST", "probability": 0.02},
    {"kind": "reset_after_effect", "method": "POST", "probability": 0.02},
    {"kind": "webhook_dropped", "probability": 0.1},
    {"kind": "webhook_duplicated", "probability": 0.1},
)


def measure(report: Report, options: argparse.Namespace) -> None:
    ports = [find_free_port(), find_free_port()]
    # Stripe knows one address, whose server is killed as often as the other.
    address = f"http://127.0.0.1:{ports[0]}{WEBHOOK_PATH}"
    with (
        running("--forward-to", address, "--webhook-secret", WEBHOOK_SECRET) as sandbox,
        Gateway(sandbox.url, share=0.06, seed=options.seed) as gateway,
        own_database("storm", stripe=gateway.url),
        tempfile.TemporaryDirectory() as folder,
    ):
        # Only now, since they need Django, which `own_database` has set up.
        from tests.storm.judgment import judge, wait_until_quiet
        from tests.storm.people import open_town
        from tests.storm.processes import Site

        with Site(Path(folder), ports) as site:
            town = open_town(site.urls, customers=12)
            with misbehaving(gateway, sandbox.url):
                rage(site, town, options)
            for kind, count in sorted(site.killed.items()):
                report.tell(f"{kind} processes killed", count)
            for name, count in sorted((town.outcomes + gateway.counted).items()):
                report.tell(f"  {name}", count)
            wait_until_quiet(report)
            for event, count in sorted(site.count_errors().items()):
                report.tell(f"  logged as an error: {event}", count)
        judge(report, town, sandbox.url)


@contextmanager
def misbehaving(gateway: Gateway, sandbox_url: str) -> Iterator[None]:
    faults = f"{sandbox_url}/_sandbox/faults"
    for fault in _FAULTS:
        requests.post(faults, json=fault, timeout=5).raise_for_status()
    gateway.misbehaves = True
    try:
        yield
    finally:
        gateway.misbehaves = False
        requests.delete(faults, timeout=5).raise_for_status()


def rage(site: "Site", town: "Town", options: argparse.Namespace) -> None:
    """For `options.seconds`, and until everyone has an answer."""
    from tests.storm.people import Person

    until = time.monotonic() + options.seconds
    people = [Person(town, seed=number) for number in range(options.people)]
    with ThreadPoolExecutor(options.people + 1) as pool:
        killing = pool.submit(
            site.kill_now_and_then, until=until, every=options.every, seed=options.seed
        )
        for life in [pool.submit(person.live, until=until) for person in people]:
            life.result()
        killing.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=6, help="seconds between two kills, about")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    return run(parser, measure)


if __name__ == "__main__":
    sys.exit(main())
