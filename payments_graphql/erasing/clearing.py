"""Removes personal data from our rows. See Note [Erased for good]."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ..models import PERSONAL, EventState, MirroredModel, Operation, OperationState
from .people import PersonKept

__all__ = ["clear", "count_rows"]


def count_rows(person: PersonKept) -> dict[str, int]:
    """The number of stored rows, by kind."""
    return {name: rows.count() for name, rows in person.list_rows().items()}


def clear(person: PersonKept) -> None:
    """Clears everything but unfinished work: an event loses its payload once it is processed, and
    the next call clears an operation that is unsettled now."""
    rows = person.list_rows()
    with transaction.atomic():
        for kept in rows.values():
            empty = PERSONAL.get(kept.model)
            if empty:
                _empty(kept, empty)
        rows["bookings"].update(description="")
        rows["refund_requests"].update(description="", note="")
        rows["notes"].update(text="")
        settled = rows["operations"].exclude(state__in=OperationState.unsettled())
        for operation in settled.select_for_update(of=("self",)):
            _clear_operation(operation)
        done = rows["webhook_events"].exclude(state__in=EventState.open())
        done.update(payload=None, error="")


def _empty(rows: QuerySet[Any], empty: Mapping[str, Any]) -> None:
    """Raises the version, so that a read in progress is repeated instead of applied."""
    assert issubclass(rows.model, MirroredModel)
    rows.update(**empty, version=F("version") + 1)


def _clear_operation(operation: Operation) -> None:
    """Keeps its kind, times and result, and the caller's key, which must not be used again."""
    error = operation.error and {**operation.error, "message": ""}
    Operation.objects.filter(pk=operation.pk).update(
        parameters={}, unasked=[], finding="", error=error
    )
