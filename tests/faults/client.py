"""Starts processes of the site and sends requests to them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from tests.faults.mutations import Mutation
from tests.faults.steps import Step

PATIENCE = 180
"""Seconds, long enough for a busy machine."""


@dataclass
class Answer:
    """A client's answer."""

    status: int
    body: dict[str, Any]
    log: list[tuple[str, str]] = field(default_factory=list)

    def payload(self, mutation: Mutation | str) -> dict[str, Any]:
        """Never a 500, nor a top-level error."""
        assert self.status == 200, self.body
        assert "errors" not in self.body, self.body
        name = mutation if isinstance(mutation, str) else mutation.name
        payload: dict[str, Any] = self.body["data"][name]
        return payload

    def assert_says_try_again(self) -> None:
        """Errors as data or, if nothing could be read anymore, of the whole request."""
        assert self.status in (200, 503), self.body
        if "errors" in self.body:
            (error,) = self.body["errors"]
            assert error["extensions"]["retryable"], self.body
            return
        (payload,) = self.body["data"].values()
        assert [error["retryable"] for error in payload["errors"]] == [True], payload

    def has_logged(self, level: str, event: str) -> bool:
        return any(found == level and event in text for found, text in self.log)


class Workers:
    """See `tests.faults.workers`. One request at a time, each in its own process."""

    def __init__(self, environment: Mapping[str, str], errors: Path) -> None:
        self._errors = errors
        self._log = errors.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.workers"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def stop(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._log.close()

    def ask(
        self,
        body: Any,
        *,
        token: str = "",
        path: str = "/graphql/",
        headers: Mapping[str, str] | None = None,
        step: Step | None = None,
        disorder: Callable[[], None] | None = None,
        database: Mapping[str, Any] | None = None,
        clock: float = 0,
        started: Callable[[int], object] = lambda pid: None,
        **values: Any,
    ) -> Answer | None:
        """Returns the answer of a process with the settings `values`, or None if it died by
        SIGKILL. `step`: where it dies. `disorder`: one of `tests.faults.disorders`. `database`:
        another address. `clock`: by how many seconds its clock is wrong. `started` gets its process
        id."""
        signed_in = {"Authorization": f"Token {token}"} if token else {}
        task = {
            "path": path,
            "body": body,
            "headers": {**signed_in, **(headers or {})},
            "step": step,
            "disorder": disorder and disorder.__name__,
            "database": dict(database or {}),
            "clock": clock,
            "settings": {"STRIPE_API_BASE": settings.STRIPE_API_BASE, **values},
        }
        assert self._process.stdin
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        started(self._read()["pid"])
        done = self._read()
        if done["code"] == -signal.SIGKILL:
            return None
        assert done["code"] == 0, f"ended with {done['code']}: {self._errors.read_text()[-4000:]}"
        result = json.loads(done["result"])
        return Answer(result["status"], json.loads(result["body"]), list(map(tuple, result["log"])))

    def _read(self) -> dict[str, Any]:
        output: IO[str] | None = self._process.stdout
        assert output
        ready, _, _ = select.select([output], [], [], PATIENCE)
        line = output.readline() if ready else ""
        assert line, self._errors.read_text()[-4000:]
        read: dict[str, Any] = json.loads(line)
        return read


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
