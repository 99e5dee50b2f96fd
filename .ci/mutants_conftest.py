"""The `conftest.py` of the copies that `.ci/mutants` makes: all mutants in one session of pytest.

Each has a process of its own, forked when the tests are collected and the database is set up, so
that it costs little more than the first test that notices it.
"""

import json
import os
import shutil
import signal
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

SURVIVED, KILLED, TIMED_OUT, UNTESTED = 0, 1, 36, 33
"""As mutmut writes them."""
STATS = Path("stats.json")


class Stats:
    """Which tests run a function, and how long they take. Kept for the next run."""

    def __init__(self) -> None:
        kept = json.loads(STATS.read_text()) if STATS.exists() else {}
        self.seconds: dict[str, float] = kept.get("seconds", {})
        self.functions: dict[str, list[str]] = kept.get("functions", {})

    def save(self) -> None:
        STATS.write_text(json.dumps({"seconds": self.seconds, "functions": self.functions}))

    def get_tests(self, items: Iterable[pytest.Item]) -> dict[str, list[pytest.Item]]:
        """By function, the fastest first."""
        found = defaultdict(list)
        for item in sorted(items, key=lambda item: self.seconds[item.nodeid]):
            for function in self.functions[item.nodeid]:
                found[function].append(item)
        return found


def run_test(item: pytest.Item) -> bool:
    """Does it pass? What belongs to the session, such as the database, stays."""
    failed = item.session.testsfailed
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)
    return item.session.testsfailed == failed


def measure(items: list[pytest.Item], stats: Stats) -> None:
    from mutmut.state import state

    os.environ["MUTANT_UNDER_TEST"] = "stats"
    unknown = [item for item in items if item.nodeid not in stats.seconds] or items[:1]
    for item in unknown:
        start = time.monotonic()
        if not run_test(item):
            raise pytest.UsageError(f"{item.nodeid} fails without a mutant")
        stats.seconds[item.nodeid] = time.monotonic() - start
        stats.functions[item.nodeid] = sorted(state()._stats)
        state()._stats.clear()
        stats.save()


def try_mutant(name: str, tests: list[pytest.Item], seconds: float) -> int:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(30 + 10 * seconds))
        os.environ["MUTANT_UNDER_TEST"] = name
        for item in tests:
            if not run_test(item):
                os._exit(KILLED)
        os._exit(SURVIVED)
    _pid, status = os.waitpid(child, 0)
    return TIMED_OUT if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    stats = Stats()
    measure(session.items, stats)
    tests = stats.get_tests(session.items)
    database = Path(settings.DATABASES["default"]["TEST"]["NAME"])
    empty = database.with_suffix(".empty")
    connection.close()
    shutil.copy2(database, empty)
    wanted = set(json.loads(Path("wanted.json").read_text()))
    for meta in sorted(Path("payments_graphql").rglob("*.meta")):
        kept = json.loads(meta.read_text())
        for name in kept["exit_code_by_key"]:
            if name not in wanted:
                continue
            of_function = tests.get(name.partition("__mutmut_")[0], [])
            start = time.monotonic()
            if of_function:
                shutil.copy2(empty, database)  # whatever the one before has left
                seconds = sum(stats.seconds[item.nodeid] for item in of_function)
                code = try_mutant(name, of_function, seconds)
            else:
                code = UNTESTED
            kept["exit_code_by_key"][name] = code
            kept["durations_by_key"][name] = time.monotonic() - start
            meta.write_text(json.dumps(kept))
            print(code, f"{time.monotonic() - start:.2f}", name, file=os.fdopen(os.dup(2), "w"), flush=True)
    return True
