"""Processes of the site that each serve one GraphQL request, and may die by SIGKILL meanwhile.

`python -m tests.faults.workers` starts Django once and then forks a process for each line of JSON
that it reads: a full start would take a second for each of hundreds of cases. The product's code
does not know: the child is patched.
"""

import faulthandler
import gc
import json
import logging
import os
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.faults import disorders
from tests.faults.mutations import MUTATIONS
from tests.faults.steps import Step

LONGEST = 120
"""Seconds until a hanging child prints where it hangs, and ends."""


def main() -> None:
    for mutation in MUTATIONS:  # without a client: parses once, and triggers late imports
        _ask({"body": mutation.body({})})
    assert connection.connection is None, "a connection cannot be shared with a child"
    gc.freeze()
    for line in sys.stdin:
        task = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _serve(task, writing)
        os.close(writing)
        _say({"pid": pid})
        with os.fdopen(reading) as pipe:
            result = pipe.read()
        _, status = os.waitpid(pid, 0)
        _say({"code": os.waitstatus_to_exitcode(status), "result": result})


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def _serve(task: dict[str, Any], writing: int) -> None:
    """Runs in the child. Never returns."""
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    for name, value in task["settings"].items():
        setattr(settings, name, value)
    connection.settings_dict.update(task["database"])
    if task["clock"]:
        time_machine.travel(timezone.now() + timedelta(seconds=task["clock"]), tick=True).start()
    if task["step"]:
        disorders.PREPARE[Step(task["step"])]()
    if task["disorder"]:
        getattr(disorders, task["disorder"])()
    log = _Log()
    logging.getLogger().addHandler(log)
    answer = _ask(task)
    if task["step"] == Step.BEFORE_ANSWER:
        disorders.die()
    with os.fdopen(writing, "w") as pipe:
        json.dump(answer | {"log": log.lines}, pipe)
    os._exit(0)


def _ask(task: dict[str, Any]) -> dict[str, Any]:
    client = Client(raise_request_exception=False)
    response = client.post(
        task.get("path", "/graphql/"),
        task["body"],
        content_type="application/json",
        headers=task.get("headers"),
    )
    return {"status": response.status_code, "body": response.content.decode()}


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, record.getMessage()))


if __name__ == "__main__":
    main()
