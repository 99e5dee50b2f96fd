"""A site of several processes: their counts are added up, also after their death."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from payments_graphql.prometheus import processes
from tests.prometheus.conftest import Samples, labeled, read_samples
from tests.prometheus.promtool import ROOT

_COUNT = """
import django
django.setup()
from payments_graphql import metrics
metrics.count_limit("create.user")
metrics.count_graphql("me", "query", "ok", 0.02)
metrics.show_open_streams(3)
print("counted", flush=True)
input()
"""
_SCRAPE = """
import django
django.setup()
from payments_graphql.prometheus import exposition
exposition.database.collect = lambda: []
print(exposition.render().decode())
"""


@contextmanager
def _running(directory: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings.testing",
        "PROMETHEUS_MULTIPROC_DIR": str(directory),
        "STRIPE_API_BASE": "http://127.0.0.1:9",  # no sandbox is needed
    }
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _wait_until_counted(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"


def _scrape(directory: Path) -> Samples:
    with _running(directory, _SCRAPE) as process:
        text, _ = process.communicate(timeout=60)
        assert process.returncode == 0
    return read_samples(text)


def _check(found: Samples, *, counted: int, streams: int) -> None:
    assert found["payments_limits_hit_total", labeled(limit="create.user")] == counted
    requests = labeled(operation="me", type="query", outcome="ok")
    assert found["payments_graphql_requests_total", requests] == counted
    seconds = "payments_graphql_request_seconds"
    assert found[f"{seconds}_bucket", labeled(type="query", le="0.01")] == 0
    assert found[f"{seconds}_bucket", labeled(type="query", le="0.025")] == counted
    assert found[f"{seconds}_bucket", labeled(type="query", le="+Inf")] == counted
    assert found[f"{seconds}_count", labeled(type="query")] == counted
    assert found[f"{seconds}_sum", labeled(type="query")] == pytest.approx(0.02 * counted)
    assert found.get(("payments_open_streams", labeled(transport="sse")), 0) == streams


def test_counts_survive_their_process_and_gauges_do_not(tmp_path: Path) -> None:
    directory = tmp_path / "metrics"  # made by the first process
    with _running(directory, _COUNT) as first, _running(directory, _COUNT) as second:
        _wait_until_counted(first)
        _wait_until_counted(second)
        _check(_scrape(directory), counted=2, streams=6)
        first.kill()
        first.wait()
        _check(_scrape(directory), counted=2, streams=3)
        # The sum of the dead is served again, and not added to itself.
        _check(_scrape(directory), counted=2, streams=3)
    _check(_scrape(directory), counted=2, streams=0)
    names = {path.name for path in directory.glob("*.db")}
    assert names == {"counter_dead.db", "histogram_dead.db"}


@pytest.fixture
def of_dead(tmp_path: Path) -> Path:
    """A directory with the counts of a process that was killed."""
    with _running(tmp_path, _COUNT) as process:
        _wait_until_counted(process)
    return tmp_path


def _sum(directory: Path) -> float:
    return sum(processes.read_sums(directory).values())


def _sum_of_dead(directory: Path) -> float:
    """Without its gauges."""
    return sum(processes._sum(directory.glob("[ch]*.db")).values())


def test_a_scrape_killed_before_it_stores_the_sum_loses_nothing(
    of_dead: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _sum_of_dead(of_dead)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _die)
        with pytest.raises(KeyboardInterrupt):
            processes.read_sums(of_dead)
    assert _sum(of_dead) == pytest.approx(expected)


def test_a_scrape_killed_after_it_stored_the_sum_counts_nothing_twice(
    of_dead: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _sum_of_dead(of_dead)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", _die_on_old_files)
        with pytest.raises(KeyboardInterrupt):
            processes.read_sums(of_dead)
    assert _sum(of_dead) == pytest.approx(expected)


def test_an_empty_file_of_a_process_killed_at_its_start_is_removed(tmp_path: Path) -> None:
    with _running(tmp_path, "") as process:
        process.wait()
    (tmp_path / f"counter_{process.pid}.db").touch()
    assert processes.read_sums(tmp_path) == {}
    assert list(tmp_path.glob("*.db")) == []


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


_unlink = Path.unlink


def _die_on_old_files(path: Path, *, missing_ok: bool = False) -> None:
    if path.name.startswith("counter_"):
        raise KeyboardInterrupt
    _unlink(path, missing_ok=missing_ok)
