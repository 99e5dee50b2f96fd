"""What every program that measures the site has in common."""

import argparse
import signal
import sys
from collections.abc import Callable

from tests.bench.database import NoPostgresError
from tests.bench.report import Report


def run(
    parser: argparse.ArgumentParser, measure: Callable[[Report, argparse.Namespace], None]
) -> int:
    """Return the exit code. Also when it is told to stop, everything that it started ends."""
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    report.introduce()
    try:
        measure(report, arguments)
    except NoPostgresError as error:
        print(f"SKIPPED: {error}")
        return 0
    return report.conclude()
