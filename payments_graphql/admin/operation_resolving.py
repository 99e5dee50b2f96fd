"""The page that asks before an operation is resolved whose result was not known after a day."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Operation, OperationState
from ..policy import Person, get_policy
from ..services import reviews
from .asking import Question


class ResolveForm(forms.Form):
    is_sure = forms.BooleanField(
        label=_(
            "Check at Stripe again. If the operation was carried out, it counts as succeeded. If "
            "not, it counts as failed, and any reserved amount is released."
        )
    )


def _may_resolve(person: Person, operation: Operation) -> bool:
    return get_policy().may_resolve(person, operation)


def _needs_review(operation: Operation) -> bool:
    return operation.state == OperationState.NEEDS_REVIEW


def _resolve(request: HttpRequest, operation: Operation, values: dict[str, Any]) -> str:
    del values
    reviews.resolve_operation(operation=operation, user=request.user)
    return gettext('The state of the operation is now "%(state)s".') % {
        "state": operation.get_state_display().lower()
    }


RESOLVE = Question(
    name="resolve",
    title=_("Resolve an operation"),
    template="admin/payments_graphql/operation/resolve.html",
    form=ResolveForm,
    may=_may_resolve,
    is_offered=_needs_review,
    not_offered=_("This operation does not need a review."),
    act=_resolve,
    facts=(
        (_("Operation"), "kind"),
        (_("State"), "state"),
        (_("Found at Stripe"), "finding"),
        (_("Object"), "of"),
        (_("Sent to Stripe"), "sent"),
        (_("Requested at"), "created_at"),
        (_("Requested by"), "actor"),
    ),
)
