"""What Sentry learns of an error in each layer: see `inside_sentry.py`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(before_send: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "STRIPE_API_BASE")
        and not name.startswith(("PYTEST_", "COV_"))
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            # Sentry warns about itself.
            *("-o", "filterwarnings=default"),
            "tests/reports/inside_sentry.py",
        ],
        cwd=ROOT,
        env=environment | {"BEFORE_SEND": before_send},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout[-6_000:] if done.returncode else ""


@pytest.mark.any_database
def test_sentrys_own_settings_send_no_secret() -> None:
    assert run(before_send="0") == ""


@pytest.mark.any_database
def test_with_before_send_no_personal_data_is_sent_either() -> None:
    assert run(before_send="1") == ""
