"""The page that says what an event would change, before it is processed again."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from ..errors import InvalidStateError
from ..mirror import Difference
from ..models import EventState, StripeWebhookEvent
from ..policy import Person, has_permission
from ..webhooks import replaying
from . import columns
from .asking import Question


def show_rehearsal(event: StripeWebhookEvent) -> str:
    """May read from Stripe, so that it is shown outside of transactions only."""
    found = replaying.rehearse(event)
    if found.problem:
        return columns.mask(found.problem)
    source = "By what Stripe says now. " if found.is_read else ""
    if not found.differences:
        return f"{source}Nothing."
    return format_html(
        "{}<table><tr><th>Row</th><th>Field</th><th>Ours</th><th>Stripe's</th></tr>{}</table>",
        source,
        format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (_show(difference) for difference in found.differences),
        ),
    )


def _show(difference: Difference) -> tuple[str, str, str, str]:
    kind = difference.row._meta.verbose_name
    return (
        f"{'New: ' if difference.is_new else ''}{kind} {columns.mask(difference.row)}",
        difference.field,
        "-" if difference.is_new else columns.mask(difference.ours),
        columns.mask(difference.theirs),
    )


def _may_retry(person: Person, event: StripeWebhookEvent) -> bool:
    del event
    return has_permission(person, "change_stripewebhookevent")


def _is_at_rest(event: StripeWebhookEvent) -> bool:
    return event.state != EventState.PROCESSING


def _retry(request: HttpRequest, event: StripeWebhookEvent, values: dict[str, Any]) -> str:
    del request, values
    done = replaying.replay(event)
    if done.state is None:
        raise InvalidStateError(done.problem, current_status=event.state)
    return f"Retried: {done.state}{'. ' if done.problem else ''}{columns.mask(done.problem)}"


RETRY = Question(
    name="retry",
    title="Retry a webhook event",
    template="admin/payments_graphql/stripewebhookevent/retry.html",
    form=forms.Form,
    may=_may_retry,
    is_offered=_is_at_rest,
    not_offered="This event is being processed.",
    act=_retry,
    facts={
        "Event": "event_id",
        "Type": "type",
        "Object": "object_id",
        "State": "state",
        "Would change": "rehearsal",
    },
)
