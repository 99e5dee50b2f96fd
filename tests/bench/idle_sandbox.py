"""What an idle sandbox costs: `python -m tests.bench.idle_sandbox`.

Once without webhook endpoints, and once with four `https` endpoints where nobody listens, and the
events of some payments for them. Nothing else happens while the processor time is measured. The
dead endpoints cost each event's first attempt, one a second, and then fewer and fewer.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tests.bench.processes import make_payments, running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.site import find_free_port

_ENDPOINTS = 4
_PAYMENTS = 20
_SHARE = 0.5
"""Percent of one processor that idling may take."""


def measure(report: Report, seconds: float) -> None:
    _idle(report, "without endpoints", 0, seconds)
    _idle(report, f"with {_ENDPOINTS} dead endpoints", _ENDPOINTS, seconds)


def _idle(report: Report, what: str, endpoints: int, seconds: float) -> None:
    with running() as server:
        connection = server.connect()
        for _ in range(endpoints):
            form = {
                "url": f"https://127.0.0.1:{find_free_port()}/hook",
                "enabled_events[]": "*",
            }
            connection.call("POST", "/v1/webhook_endpoints", form)
        connection.close()
        make_payments(server, _PAYMENTS)
        before = _cpu_seconds(server.pid)
        time.sleep(seconds)
        used = _cpu_seconds(server.pid) - before
    report.tell(f"processor time of {seconds:.0f} idle seconds {what}", used, "s")
    report.tell(f"share of one processor {what}", used / seconds * 100, "%", at_most=_SHARE)


def _cpu_seconds(pid: int) -> float:
    """In hundredths of a second, as Linux counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="of each of the two")
    return run(parser, lambda report, options: measure(report, options.seconds))


if __name__ == "__main__":
    sys.exit(main())
