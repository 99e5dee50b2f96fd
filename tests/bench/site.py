"""The site and `payments_reconcile` in their own processes, and what they take."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.processes import ROOT, list_family, read_memory

WORKERS = 2
THREADS = 8
"""Per worker, as in `manage.py serve`."""
WEBHOOK_PATH = "/api/stripe/webhooks/stripe/"
GRAPHQL_PATH = "/graphql/"


@dataclass(frozen=True)
class Started:
    """A process with its children and its log."""

    pid: int
    log: Path
    url: str = ""

    def is_running(self) -> bool:
        stat = Path(f"/proc/{self.pid}/stat")
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"

    def resident_megabytes(self) -> float:
        """Pages that the workers share count for each."""
        return sum(read_memory(pid) for pid in list_family(self.pid))

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in list_family(self.pid):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def count_errors(self) -> int:
        """Log lines of level error or above."""
        with self.log.open(errors="replace") as lines:
            return sum(
                '"level": "error"' in line or '"level": "critical"' in line for line in lines
            )

    def count_lines(self, words: str) -> int:
        with self.log.open(errors="replace") as lines:
            return sum(words in line for line in lines)


@contextmanager
def serving(
    application: str = "settings.wsgi:application",
    *,
    port: int | None = None,
    path: str = GRAPHQL_PATH,
    workers: int = WORKERS,
    threads: int | None = THREADS,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
) -> Iterator[Started]:
    """Granian, with ASGI if `threads` is None. Requests `path` until it answers, whatever the
    status."""
    port = port or find_free_port()
    interface = (
        ("--interface", "wsgi", "--blocking-threads", str(threads))
        if threads
        else ("--interface", "asgi")
    )
    arguments = [
        "-m", "granian", *interface, "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--workers-kill-timeout", "5", "--log-level", "error",
        application,
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with _started(arguments, url, environment, python) as site:
        _wait_for(site, url, path)
        yield site


@contextmanager
def reconciling(every: float) -> Iterator[Started]:
    with _started(["manage.py", "payments_reconcile", "--every", str(every)]) as process:
        yield process


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _started(
    arguments: list[str],
    url: str = "",
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
) -> Iterator[Started]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [python, *arguments],
                cwd=ROOT,
                env=os.environ | (environment or {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield Started(process.pid, log, url)
            except BaseException:
                sys.stderr.write(log.read_text(errors="replace")[-2000:])
                raise
            finally:
                _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(site: Started, url: str, path: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"The site (process {site.pid}) did not answer within {seconds:.0f} s.")
