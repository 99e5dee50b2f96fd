from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import Operation, OperationState
from ..kind import Action, Kind, Level, Rows

PATIENCE = timedelta(minutes=15)
"""How long work that `payments_reconcile` does in every round may be due."""

# What a refund would return, or else what the payment is about.
_AMOUNT = Coalesce(F("refund__amount"), F("dispute__amount"), F("payment_intent__amount"))
_CURRENCY = Coalesce(
    F("refund__currency"),
    F("dispute__currency"),
    F("payment_intent__currency"),
    Value("", output_field=CharField()),
)


def _list_unclear() -> QuerySet[Any]:
    return Operation.objects.ours().filter(state=OperationState.NEEDS_REVIEW)


def _list_overdue() -> QuerySet[Any]:
    return Operation.objects.ours().filter(
        state__in=OperationState.resumable(), next_attempt_at__lt=timezone.now() - PATIENCE
    )


def _describe_unclear(operation: Operation) -> str:
    found = f": {operation.finding}" if operation.finding else ""
    return f"operation {operation.pk} ({operation.kind}) needs review{found}"


def _describe_overdue(operation: Operation) -> str:
    due = operation.next_attempt_at
    return f"operation {operation.pk} ({operation.kind}) was due at {due:%Y-%m-%d %H:%M} UTC"


def _make_rows(
    find: Callable[[], QuerySet[Any]], describe: Callable[[Operation], str], since: str
) -> tuple[Rows]:
    return (Rows(Operation, find, describe, since, amount=_AMOUNT, currency=_CURRENCY),)


TO_REVIEW = Kind(
    slug="operations_to_review",
    title=_("operations that need review"),
    level=Level.ERROR,
    hint=_(
        "Nobody knows whether Stripe carried them out. The page of each operation shows what was "
        "found and lets you resolve it."
    ),
    rows=(
        Rows(
            Operation,
            _list_unclear,
            _describe_unclear,
            "created_at",
            amount=_AMOUNT,
            currency=_CURRENCY,
        ),
    ),
    action=Action("resolve", _("Resolve it"), "resolve_operation"),
)

OVERDUE = Kind(
    slug="overdue_operations",
    title=_("operations that are overdue"),
    level=Level.WARNING,
    hint=_(
        "Check that `manage.py payments_reconcile` is running and can reach Stripe. Its log says "
        "what fails."
    ),
    rows=(
        Rows(
            Operation, _list_overdue, _describe_overdue, "next_attempt_at", "", _AMOUNT, _CURRENCY
        ),
    ),
)
