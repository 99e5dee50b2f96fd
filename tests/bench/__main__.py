"""Runs all measurements: `python -m tests.bench [short | long]`, and keeps what they print in
`.data/bench-short.txt` or `.data/bench-long.txt`.

The exit code is 1 if a result was wrong, whatever the times.
"""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.processes import ROOT

SHORT = (
    ("sandbox", "--quick"),
    ("idle_sandbox", "--seconds", "15"),
    ("documents",),
    ("redaction",),
    ("webhooks", "--seconds", "10"),
    ("webhook_peers", "--seconds", "1.5", "--rounds", "3"),
    ("backlog", "--events", "5000"),
    ("payments", "--seconds", "20"),
    ("slow_stripe", "--seconds", "8"),
    ("slow_stripe", "--seconds", "8", "--threads", "48", "--places", "40"),
    ("streams", "--seconds", "24", "--changes", "200"),
    ("reconcile", "--intents", "100000", "--due", "300"),
    ("attention", "--payments", "100000"),
    ("queries",),
    ("served", "--rounds", "3", "--seconds", "1"),
    ("memory", "--requests", "5000", "--starts", "2"),
    ("metrics", "--payments", "100000", "--events", "300000"),
)
LONG = (
    ("idle_sandbox", "--seconds", "300"),
    ("documents",),
    ("redaction",),
    ("webhooks", "--seconds", "600"),
    ("webhook_peers", "--seconds", "3", "--rounds", "7"),
    ("backlog", "--events", "50000"),
    ("payments", "--seconds", "600"),
    ("slow_stripe", "--seconds", "10", "--threads", "48", "--places", "40"),
    ("streams", "--seconds", "120", "--changes", "2000"),
    ("reconcile", "--intents", "1000000", "--due", "3000"),
    ("attention", "--payments", "1000000"),
    ("queries", "--payments", "1000000", "--requests", "50"),
    ("served", "--rounds", "15", "--seconds", "3"),
    ("memory", "--requests", "100000", "--starts", "10"),
    ("metrics", "--payments", "1000000", "--events", "3000000"),
)


def main(length: str = "short") -> int:
    kept = ROOT / ".data" / f"bench-{length}.txt"
    kept.parent.mkdir(exist_ok=True)
    failed = []
    with kept.open("w") as file:

        def tell(line: str) -> None:
            print(line, flush=True)
            print(line, file=file, flush=True)

        for name, *arguments in {"short": SHORT, "long": LONG}[length]:
            tell(f"\n== {' '.join((name, *arguments))}")
            began = time.monotonic()
            if _run(name, arguments, tell):
                failed.append(name)
            tell(f"({time.monotonic() - began:.0f} s)")
        if failed:
            tell(f"\nFAILED: {', '.join(failed)}")
    return 1 if failed else 0


def _run(name: str, arguments: list[str], tell: Callable[[str], None]) -> int:
    """The exit code."""
    command = [sys.executable, "-u", "-m", f"tests.bench.{name}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tell(line.rstrip())
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
