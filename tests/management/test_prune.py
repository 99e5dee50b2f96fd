"""`payments_prune` archives and removes what is old and done, and nothing else."""

import gzip
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.models import (
    CauseKind,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.retention import KINDS, pruning
from payments_graphql.retention.kinds import KEPT_FOREVER, REMOVABLE
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db

OLD = timedelta(days=100)
PAYLOAD = {"data": {"object": {"id": "pi_1", "customer": "cus_1"}}}


def prune(*arguments: str) -> str:
    said = StringIO()
    call_command("payments_prune", *arguments, stdout=said)
    return said.getvalue()


def read_archive(directory: Path, kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in (directory / kind).glob("*.jsonl.gz"):
        with gzip.open(path, "rt") as file:
            rows += map(json.loads, file)
    return rows


def make_event(number: int, *, age: timedelta = OLD, **values: Any) -> StripeWebhookEvent:
    given = {"type": "charge.succeeded", "state": EventState.PROCESSED, "payload": PAYLOAD}
    event = StripeWebhookEvent.objects.create(
        event_id=f"evt_{number}", stripe_created=timezone.now() - age, **given | values
    )
    moment = timezone.now() - age + timedelta(seconds=number)
    StripeWebhookEvent.objects.filter(pk=event.pk).update(received_at=moment, processed_at=moment)
    return event


@pytest.fixture
def make_intent(alice: User) -> Callable[..., StripePaymentIntent]:
    customer = StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")

    def make_intent(number: int = 1, status: str = "succeeded") -> StripePaymentIntent:
        return StripePaymentIntent.objects.create(
            customer=customer, amount=500, currency="USD", status=status,
            stripe_payment_intent_id=f"pi_{number}",
        )  # fmt: skip

    return make_intent


def make_operation(kind: OperationKind, *, age: timedelta = OLD, **values: Any) -> Operation:
    moment = timezone.now() - age
    given = {"state": OperationState.SUCCEEDED, "settled_at": moment, "finding": "found"}
    operation = Operation.objects.create(
        actor="user:1", key=f"{kind}{Operation.objects.count()}", kind=kind, input_hash="0",
        parameters={"description": "Lisbon"}, unasked=["receipt_email"], **given | values,
    )  # fmt: skip
    Operation.objects.filter(pk=operation.pk).update(created_at=moment)
    return operation


def make_change(
    intent: StripePaymentIntent, *, age: timedelta = OLD, **values: Any
) -> StatusChange:
    moment = timezone.now() - age
    change = StatusChange.objects.create(
        payment_intent=intent, to_status="succeeded", cause_kind=CauseKind.EVENT,
        occurred_at=moment, **{"signaled_at": moment} | values,
    )  # fmt: skip
    StatusChange.objects.filter(pk=change.pk).update(created_at=moment)
    return change


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


@pytest.mark.parametrize(
    "state",
    [state for state in EventState if state not in (EventState.PROCESSED, EventState.IGNORED)],
)
def test_an_open_or_dead_event_stays(state: EventState) -> None:
    make_event(1, state=state)
    prune("--no-archive", "--events-older-than", "90d", "--payloads-older-than", "90d")
    assert StripeWebhookEvent.objects.get().payload == PAYLOAD


def test_an_event_that_was_processed_late_stays() -> None:
    """It was dead, and somebody retried it yesterday."""
    make_event(1)
    StripeWebhookEvent.objects.update(processed_at=timezone.now() - timedelta(days=1))
    prune("--no-archive", "--events-older-than", "90d")
    assert StripeWebhookEvent.objects.exists()


@pytest.mark.parametrize(
    ("status", "stays"), [("requires_payment_method", True), ("canceled", False)]
)
def test_failed_attempts_of_an_open_payment_stay(
    make_intent: Any, status: str, stays: bool
) -> None:
    make_intent(status=status)
    make_event(1, type="payment_intent.payment_failed", object_id="pi_1")
    prune("--no-archive", "--events-older-than", "90d", "--payloads-older-than", "90d")
    assert StripeWebhookEvent.objects.filter(payload__isnull=False).exists() is stays


def test_failed_attempts_of_an_open_setup_stay(make_intent: Any) -> None:
    customer = make_intent().customer
    StripeSetupIntent.objects.create(
        customer=customer, stripe_setup_intent_id="seti_1", status="requires_payment_method"
    )
    make_event(1, type="setup_intent.setup_failed", object_id="seti_1")
    prune("--no-archive", "--events-older-than", "90d")
    assert StripeWebhookEvent.objects.exists()


def test_failed_attempts_that_still_block_somebody_stay(make_intent: Any, settings: Any) -> None:
    settings.PAYMENTS_FAILURES_BLOCK = timedelta(days=200)
    intent = make_intent(status="canceled")
    make_event(1, type="payment_intent.payment_failed", object_id="pi_1")
    make_change(intent, failure_code="card_declined")
    ages = ("--events-older-than", "90d", "--changes-older-than", "90d")
    prune("--no-archive", *ages)
    assert StripeWebhookEvent.objects.exists()
    assert StatusChange.objects.exists()
    settings.PAYMENTS_FAILURES_BLOCK = timedelta(hours=1)
    prune("--no-archive", *ages)
    assert not StripeWebhookEvent.objects.exists()
    assert not StatusChange.objects.exists()


def test_every_kind_of_operation_is_kept_or_removable() -> None:
    assert set(OperationKind) == KEPT_FOREVER | REMOVABLE
    assert not KEPT_FOREVER & REMOVABLE
    assert {kind for kind in OperationKind if kind.startswith("create")} <= KEPT_FOREVER


def test_what_has_a_key_of_its_caller_keeps_its_row(make_intent: Any, tmp_path: Path) -> None:
    intent = make_intent()
    created = make_operation(OperationKind.CREATE_REFUND, payment_intent=intent)
    make_operation(OperationKind.CAPTURE_PAYMENT_INTENT, payment_intent=intent)

    said = prune("--archive", str(tmp_path), "--operations-older-than", "90d")

    [kept] = Operation.objects.all()
    assert kept == created
    assert (kept.parameters, kept.unasked, kept.finding) == ({}, [], "")
    assert (kept.key, kept.input_hash, kept.state) == (created.key, "0", "succeeded")
    assert said.count("1 removed") == 2
    assert read_archive(tmp_path, "parameters")[0]["parameters"] == {"description": "Lisbon"}
    assert read_archive(tmp_path, "operations")[0]["kind"] == "capture_payment_intent"
    assert said != prune("--archive", str(tmp_path), "--operations-older-than", "90d")
    assert len(read_archive(tmp_path, "parameters")) == 1


def test_an_old_key_still_does_not_pay_twice(
    alice: User, pay: Any, service: Any, sandbox: Any, dashboard: Any
) -> None:
    values = {"user": alice, "amount": "20.00", "currency": "USD", "idempotency_key": "k1"}
    created = service.create_payment_intent(**values)["payment_intent"]
    service.confirm_payment_intent(created, payment_method="pm_card_visa")
    refund = {"amount": "5.00", "idempotency_key": "r1"}
    first = service.create_refund(created, **refund)["refund"]
    Operation.objects.update(created_at=timezone.now() - OLD, settled_at=timezone.now() - OLD)
    prune("--no-archive", "--operations-older-than", "90d")
    assert set(Operation.objects.values_list("kind", flat=True)) == {
        "create_customer", "create_payment_intent", "create_refund",
    }  # fmt: skip

    again = service.create_payment_intent(**values)
    assert (again["replayed"], again["payment_intent"].pk) == (True, created.pk)
    again = service.create_refund(created, **refund)
    assert (again["replayed"], again["refund"].pk) == (True, first.pk)
    assert len(dashboard.v1.payment_intents.list().data) == 1
    assert len(dashboard.v1.refunds.list().data) == 1
    other = service.create_payment_intent(**values | {"amount": "21.00"})
    assert other["error_code"] == "idempotency_key_reused"


@pytest.mark.parametrize("state", OperationState.unsettled())
def test_an_unsettled_operation_stays(make_intent: Any, state: OperationState) -> None:
    make_operation(OperationKind.CANCEL_REFUND, state=state)
    prune("--no-archive", "--operations-older-than", "90d")
    assert Operation.objects.get().parameters


def test_operations_and_changes_of_an_open_payment_stay(make_intent: Any) -> None:
    intent = make_intent(status="requires_capture")
    make_operation(OperationKind.CONFIRM_PAYMENT_INTENT, payment_intent=intent)
    make_operation(OperationKind.CREATE_PAYMENT_INTENT, payment_intent=intent)
    make_change(intent)
    prune("--no-archive", "--operations-older-than", "90d", "--changes-older-than", "90d")
    assert Operation.objects.exclude(parameters={}).count() == 2
    assert StatusChange.objects.exists()


def test_changes_stay_while_their_signal_is_not_sent(make_intent: Any) -> None:
    unsent = make_change(make_intent(), signaled_at=None)
    make_change(make_intent(2))
    young = make_change(make_intent(3), age=timedelta(days=89))
    said = prune("--no-archive", "--changes-older-than", "90d")
    assert set(StatusChange.objects.all()) == {unsent, young}
    assert "status changes from before" in said
    assert "1 removed, 2 kept" in said


def test_changes_stay_during_a_refund_and_a_dispute(make_intent: Any) -> None:
    refunded, disputed, done = (make_intent(number) for number in (1, 2, 3))
    values = {"amount": 5, "currency": "USD"}
    refunded.refunds.create(status="pending", stripe_refund_id="re_1", **values)
    disputed.disputes.create(status="under_review", stripe_dispute_id="du_1", **values)
    done.disputes.create(status="lost", stripe_dispute_id="du_2", **values)
    for intent in (refunded, disputed, done):
        make_change(intent)
    prune("--no-archive", "--changes-older-than", "90d")
    assert {change.payment_intent for change in StatusChange.objects.all()} == {refunded, disputed}


def test_the_data_of_an_erased_person_is_not_archived(make_intent: Any, tmp_path: Path) -> None:
    """The erasure is in progress: it has not cleared these rows yet."""
    intent = make_intent()
    StripeCustomer.objects.update(erased_at=timezone.now())
    make_event(1, object_id="pi_1")
    make_operation(OperationKind.CREATE_REFUND, payment_intent=intent)
    make_operation(OperationKind.CANCEL_REFUND, customer=intent.customer)
    ages = ("--events-older-than", "90d", "--operations-older-than", "90d")
    prune("--archive", str(tmp_path), *ages, "--payloads-older-than", "90d")
    rows = [row for kind in KINDS for row in read_archive(tmp_path, kind.name)]
    assert len(rows) == 4
    assert "Lisbon" not in str(rows)
    assert all(not row.get("payload") and not row.get("parameters") for row in rows)


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
    assert len(deletes) == 4
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
