"""Makes an environment for a peer whose requirements contradict ours, and keeps it."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.processes import ROOT


class NotInstalledError(RuntimeError):
    """The message says why."""


def make_environment(name: str) -> Path:
    """The interpreter of the environment in `.data/peers`, with the pinned requirements of
    `tests/bench/peers/NAME`. Made when it is missing, or when they have changed."""
    requirements = ROOT / "tests" / "bench" / "peers" / name / "requirements.txt"
    folder = ROOT / ".data" / "peers" / name
    python, marker = folder / "bin" / "python", folder / ".requirements"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if marker.exists() and marker.read_text() == digest:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    _run(
        str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--require-hashes", "-r", str(requirements),
    )  # fmt: skip
    marker.write_text(digest)
    return python


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(str(error)) from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise NotInstalledError(lines[-1] if lines else f"exit code {done.returncode}")
