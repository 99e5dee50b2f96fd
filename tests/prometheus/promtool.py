"""Runs Debian's promtool (package prometheus)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "payments_graphql" / "prometheus"
RULES = ROOM / "alerts.yml"
DASHBOARD = ROOM / "grafana-dashboard.json"


def find_promtool() -> str:
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Under CI, promtool must not be missing.")
        pytest.skip("no promtool on this machine")
    return promtool


def run_promtool(*arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [find_promtool(), *arguments],
        input=input,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
