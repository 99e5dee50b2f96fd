"""Adds up the counts of all processes. See Note [Several processes].

Note [Dead processes]
Each process has files of its own, named by its id. Those of a dead process would stay forever, and
`payments_reconcile`, run by cron, would leave two each minute. So a scrape adds the counts of dead
processes to one file and removes theirs, and forgets their gauges. Counts therefore survive a
restart. A lock keeps other scrapes from counting a file twice meanwhile. If the scraping process is
killed between storing the sum and removing the files, the next scrape finds the journal and
finishes: the sum is stored exactly when its temporary file has been renamed.

All processes that share a directory must run on one machine, or in one container, since a process
elsewhere would look dead.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

COUNTED = ("counter", "histogram", "summary")
"""Kinds of files whose values may be added up. They are named `counter_<process id>.db`."""
DEAD = "dead"
_JOURNAL = "removing.json"


@contextmanager
def reading(directory: Path) -> Iterator[None]:
    """While the files are read or changed. Adds up dead processes first."""
    with (directory / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # closing the file releases it
        _finish_removing(directory)
        _bury_the_dead(directory)
        yield


def _bury_the_dead(directory: Path) -> None:
    dead: dict[str, list[Path]] = defaultdict(list)
    for path in directory.glob("*_*.db"):
        kind, _, process = path.stem.rpartition("_")
        if not process.isdecimal() or _is_alive(int(process)):
            continue
        is_empty = path.stat().st_size == 0  # killed when it had just created the file
        if kind.startswith("gauge_live") or is_empty:
            path.unlink(missing_ok=True)
        elif kind in COUNTED:
            dead[kind].append(path)
    for kind, paths in dead.items():
        _add_up(directory, kind, paths)


def _add_up(directory: Path, kind: str, paths: list[Path]) -> None:
    total = directory / f"{kind}_{DEAD}.db"
    sums: defaultdict[str, float] = defaultdict(float)
    for path in [*paths, total] if total.exists() else paths:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            sums[key] += value
    temporary = directory / f"{kind}_{DEAD}.new"
    temporary.unlink(missing_ok=True)
    stored = MmapedDict(str(temporary))
    for key, value in sums.items():
        stored.write_value(key, value, 0.0)
    stored.close()
    journal = directory / _JOURNAL
    journal.write_text(json.dumps({"new": temporary.name, "old": [path.name for path in paths]}))
    temporary.rename(total)
    _finish_removing(directory)


def _finish_removing(directory: Path) -> None:
    journal = directory / _JOURNAL
    if not journal.exists():
        return
    try:
        noted = json.loads(journal.read_text())
    except ValueError:  # killed while writing it, before the sum was stored
        noted = {"new": "", "old": []}
    is_stored = not (directory / noted["new"]).exists()
    for name in noted["old"] if is_stored else ():
        (directory / name).unlink(missing_ok=True)
    journal.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
