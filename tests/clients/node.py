"""Programs of Node.js, each in a folder of its own with its pinned packages."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def prepare(name: str) -> Path:
    return install(HERE / name)


def install(folder: Path) -> Path:
    """The folder, with its packages installed once. Without Node.js the test is skipped, but not
    where everything must run."""
    if shutil.which("npm") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Node.js and npm are needed: see .ci/run")
        pytest.skip("Node.js and npm are not installed")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(folder, "npm", "ci", "--ignore-scripts", "--silent")
    return folder


def run(folder: Path, *command: str, seconds: float = 300) -> str:
    """What it printed. Fails with all that it said when it fails."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
