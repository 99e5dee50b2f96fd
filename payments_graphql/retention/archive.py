"""Files of JSON lines, compressed. Each file is complete or absent, whenever the process dies."""

import gzip
import hashlib
import io
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

__all__ = ["Archive"]

_LONGEST_WRITE = 3600
"""Seconds after which nobody writes to a temporary file any more."""

_ENCODER = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Archive:
    """A directory that only its owner can read, since the files contain personal data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def check(self) -> None:
        """Raises `OSError` if no file can be written, before anything is removed."""
        self._make_directory(self._directory)
        for left in self._directory.glob("*/*.tmp"):  # of a run that was killed
            if time.time() - left.stat().st_mtime > _LONGEST_WRITE:
                left.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory):
            pass

    def write(self, kind: str, rows: Iterable[dict[str, Any]]) -> Path:
        """Returns once the file is on the disk. The same rows give the same file."""
        content = _compress(rows)
        directory = self._directory / kind
        self._make_directory(directory)
        path = directory / f"{hashlib.sha256(content).hexdigest()[:32]}.jsonl.gz"
        descriptor, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_directory(directory)
        return path

    def _make_directory(self, directory: Path) -> None:
        if directory.is_dir():
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_directory(directory.parent)


def _compress(rows: Iterable[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    # Without a time, so that the same rows give the same bytes.
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        for row in rows:
            file.write(_ENCODER.encode(row).encode() + b"\n")
    return buffer.getvalue()


def _sync_directory(directory: Path) -> None:
    """A new name is only on the disk once its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
