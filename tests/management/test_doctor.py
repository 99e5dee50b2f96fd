"""`manage.py payments_doctor`: settings, keys, clocks, the database, its output and exit codes."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from payments_graphql.diagnosis import Level
from payments_graphql.diagnosis.clocks import judge_clock
from payments_graphql.models import EventCursor, ImportCursor
from payments_graphql.stripe_client import API_VERSION
from tests.conftest import WEBHOOK_PATH
from tests.subprocesses import get_environment


@pytest.fixture
def well_kept(sandbox, dashboard, settings, db, monkeypatch):
    """A site without problems, not even SQLite's."""
    settings.DEBUG = True
    if connection.vendor == "sqlite":
        # The tests' own database would not survive a power cut.
        monkeypatch.setattr("payments_graphql.diagnosis.database._SAFE", ("OFF",))
    dashboard.v1.webhook_endpoints.create(
        {
            "url": f"http://127.0.0.1:1{WEBHOOK_PATH}",
            "enabled_events": ["*"],
            "api_version": API_VERSION,
        }
    )
    EventCursor.objects.create(read_until=timezone.now())


def test_all_is_well(well_kept, doctor):
    diagnosis = doctor()

    assert [one for one in diagnosis.findings if one["level"] != "ok"] == []
    assert diagnosis.code == 0
    assert json.loads(diagnosis.text)["level"] == "ok"


def test_for_people_it_prints_lines(well_kept, sandbox, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    said = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("payments_doctor", stdout=said, no_color=True)

    assert ended.value.code == 2
    lines = said.getvalue().splitlines()
    assert lines[0] == "OK       settings: all system checks pass."
    assert "ERROR    stripe: Stripe cannot be reached at http://127.0.0.1:1." in lines


def test_warnings_alone_are_exit_code_1(well_kept, doctor):
    ImportCursor.objects.create(kind="customer")

    assert doctor().code == 1


def test_our_system_checks_are_among_it(well_kept, doctor, settings):
    settings.STRIPE_PUBLISHABLE_KEY = "pk_live_other"

    diagnosis = doctor()

    assert diagnosis.code == 2
    (found,) = diagnosis.find("settings", "error")
    assert "payments_graphql.E005" in found
    assert "Take both from the same mode" in found


def test_the_mode_is_shown(well_kept, doctor):
    assert any("test mode, with a secret key" in text for text in doctor().find("keys", "ok"))


def test_how_requests_are_counted_is_shown(well_kept, doctor, settings):
    (said,) = doctor().find("limits", "ok")
    assert "each process counts requests separately" in said
    settings.PAYMENTS_RATE_LIMIT_STORAGE = "redis://127.0.0.1:6379/0"
    (said,) = doctor().find("limits", "ok")
    assert "for all processes together" in said


@pytest.mark.parametrize("key", ["", "no key", "pk_test_sandbox", "sk_live_for_others"])
def test_a_key_that_must_not_be_sent_is_not_sent(well_kept, doctor, settings, sandbox, key):
    settings.STRIPE_SECRET_KEY = key
    before = len(sandbox.requests())

    diagnosis = doctor()

    assert diagnosis.code == 2
    assert len(sandbox.requests()) == before
    assert diagnosis.find("reconcile")  # the rest is still checked


def test_a_wrong_key_is_reported(well_kept, doctor, sandbox):
    sandbox.faults.add("unauthorized")

    diagnosis = doctor()

    assert diagnosis.code == 2
    assert "Stripe does not know STRIPE_SECRET_KEY (401)" in diagnosis.find("keys", "error")[0]


def test_what_a_restricted_key_may_not_read_is_named(well_kept, doctor, sandbox):
    sandbox.faults.add("forbidden", path="/v1/refunds")
    sandbox.faults.add("forbidden", path="/v1/disputes")

    diagnosis = doctor()

    (found,) = diagnosis.find("keys", "error")
    assert "may not read refunds, disputes (403)" in found
    assert diagnosis.find("webhook endpoint", "ok")


def test_a_key_that_may_not_read_webhook_endpoints_is_a_warning(well_kept, doctor, sandbox):
    sandbox.faults.add("forbidden", path="/v1/webhook_endpoints")

    diagnosis = doctor()

    assert diagnosis.code == 1
    assert "may not read webhook endpoints" in diagnosis.find("keys", "warning")[0]
    assert not diagnosis.find("webhook endpoint")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("reset", "cannot be reached"),
        ("bad_gateway", "answers 502"),
        ("error_500", "answers 500"),
        ("rate_limited", "is limiting our requests"),
    ],
)
def test_when_stripe_fails_it_is_reported_and_the_rest_is_checked(
    well_kept, doctor, sandbox, fault, text
):
    sandbox.faults.add(fault)

    diagnosis = doctor()

    assert text in diagnosis.find("stripe")[0]
    assert diagnosis.find("database", "ok")
    assert diagnosis.find("reconcile", "ok")


@pytest.mark.parametrize(("seconds", "level"), [(10, "ok"), (100, "warning"), (400, "error")])
def test_a_clock_that_differs_from_stripes_is_noticed(well_kept, doctor, sandbox, seconds, level):
    sandbox.advance(seconds)

    assert "Stripe's" in doctor().find("clock", level)[0]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_is_judged_both_ways(sign):
    levels = [
        judge_clock("theirs", sign * timedelta(seconds=seconds)).level
        for seconds in (0, 29, 31, 299, 301)
    ]

    assert levels == [Level.OK, Level.OK, Level.WARNING, Level.WARNING, Level.ERROR]


def test_the_databases_clock_and_mode_are_checked(well_kept, doctor):
    diagnosis = doctor()

    texts = " ".join(diagnosis.find("database", "ok"))
    assert "all migrations are applied" in texts
    if connection.vendor == "postgresql":
        assert "PostgreSQL, writable, synchronous_commit" in texts
        assert any("the database's" in text for text in diagnosis.find("clock", "ok"))
    else:
        assert "journal_mode WAL" in texts


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a warning of SQLite's")
def test_sqlite_in_production_is_a_warning(doctor):
    found = " ".join(doctor().find("database", "warning"))

    assert "SQLite in production" in found
    assert "synchronous OFF. A power cut" in found


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot refuse writes")
def test_a_database_that_takes_no_writes_is_an_error(doctor):
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

    assert "read-only" in doctor().find("database", "error")[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [("missing/db.sqlite3", "cannot be reached"), ("new.sqlite3", "migrations are not applied")],
)
def test_without_a_usable_database_stripe_is_still_checked(
    sandbox, settings, db, tmp_path, file, text
):
    done = subprocess.run(
        [sys.executable, "manage.py", "payments_doctor", "--json"],
        env=get_environment(DATABASE_URL=f"sqlite:///{tmp_path / file}"),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2, done.stderr.decode()[-2000:]
    findings = json.loads(done.stdout)["findings"]
    assert any(one["subject"] == "database" and text in one["message"] for one in findings)
    assert any("Stripe accepts STRIPE_SECRET_KEY" in one["message"] for one in findings)


def test_it_changes_nothing_at_stripe_and_tells_no_secret(well_kept, doctor, sandbox, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_51Habc"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_abc"
    before = len(sandbox.requests("POST"))

    text = doctor().text

    assert len(sandbox.requests("POST")) == before
    assert "sk_test_51Habc" not in text
    assert "whsec_abc" not in text
