"""Runs `manage.py payments_prune` with batches of two, and dies by SIGKILL in the second batch.
Arguments: the directory, and the moment: written, archived, removed."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command

from payments_graphql.retention import pruning
from payments_graphql.retention.archive import Archive
from payments_graphql.retention.pruning import Pruning

_replace, _write, _prune = Path.replace, Archive.write, Pruning._prune


def main(directory: str, moment: str) -> None:
    calls = 0

    def die_at(here: str) -> None:
        if here == moment and calls == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self: Archive, kind: str, rows: Any) -> Path:
        nonlocal calls
        calls += 1
        path = _write(self, kind, rows)
        die_at("archived")
        return path

    def replace(self: Path, target: Any) -> Path:
        die_at("written")
        return _replace(self, target)

    def prune(self: Pruning, pks: list[Any]) -> None:
        _prune(self, pks)
        die_at("removed")

    Archive.write, Path.replace, Pruning._prune = write, replace, prune  # type: ignore[method-assign]  # to die there
    pruning.BATCH = 2
    call_command("payments_prune", "--archive", directory, "--events-older-than", "90d")


if __name__ == "__main__":
    main(*sys.argv[1:])
