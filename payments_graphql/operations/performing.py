"""Records an operation, runs it and answers the caller. The same key gets the same answer."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from .. import correlation, deadlines, tracing
from ..conf import conf
from ..errors import IdempotencyError, ValidationError
from ..isolation import refuse_unsafe_level
from ..mirror import release_connection
from ..models import (
    MirroredModel,
    Operation,
    OperationKind,
    OperationState,
    StripePaymentIntent,
    get_or_none,
    our_values,
)
from ..policy import Person
from .kinds import KINDS
from .outcomes import Outcome, lease_end, load, outcome_of
from .resuming import is_abandoned, resume
from .running import run
from .transactions import refuse_open_transaction, refuse_others
from .waiting import refuse_to_begin, waiting


@dataclass(frozen=True)
class Performed:
    """A succeeded operation. `answer` and `mirrored` are Stripe's answer and the row that it was
    applied to, if the call was made just now."""

    operation: Operation
    replayed: bool
    answer: Mapping[str, Any] | None = field(repr=False)
    mirrored: MirroredModel | None

    def renew(self, row: MirroredModel) -> None:
        """Brings `row`, the operation's object, up to date, with a query only if necessary."""
        if type(row) is not type(self.mirrored) or row.pk != self.mirrored.pk:
            row.refresh_from_db()
            return
        for column in row._meta.concrete_fields:
            setattr(row, column.attname, getattr(self.mirrored, column.attname))
            if not isinstance(column, ForeignKey):
                continue
            if column.is_cached(self.mirrored):
                column.set_cached_value(row, column.get_cached_value(self.mirrored))
            elif column.is_cached(row):
                column.delete_cached_value(row)
        getattr(row, "_prefetched_objects_cache", {}).clear()


def actor_of(person: Person) -> str:
    return "system:site" if person is None else f"user:{person.pk}"


def random_key() -> str:
    return secrets.token_urlsafe(24)


def check_key(key: str | None) -> str | None:
    """Checks the format of an idempotency key: https://docs.stripe.com/api/idempotent_requests"""
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable() or not key.strip():
        raise ValidationError(
            _("Idempotency key must be 1 to 255 printable characters, such as a UUID."),
            path=("idempotencyKey",),
        )
    return key


def perform(
    *,
    kind: OperationKind,
    actor: str,
    key: str | None,
    input: Mapping[str, Any] | str,
    prepare: Callable[[Operation], None],
    before: Callable[[], object] = lambda: None,
) -> Performed:
    """Runs the operation once per (`actor`, `key`), and gives the same answer every other time.
    Without a key, always runs it. `input` is what was asked for, or its `hash_input`.

    `prepare` runs in the first transaction: it checks and locks, writes the local row, and sets
    the operation's objects and exact parameters. `before` runs ahead of that, for new keys only.
    Raises `PaymentError`, or any error from `prepare`, in which case nothing is recorded.
    """
    refuse_open_transaction()
    with (
        waiting(actor),
        correlation.bound(),
        tracing.span(f"operation {kind}"),
    ):
        return _perform_once(kind, actor, key, input, prepare, before)


def _perform_once(
    kind: OperationKind,
    actor: str,
    key: str | None,
    input: Mapping[str, Any] | str,
    prepare: Callable[[Operation], None],
    before: Callable[[], object],
) -> Performed:
    digest = input if isinstance(input, str) else hash_input(kind, input)
    existing = _find(actor, key)
    if existing is None:
        refuse_to_begin()
        before()
        try:
            operation = _record(kind, actor, key or random_key(), digest, prepare)
        except IntegrityError:
            existing = _find(actor, key)
            if existing is None:
                raise
        else:
            outcome = run(operation, patience=conf.PAYMENTS_OPERATION_TIMEOUT)
            return _answer(outcome, replayed=False)
    if existing.input_hash != digest:
        raise IdempotencyError(
            _(
                "This idempotency key was used for a different request. Use a new key for a new "
                "request."
            ),
            path=("idempotencyKey",),
        )
    return join(existing)


def _find(actor: str, key: str | None) -> Operation | None:
    """Only in our mode and account: a key used in test mode can be used again in live mode."""
    if key is None:
        return None
    return get_or_none(Operation.objects.ours().filter(actor=actor, key=key))


def record_answer(
    *,
    kind: OperationKind,
    actor: str,
    key: str,
    input: Mapping[str, Any],
    payment_intent: StripePaymentIntent,
) -> None:
    """Uses the key for a payment that existed already, without a call to Stripe."""
    with suppress(IntegrityError), transaction.atomic():  # a concurrent identical request
        Operation.objects.create(
            kind=kind,
            actor=actor,
            key=key,
            input_hash=hash_input(kind, input),
            **our_values(),
            state=OperationState.SUCCEEDED,
            correlation_id=correlation.get_correlation_id(),
            customer_id=payment_intent.customer_id,
            payment_intent=payment_intent,
            settled_at=Now(),
        )


def join(operation: Operation) -> Performed:
    """Waits for a recorded operation, or takes it over if nobody runs it."""
    with waiting():
        return _join(operation)


def _join(operation: Operation) -> Performed:
    deadline = time.monotonic() + min(conf.PAYMENTS_OPERATION_TIMEOUT, deadlines.remaining())
    pause = 0.05
    while True:
        operation = load(operation.pk)
        if not operation.is_settled and is_abandoned(operation):
            return _answer(resume(operation), replayed=True)
        if operation.state != OperationState.CALLING or time.monotonic() + pause > deadline:
            return _answer(outcome_of(operation), replayed=True)
        release_connection()
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


def _record(
    kind: OperationKind,
    actor: str,
    key: str,
    digest: str,
    prepare: Callable[[Operation], None],
) -> Operation:
    """T1. Recorded and claimed in one transaction."""
    operation = Operation(
        kind=kind,
        actor=actor,
        key=key,
        input_hash=digest,
        **our_values(),
        state=OperationState.CALLING,
        fence=1,
        correlation_id=correlation.get_correlation_id(),
        traceparent=tracing.get_traceparent(),
    )
    refuse_unsafe_level()
    with transaction.atomic(durable=True):
        prepare(operation)
        operation.row_version = KINDS[kind].get_version(operation)
        refuse_others(
            operation.customer,
            operation.payment_intent,
            operation.refund,
            operation.payment_method,
            operation.setup_intent,
            operation.dispute,
        )
        # Set last, so that time spent waiting for locks does not shorten the lease.
        operation.lease_expires_at = operation.next_attempt_at = lease_end()
        operation.save(force_insert=True)
    return operation


def _answer(outcome: Outcome, *, replayed: bool) -> Performed:
    if outcome.error is not None:
        raise outcome.error
    return Performed(outcome.operation, replayed, outcome.answer, outcome.mirrored)


def hash_input(kind: OperationKind, input: Mapping[str, Any]) -> str:
    canonical = orjson.dumps([kind, input], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()
