"""`payments_prune` archives and removes what is old and done, and nothing else."""

import signal
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.models import (
    EventState,
    StatusChange,
    StripeWebhookEvent,
)
from payments_graphql.retention import pruning
from tests.management.old_rows import (
    OLD,
    PAYLOAD,
    make_change,
    make_event,
    prune,
    read_archive,
)
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db


def test_old_events_are_archived_and_removed(tmp_path: Path) -> None:
    make_event(1)
    make_event(2, state=EventState.IGNORED, payload=None, reason="not ours")
    young = make_event(3, age=timedelta(days=89))

    said = prune("--archive", str(tmp_path / "archive"), "--events-older-than", "90d")

    assert "webhook events from before" in said
    assert "2 removed, 0 kept" in said
    assert list(StripeWebhookEvent.objects.all()) == [young]
    rows = read_archive(tmp_path / "archive", "events")
    assert [row["event_id"] for row in rows] == ["evt_1", "evt_2"]
    assert rows[0]["payload"] == PAYLOAD
    assert datetime.fromisoformat(rows[0]["received_at"])
    assert not list(tmp_path.rglob("*.tmp"))


def test_only_the_owner_can_read_the_archive(tmp_path: Path) -> None:
    make_event(1)
    prune("--archive", str(tmp_path / "archive"), "--events-older-than", "90d")
    for path in (tmp_path / "archive").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_payloads_are_removed_and_their_events_stay(tmp_path: Path) -> None:
    event = make_event(1)
    prune("--archive", str(tmp_path), "--payloads-older-than", "90d")
    event.refresh_from_db()
    assert event.payload is None
    assert read_archive(tmp_path, "payloads")[0]["payload"] == PAYLOAD
    assert "0 removed, 1 kept" in prune("--archive", str(tmp_path), "--payloads-older-than", "90d")
    assert len(read_archive(tmp_path, "payloads")) == 1


def test_a_dry_run_says_what_it_would_do_and_does_nothing(make_intent: Any) -> None:
    make_event(1)
    make_change(make_intent())
    said = prune("--dry-run", "--events-older-than", "90d", "--changes-older-than", "90d")
    assert said.count("1 to remove, 0 kept") == 2
    assert "Nothing was changed." in said
    assert StripeWebhookEvent.objects.get().payload
    assert StatusChange.objects.exists()


def test_ages_come_from_the_settings(settings: Any) -> None:
    make_event(1)
    with pytest.raises(CommandError, match="Nothing to remove: give an age"):
        prune("--no-archive")
    settings.PAYMENTS_KEEP_EVENTS = timedelta(days=90)
    with pytest.raises(CommandError, match="--archive DIR, or --no-archive"):
        prune()
    assert StripeWebhookEvent.objects.exists()
    prune("--no-archive")
    assert not StripeWebhookEvent.objects.exists()


@pytest.mark.parametrize("age", ["34d", "1d", "0d", "90", "3m", "-90d"])
def test_nothing_younger_than_35_days_is_removed(age: str) -> None:
    with pytest.raises(CommandError):
        prune("--no-archive", f"--events-older-than={age}")


def test_an_archive_that_cannot_be_written_removes_nothing(tmp_path: Path) -> None:
    make_event(1)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="The archive cannot be written"):
        prune("--archive", str(tmp_path / "file"), "--events-older-than", "90d")
    assert StripeWebhookEvent.objects.exists()


def test_many_rows_are_read_in_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pruning, "BATCH", 3)
    for number in range(10):
        make_event(number, state=EventState.DEAD if number % 5 == 0 else EventState.PROCESSED)
    StripeWebhookEvent.objects.update(received_at=timezone.now() - OLD)  # all at the same time
    with CaptureQueriesContext(connection) as statements:
        said = prune("--archive", str(tmp_path), "--events-older-than", "90d")
    assert "8 removed, 2 kept" in said
    assert len(read_archive(tmp_path, "events")) == 8
    deletes = [one["sql"] for one in statements if one["sql"].startswith("DELETE")]
    assert 3 <= len(deletes) <= 4  # the last batch is one row, and may be one that is kept
    of_events = 'SELECT "payments_graphql_stripewebhookevent"'
    selects = [one["sql"] for one in statements if one["sql"].startswith(of_events)]
    assert len(selects) == 9  # a window and its rows, four times, and the end
    assert all(sql.endswith("LIMIT 3") or '"id" IN (' in sql for sql in selects)


def test_a_terminal_shows_the_progress(capsys: Any) -> None:
    for number in range(3):
        make_event(number)

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    said = Terminal()
    call_command("payments_prune", "--no-archive", "--events-older-than", "90d", stdout=said)
    assert "3 removed, 0 kept" in said.getvalue()
    assert "webhook events:   0%|          | 0/3" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "left"), [("written", 4), ("archived", 4), ("removed", 2)])
def test_a_killed_run_loses_nothing_and_the_next_one_continues(
    settings: Any, sandbox: Any, tmp_path: Path, moment: str, left: int
) -> None:
    for number in range(6):
        make_event(number)
    done = subprocess.run(
        [sys.executable, "-m", "tests.management.die_in_prune", str(tmp_path), moment],
        env=get_environment(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    remaining = set(StripeWebhookEvent.objects.values_list("event_id", flat=True))
    assert len(remaining) == left
    archived = {row["event_id"] for row in read_archive(tmp_path, "events")}
    assert remaining | archived == {f"evt_{number}" for number in range(6)}

    prune("--archive", str(tmp_path), "--events-older-than", "90d")
    assert not StripeWebhookEvent.objects.exists()
    archived = {row["event_id"] for row in read_archive(tmp_path, "events")}
    assert archived == {f"evt_{number}" for number in range(6)}
