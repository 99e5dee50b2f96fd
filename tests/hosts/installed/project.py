"""Django projects in their own folders, which only have the product's wheel."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[3]
PYTHON = os.environ.get("HOST_PYTHON", sys.executable)
"""The Python of an environment into which `make matrix` and `make release-check` installed the
wheel."""


@dataclass
class Project:
    """Created by `startproject` in `folder`. `packages` is where the wheel was unpacked."""

    folder: Path
    packages: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.run("-m", "django", "startproject", "mysite", ".")

    def add(self, name: str, text: str) -> None:
        """Appends to a file of the project: `add("settings.py", ...)`."""
        path = self.folder / "mysite" / name
        path.write_text(f"{self.read(name)}\n{text}")

    def read(self, name: str) -> str:
        return (self.folder / "mysite" / name).read_text()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def manage(self, *arguments: str) -> str:
        """Returns the command's output. Raises AssertionError with it if the command fails."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        ended = subprocess.run(
            [PYTHON, *arguments],
            cwd=self.folder,
            env=self._build_environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ended.returncode == 0, f"{arguments}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """A command that does not end on its own."""
        log = (self.folder / f"{arguments[0]}.log").open("w")
        process = subprocess.Popen(
            [PYTHON, "manage.py", *arguments],
            cwd=self.folder,
            env=self._build_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)
            log.close()

    def _build_environment(self) -> dict[str, str]:
        # Without this repository: neither its folder nor its test settings.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "PYTHONPATH": str(self.packages), **self.environment}


def find_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(url: str, seconds: float = 90) -> None:
    """Waits until something answers there, whatever it is."""
    ends_at = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < ends_at, f"nothing answers at {url}"
            time.sleep(0.2)
        else:
            return


@dataclass
class Client:
    """A page that calls the API."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, headers=self.headers, timeout=60)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = self.post("/graphql/", {"query": document, "variables": variables})
        body = answer.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data
