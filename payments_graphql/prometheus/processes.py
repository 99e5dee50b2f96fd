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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.utils import floatToGoString

COUNTED = ("counter", "histogram", "summary")
"""Kinds of files whose values may be added up. They are named `counter_<process id>.db`."""
DEAD = "dead"
_JOURNAL = "removing.json"

type _Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Key:
    """One value in a file. `name` is that of the sample, such as `payments_total`."""

    metric: str
    name: str
    labels: _Labels


def read_sums(directory: Path) -> dict[str, float]:
    """The sum of all processes for each key in their files."""
    with (directory / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # closing the file releases it
        _finish_removing(directory)
        _bury_the_dead(directory)
        return _sum(path for path in directory.glob("*_*.db") if _is_summed(path))


def fill(metrics: Iterable[Metric], sums: Mapping[str, float]) -> list[Metric]:
    """Gives each metric its samples. prometheus-client's own collector does the same for metrics
    that are not sums too, and takes twice as long."""
    by_name = {metric.name: metric for metric in metrics}
    buckets: defaultdict[tuple[str, _Labels], list[tuple[float, float]]] = defaultdict(list)
    for raw, value in sums.items():
        key = _parse(raw)
        metric = by_name.get(key.metric)
        if metric is None:
            continue  # the site's own
        if key.name.endswith("_bucket"):
            labels = dict(key.labels)
            bound = float(labels.pop("le"))
            buckets[key.metric, tuple(labels.items())].append((bound, value))
        else:
            metric.add_sample(key.name, dict(key.labels), value)
    for (name, others), found in buckets.items():
        _add_buckets(by_name[name], dict(others), sorted(found))
    return list(by_name.values())


def _add_buckets(
    metric: Metric, labels: dict[str, str], buckets: Sequence[tuple[float, float]]
) -> None:
    """Each bucket of a file has its own values; each one served includes all smaller ones."""
    total = 0.0
    for bound, value in buckets:
        total += value
        metric.add_sample(f"{metric.name}_bucket", {**labels, "le": floatToGoString(bound)}, total)
    metric.add_sample(f"{metric.name}_count", labels, total)


@lru_cache(maxsize=20_000)
def _parse(raw: str) -> Key:
    metric, name, labels, _ = json.loads(raw)
    return Key(metric, name, tuple(sorted(labels.items())))


def _sum(paths: Iterable[Path]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for path in paths:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            sums[key] += value
    return sums


def _is_summed(path: Path) -> bool:
    """Whether its values may be added up. A process that has just created its file has none."""
    kind = path.stem.rpartition("_")[0]
    return kind in (*COUNTED, "gauge_livesum") and path.stat().st_size > 0


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
    sums = _sum([*paths, total] if total.exists() else paths)
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
