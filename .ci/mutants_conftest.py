"""The `conftest.py` of the copies that `.ci/mutants` makes: runs all mutants in one pytest session.

Each has its own process, forked after the tests are collected and the database is set up, so it
costs little more than the first test that notices it.
"""

import gc
import json
import os
import shutil
import signal
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from mutmut.state import state

SURVIVED, KILLED, TIMED_OUT, UNTESTED = 0, 1, 36, 33
"""mutmut's exit codes."""


def run_test(item: pytest.Item) -> bool:
    """Returns whether the test passes. Keeps session fixtures, such as the database."""
    failed = item.session.testsfailed
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)
    return item.session.testsfailed == failed


def measure(items: list[pytest.Item]) -> dict[str, list[tuple[pytest.Item, float]]]:
    """The tests of each function and their seconds: first those that run much in little time."""
    measured = []
    os.environ["MUTANT_UNDER_TEST"] = "stats"
    for item in items:
        start = time.monotonic()
        if not run_test(item):
            raise pytest.UsageError(f"{item.nodeid} fails without a mutant")
        functions = frozenset(state()._stats)
        state()._stats.clear()
        measured.append((item, time.monotonic() - start, functions))
    measured.sort(key=lambda one: one[1] / max(len(one[2]), 1))
    found = defaultdict(list)
    for item, seconds, functions in measured:
        for function in functions:
            found[function].append((item, seconds))
    return found


def restore(empty: Path, database: Path) -> None:
    """Restores the database, since the mutant before ended without closing it."""
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    if empty.exists():
        shutil.copy2(empty, database)


def try_mutant(name: str, tests: list[tuple[pytest.Item, float]]) -> int:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(30 + 10 * int(sum(seconds for _item, seconds in tests)))
        os.environ["MUTANT_UNDER_TEST"] = name
        if not all(run_test(item) for item, _seconds in tests):
            os._exit(KILLED)
        os._exit(SURVIVED)
    _pid, status = os.waitpid(child, 0)
    return TIMED_OUT if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    tests = measure(session.items)
    database = Path(settings.DATABASES["default"]["TEST"]["NAME"])
    empty = database.with_suffix(".empty")
    connection.close()
    if database.exists():  # some tests need no database
        shutil.copy2(database, empty)
    gc.freeze()  # otherwise garbage collection in each process would copy all objects
    wanted = json.loads(Path("wanted.json").read_text())
    for meta in sorted(Path("payments_graphql").rglob("*.meta")):
        kept = json.loads(meta.read_text())
        for name in kept["exit_code_by_key"].keys() & wanted.keys():
            written_for_it = tuple(wanted[name])
            chosen = [
                (item, seconds)
                for item, seconds in tests[name.partition("__mutmut_")[0]]
                if item.nodeid.startswith(written_for_it)
            ]
            restore(empty, database)
            code = try_mutant(name, chosen) if chosen else UNTESTED
            kept["exit_code_by_key"][name] = code
            whole = meta.with_suffix(".new")
            whole.write_text(json.dumps(kept))
            whole.replace(meta)  # atomically, since the run may be interrupted
            os.write(2, f"{code} {name}\n".encode())
    restore(empty, database)
    unchanged = try_mutant("", [(item, 1.0) for item in session.items])
    assert unchanged == SURVIVED, "A test fails even without a mutant when it runs after others."
    return True
