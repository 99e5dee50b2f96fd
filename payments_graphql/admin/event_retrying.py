"""The page that shows what an event would change, before it is processed again."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..errors import InvalidStateError
from ..mirror import Difference
from ..models import EventState, StripeWebhookEvent
from ..policy import Person, get_policy
from ..webhooks import replaying
from . import columns
from .asking import Question


def show_rehearsal(event: StripeWebhookEvent) -> str:
    """Can read from Stripe, so it must run outside of a transaction."""
    found = replaying.rehearse(event)
    if found.problem:
        return columns.mask(found.problem)
    source = gettext("According to Stripe's current data:") + " " if found.is_read else ""
    if not found.differences:
        return f"{source}{gettext('Nothing.')}"
    return format_html(
        "{}<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>{}</table>",
        source,
        gettext("Object"),
        gettext("Field"),
        gettext("This site"),
        gettext("Stripe"),
        format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (_show(difference) for difference in found.differences),
        ),
    )


def _show(difference: Difference) -> tuple[str, str, str, str]:
    name = f"{difference.row._meta.verbose_name} {columns.mask(difference.row)}"
    return (
        gettext("New: %(object)s") % {"object": name} if difference.is_new else name,
        difference.field,
        "-" if difference.is_new else columns.mask(difference.ours),
        columns.mask(difference.theirs),
    )


def _may_retry(person: Person, event: StripeWebhookEvent) -> bool:
    del event
    return get_policy().may_replay_events(person)


def _is_at_rest(event: StripeWebhookEvent) -> bool:
    return event.state != EventState.PROCESSING


def _retry(request: HttpRequest, event: StripeWebhookEvent, values: dict[str, Any]) -> str:
    del request, values
    done = replaying.replay(event)
    if done.state is None:
        raise InvalidStateError(done.problem, current_status=event.state)
    text = gettext('The event was processed again. Its state is now "%(state)s".') % {
        "state": done.state.label.lower()
    }
    return f"{text} {columns.mask(done.problem)}".strip()


RETRY = Question(
    name="retry",
    title=_("Retry a webhook event"),
    template="admin/payments_graphql/stripewebhookevent/retry.html",
    form=forms.Form,
    may=_may_retry,
    is_offered=_is_at_rest,
    not_offered=_("The event is being processed."),
    act=_retry,
    facts=(
        (_("Event"), "event_id"),
        (_("Type"), "type"),
        (_("Object"), "object_id"),
        (_("State"), "state"),
        (_("A retry would change"), "rehearsal"),
    ),
)
