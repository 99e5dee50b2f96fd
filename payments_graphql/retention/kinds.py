"""What may be archived and removed. See Note [What is kept]."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ..models import (
    DisputeStatus,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from ..services.failed_attempts import get_horizon
from ..webhooks.erased import drop_payloads_of_erased

__all__ = ["KEPT_FOREVER", "KINDS", "MINIMUM_AGE", "REMOVABLE", "Kind"]

MINIMUM_AGE: Final = timedelta(days=35)

KEPT_FOREVER: Final = frozenset(
    {
        OperationKind.CREATE_CUSTOMER,
        OperationKind.CREATE_PAYMENT_INTENT,
        OperationKind.CREATE_REFUND,
        OperationKind.CREATE_SETUP_INTENT,
        OperationKind.DELETE_CUSTOMER,  # the record of an erasure
    }
)
REMOVABLE: Final = frozenset(OperationKind) - KEPT_FOREVER

_DONE = (EventState.PROCESSED, EventState.IGNORED)
_SETTLED = (OperationState.SUCCEEDED, OperationState.FAILED)


@dataclass(frozen=True)
class Kind:
    """`title` is for reports. `model` is read in the order of `position`, which has an
    index. `aged_by` must be older than the limit. `choose` keeps the rows that
    may go, `remove` removes them, and `prepare` clears in memory what must not be archived."""

    name: str
    title: str
    model: Any
    position: tuple[str, ...]
    aged_by: str
    choose: Callable[[QuerySet[Any], datetime], QuerySet[Any]]
    remove: Callable[[QuerySet[Any]], int]
    prepare: Callable[[list[Any]], None] = lambda rows: None


def _open_payments(**of: Any) -> Exists:
    final = PaymentIntentStatus.terminal()
    return Exists(StripePaymentIntent.objects.filter(**of).exclude(status__in=final))


def _open_setups(**of: Any) -> Exists:
    final = SetupIntentStatus.terminal()
    return Exists(StripeSetupIntent.objects.filter(**of).exclude(status__in=final))


def _choose_events(events: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    """Without failed attempts of payments that are still open: card testing counts them, and looks
    into their payload."""
    counted = Q(type__in=StripeWebhookEvent.FAILED_ATTEMPTS) & (
        Q(received_at__gte=timezone.now() - get_horizon())
        | Q(_open_payments(stripe_payment_intent_id=OuterRef("object_id")))
        | Q(_open_setups(stripe_setup_intent_id=OuterRef("object_id")))
    )
    done = events.filter(Q(processed_at=None) | Q(processed_at__lt=before), state__in=_DONE)
    return done.exclude(counted)


def _choose_payloads(events: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    return _choose_events(events, before).filter(payload__isnull=False)


def _choose_operations(operations: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    return _choose_settled(operations, before).filter(kind__in=REMOVABLE)


def _choose_parameters(operations: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    kept = _choose_settled(operations, before).filter(kind__in=KEPT_FOREVER)
    return kept.exclude(parameters={}, unasked=[], finding="")


def _choose_settled(operations: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    settled = operations.filter(state__in=_SETTLED, settled_at__lt=before)
    return settled.exclude(
        Q(_open_payments(pk=OuterRef("payment_intent")))
        | Q(_open_setups(pk=OuterRef("setup_intent")))
    )


def _choose_changes(changes: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    refunds = StripeRefund.objects.filter(
        payment_intent=OuterRef("payment_intent"), status__in=RefundStatus.in_progress()
    )
    disputes = StripeDispute.objects.filter(payment_intent=OuterRef("payment_intent"))
    sent = changes.filter(created_at__lt=before, signaled_at__isnull=False)
    counted = ~Q(failure_code="") & Q(created_at__gte=timezone.now() - get_horizon())
    return sent.exclude(
        counted
        | Q(_open_payments(pk=OuterRef("payment_intent")))
        | Q(_open_setups(pk=OuterRef("setup_intent")))
        | Q(Exists(refunds))
        | Q(Exists(disputes.exclude(status__in=DisputeStatus.closed())))
    )


def _delete(rows: QuerySet[Any]) -> int:
    return rows.delete()[0]


def _drop_payloads(events: QuerySet[Any]) -> int:
    return events.update(payload=None)


def _drop_parameters(operations: QuerySet[Any]) -> int:
    """Keeps the key, the hash of the input and the result, which answer the key again."""
    return operations.update(parameters={}, unasked=[], finding="")


def _clear_erased_operations(operations: list[Operation]) -> None:
    """While a person is being erased, the rows still have their data."""
    for operation in operations:
        owners = (operation.customer, getattr(operation.payment_intent, "customer", None))
        if any(owner is not None and owner.erased_at is not None for owner in owners):
            operation.parameters, operation.unasked, operation.finding = {}, [], ""


_OF_EVENTS: Any = {
    "model": StripeWebhookEvent,
    "position": ("received_at", "pk"),
    "aged_by": "received_at",
    "prepare": drop_payloads_of_erased,
}
_OF_OPERATIONS: Any = {
    "model": Operation,
    "position": ("created_at", "pk"),
    "aged_by": "created_at",
    "prepare": _clear_erased_operations,
}
KINDS: Final = (
    Kind(
        name="payloads",
        title="payloads of webhook events",
        choose=_choose_payloads,
        remove=_drop_payloads,
        **_OF_EVENTS,
    ),
    Kind(
        name="events",
        title="webhook events",
        choose=_choose_events,
        remove=_delete,
        **_OF_EVENTS,
    ),
    Kind(
        name="operations",
        title="operations without a key of their caller",
        choose=_choose_operations,
        remove=_delete,
        **_OF_OPERATIONS,
    ),
    Kind(
        name="parameters",
        title="parameters of other operations",
        choose=_choose_parameters,
        remove=_drop_parameters,
        **_OF_OPERATIONS,
    ),
    Kind(
        name="changes",
        title="status changes",
        choose=_choose_changes,
        remove=_delete,
        model=StatusChange,
        position=("pk",),
        aged_by="created_at",
    ),
)
