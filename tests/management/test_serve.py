"""`manage.py serve`, which is `make run`."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from settings.management.processes import find_free_port
from tests.sandbox.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.any_database


def test_where_to_go_is_the_last_thing_on_the_screen(tmp_path: Path) -> None:
    port, database, screen = find_free_port(), tmp_path / "db.sqlite3", tmp_path / "screen"
    with screen.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "settings.development",
                "DATABASE_URL": f"sqlite:///{database}",
                "DEVELOPMENT_DATABASE": str(database),
                "PORT": str(port),
                "SANDBOX_PORT": str(find_free_port()),
                "STRIPE_API_BASE": "",
                "STRIPE_SECRET_KEY": "",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "Open http" in screen.read_text(), seconds=60)
        wait_until(lambda: _count_polls(database) > 0, seconds=60)
        *_, box, end = screen.read_text().rsplit("-" * 100, 2)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert end == "\n"
    for text in ("/graphql/", "/admin/", "alice, bob", "fay (Finance)", "travel", "Token "):
        assert text in box
    assert box.endswith(f"  Open http://127.0.0.1:{port} and pay for a booking.\n")


def _count_polls(database: Path) -> int:
    """Stripe's events have been read, and nothing was said about it."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            [(count,)] = connection.execute("SELECT count(*) FROM payments_graphql_eventcursor")
    except sqlite3.OperationalError:  # not made or migrated yet
        return 0
    return int(count)
