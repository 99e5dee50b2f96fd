"""A site's own receivers of the signals, in another process.

`HEARD` is the file that lists the ids of the received changes. `RECEIVER` says what another
receiver of the same signal does: it `raises` at each call, or `dies` with its process.
"""

import os
import signal
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from payments_graphql.signals import payment_intent_succeeded


class Listening(AppConfig):
    name = "tests.faults.listening"

    def ready(self) -> None:
        payment_intent_succeeded.connect(_misbehave)
        payment_intent_succeeded.connect(_write_down)


def _misbehave(**_: Any) -> None:
    match os.environ.get("RECEIVER"):
        case "raises":
            raise RuntimeError("a receiver that is broken")
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)


def _write_down(status_change: Any, **_: Any) -> None:
    with Path(os.environ["HEARD"]).open("a") as heard:
        heard.write(f"{status_change.pk}\n")
