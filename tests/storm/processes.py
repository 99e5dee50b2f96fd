"""The processes of a site in production, which are killed one after another and come back."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self

import requests

from tests.bench.processes import ROOT

_COMMANDS = {
    "web": (
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--blocking-threads", "8",
        "--workers", "1", "--log-level", "error", "settings.wsgi:application", "--port",
    ),
    "reconcile": ("manage.py", "payments_reconcile", "--every", "2"),
}  # fmt: skip


class Site:
    """Two web servers and two reconcilers, each in its own session."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.ports = ports
        self.killed: Counter[str] = Counter()
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def __enter__(self) -> Self:
        for number in (0, 1):
            self._start("web", number)
            self._start("reconcile", number)
        for url in self.urls:
            wait_until_up(url)
        return self

    def kill_now_and_then(self, *, until: float, every: float, seed: int) -> None:
        """Sends SIGKILL to random processes, one after another, and restarts each."""
        chance = random.Random(seed)
        while time.monotonic() < until:
            time.sleep(chance.uniform(every / 2, every * 1.5))
            kind, number = chance.choice(("web", "reconcile")), chance.choice((0, 1))
            with self._lock:
                process = self._running[f"{kind} {number}"]
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self.killed[kind] += 1
            self._start(kind, number)

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def count_errors(self) -> Counter[str]:
        """Log lines of level error or above, by event."""
        found: Counter[str] = Counter()
        for log in self._folder.glob("*.log"):
            for line in log.read_text(errors="replace").splitlines():
                if '"level": "error"' in line or '"level": "critical"' in line:
                    found[line.split('"event": "')[-1].split('"')[0]] += 1
        return found

    def _start(self, kind: str, number: int) -> None:
        command = [sys.executable, *_COMMANDS[kind]]
        if kind == "web":
            command.append(str(self.ports[number]))
        with self._lock, (self._folder / f"{kind}-{number}.log").open("a") as log:
            self._running[f"{kind} {number}"] = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )


def wait_until_up(url: str, *, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            requests.get(f"{url}/graphql/", timeout=5)
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
