"""What all programs that measure the site have in common."""

import argparse
import signal
import sys
from collections.abc import Callable

from tests.bench.database import NoPostgresError
from tests.bench.report import Report


def run(
    parser: argparse.ArgumentParser, measure: Callable[[Report, argparse.Namespace], None]
) -> int:
    """Returns the exit code. Ends everything that it started, even when it is told to stop."""
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
