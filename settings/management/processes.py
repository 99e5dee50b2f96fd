"""Starts and stops the processes of the product: the site, the sandbox, `payments_reconcile`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

import requests
from django.conf import settings

STOP_WITHIN = 4.0
"""Seconds a process has to end after the request to stop. Then it is killed."""


class NotStartedError(RuntimeError):
    """A process ended at once or did not answer in time. The message says which and why."""


class Processes:
    """Stops everything it has started when the `with` block ends, in any way."""

    def __init__(self, environment: Mapping[str, str], log: IO[str] | None = None) -> None:
        self.environment = {**os.environ, **environment}
        self.log = log
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, *arguments: str) -> None:
        """Runs `python <arguments>` in the project's root, in its own session: a Ctrl-C in the
        terminal reaches only this process, which then stops the others in order."""
        self._running[name] = subprocess.Popen(  # noqa: S603 (our own commands)
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log and subprocess.STDOUT,
            start_new_session=True,
        )

    def run_to_end(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 (our own commands)
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log and subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise NotStartedError(f"{' '.join(arguments)} failed with code {done.returncode}.")

    def start_site(self, port: int, *, interface: Literal["asgi", "wsgi"] = "asgi") -> None:
        """ASGI serves everything, including streams. WSGI serves the rest, with fewer threads."""
        threads = ("--blocking-threads", "8") if interface == "wsgi" else ()
        self.start(
            "site", "-m", "granian", "--interface", interface, "--host", "127.0.0.1",
            "--port", str(port), *threads, "--workers-kill-timeout", "2",
            "--log-level", "error", f"settings.{interface}:application",
        )  # fmt: skip
        self.wait_for("site", f"http://127.0.0.1:{port}/graphql/?query=%7B__typename%7D")

    def start_sandbox(self, port: int, *, state: Path | None, forward_to: str, secret: str) -> None:
        self.start(
            "sandbox", "-m", "payments_graphql.sandbox", "--port", str(port),
            "--forward-to", forward_to, "--webhook-secret", secret,
            *(("--state", str(state)) if state else ()),
        )  # fmt: skip
        self.wait_for("sandbox", f"http://127.0.0.1:{port}/_sandbox/health")

    def start_reconcile(self, every: int) -> None:
        self.start("reconcile", "manage.py", "payments_reconcile", "--every", str(every))

    def wait_for(self, name: str, url: str, *, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            code = self._running[name].poll()
            if code is not None:
                raise NotStartedError(f"The {name} ended at once, with exit code {code}.")
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise NotStartedError(f"The {name} did not answer at {url} within {seconds:.0f} s.")

    def find_ended(self) -> str | None:
        """The name of a process that ended on its own."""
        return next(
            (name for name, process in self._running.items() if process.poll() is not None), None
        )

    def stop(self) -> None:
        deadline = time.monotonic() + STOP_WITHIN
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        for process in self._running.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                # The whole session, so that none of its workers stays behind.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
