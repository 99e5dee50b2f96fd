"""Takes what is about a person out of our rows. See Note [Erased for good]."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from ..models import PERSONAL, EventState, MirroredModel, Operation, OperationState
from .people import PersonKept

__all__ = ["clear", "count_rows"]


def count_rows(person: PersonKept) -> dict[str, int]:
    """How much is kept, by what it is."""
    return {name: rows.count() for name, rows in person.list_rows().items()}


def clear(person: PersonKept) -> None:
    """What is still open keeps what it needs: an event loses its payload when it is processed, and
    an operation is cleared by the next call."""
    rows = person.list_rows()
    with transaction.atomic():
        for kept in rows.values():
            empty = PERSONAL.get(kept.model)
            if empty:
                _empty(kept, empty)
        rows["bookings"].update(description="")
        settled = rows["operations"].exclude(state__in=OperationState.unsettled())
        for operation in settled.select_for_update(of=("self",)):
            _clear_operation(operation)
        done = rows["webhook_events"].exclude(state__in=EventState.open())
        done.update(payload=None, error="")


def _empty(rows: QuerySet[Any], empty: Mapping[str, Any]) -> None:
    """A reading that is on its way finds another version, and is done again."""
    assert issubclass(rows.model, MirroredModel)
    rows.update(**empty, version=F("version") + 1)


def _clear_operation(operation: Operation) -> None:
    """What it was, when and how it ended stays. The caller's key too: it must not be used twice."""
    error = operation.error and {**operation.error, "message": ""}
    Operation.objects.filter(pk=operation.pk).update(
        parameters={}, unasked=[], finding="", error=error
    )
