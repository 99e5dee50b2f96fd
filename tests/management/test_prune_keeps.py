"""What `payments_prune` never removes, however old it is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from payments_graphql.models import (
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StatusChange,
    StripeCustomer,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.retention import KINDS
from payments_graphql.retention.kinds import KEPT_FOREVER, REMOVABLE
from tests.management.old_rows import (
    OLD,
    PAYLOAD,
    make_change,
    make_event,
    make_operation,
    prune,
    read_archive,
)

pytestmark = pytest.mark.django_db


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
