"""Records every signal, from any process, in the file `FAULTS_WITNESS`."""

import os
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.dispatch import Signal

from payments_graphql import signals

_FILE = "FAULTS_WITNESS"


class Witness(AppConfig):
    name = "tests.faults.witness"
    label = "witness"

    def ready(self) -> None:
        connect()


def connect() -> None:
    for signal in vars(signals).values():
        if isinstance(signal, Signal):
            signal.connect(write_down)


def disconnect() -> None:
    for signal in vars(signals).values():
        if isinstance(signal, Signal):
            signal.disconnect(write_down)


def write_down(sender: object, status_change: Any, **_: object) -> None:
    with Path(os.environ[_FILE]).open("a") as file:  # a short line is written atomically
        file.write(f"{status_change.pk}\n")


def begin(path: Path) -> None:
    os.environ[_FILE] = str(path)
    path.write_text("")


def get_signaled() -> set[int]:
    """The `StatusChange`s whose signals receivers got."""
    return {int(line) for line in Path(os.environ[_FILE]).read_text().split()}
