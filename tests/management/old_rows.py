"""Rows that are old, and the command that removes them."""

import gzip
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from payments_graphql.models import (
    CauseKind,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
)

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
