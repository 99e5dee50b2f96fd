"""The page that asks before an operation is decided that could not be settled in a day."""

from typing import Any

from django import forms
from django.http import HttpRequest

from ..models import Operation, OperationState
from ..policy import Person, get_policy
from ..services import reviews
from .asking import Question


class ResolveForm(forms.Form):
    is_sure = forms.BooleanField(
        label="Look at Stripe once more. What was done counts as done; what is not there is given "
        "up, and what it reserved is free again."
    )


def _may_resolve(person: Person, operation: Operation) -> bool:
    return get_policy().may_resolve(person, operation)


def _needs_review(operation: Operation) -> bool:
    return operation.state == OperationState.NEEDS_REVIEW


def _resolve(request: HttpRequest, operation: Operation, values: dict[str, Any]) -> str:
    del values
    reviews.resolve_operation(operation=operation, user=request.user)
    return f"Operation: {operation.get_state_display()}."


RESOLVE = Question(
    name="resolve",
    title="Resolve an operation",
    template="admin/payments_graphql/operation/resolve.html",
    form=ResolveForm,
    may=_may_resolve,
    is_offered=_needs_review,
    not_offered="This operation does not wait for a decision.",
    act=_resolve,
    facts={
        "Operation": "kind",
        "State": "state",
        "Found at Stripe": "finding",
        "Of": "of",
        "Sent": "sent",
        "Asked at": "created_at",
        "By": "actor",
    },
)
