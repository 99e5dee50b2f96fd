"""Reprocesses stored events: failed, dead, processed or ignored ones.

Applying an event twice is harmless, since only new information changes anything. Ignored events
have no payload anymore, but Stripe returns it for 30 days.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .. import mirror, stripe_client
from ..log_redaction import redact_text
from ..mirror import Difference, NotOurs, ReadRequired
from ..models import EventState, StripeWebhookEvent, is_ours
from ..stripe_client import StripeCallError, StripeRefusedError
from . import handlers, inbox
from .storing import make_storable

ATTEMPTS = 3
"""Reads of an object that keeps changing, or that requires another object first."""


@dataclass(frozen=True)
class Rehearsal:
    """What a replay would do. `problem` says why it is impossible or would fail."""

    differences: list[Difference] = field(default_factory=list)
    problem: str = ""
    is_read: bool = False
    """Whether it compared with a new read from Stripe, since the event alone is not enough."""


@dataclass(frozen=True)
class Replay:
    """`state` is None if nothing was tried. `problem` says why."""

    state: EventState | None
    problem: str = ""


def _explain_unreachable(error: StripeCallError) -> str:
    return redact_text(_("Stripe could not be reached: %(error)s") % {"error": error})


class _GoneError(Exception):
    """There is nothing to process. The message says why."""


def rehearse(event: StripeWebhookEvent) -> Rehearsal:
    """What `replay` would change, field by field. Calls Stripe when a replay would."""
    try:
        event.payload = _get_payload(event)
        return _rehearse(event)
    except (_GoneError, NotOurs) as reason:
        return Rehearsal(problem=str(reason))
    except StripeCallError as error:
        return Rehearsal(problem=_explain_unreachable(error))
    except Exception as error:  # what a replay would record as the event's error
        return Rehearsal(problem=redact_text(f"{type(error).__name__}: {error}"))


def replay(event: StripeWebhookEvent) -> Replay:
    """Processes the event now, with a new count of attempts."""
    try:
        payload = _get_payload(event)
    except _GoneError as reason:
        return Replay(None, str(reason))
    except StripeCallError as error:
        return Replay(None, _explain_unreachable(error))
    StripeWebhookEvent.objects.filter(pk=event.pk).exclude(state=EventState.PROCESSING).update(
        state=EventState.PENDING,
        payload=payload,
        api_version=str(payload.get("api_version") or "")[:64],
        attempts=0,
        error="",
        reason="",
        lease_expires_at=None,
        processed_at=None,
        next_attempt_at=event.stripe_created,
    )
    state = inbox.process(event.pk)
    if state is None:
        return Replay(None, _("The event is being processed."))
    event.refresh_from_db()
    return Replay(state, event.error or event.reason)


def _rehearse(event: StripeWebhookEvent) -> Rehearsal:
    try:
        handlers.refuse_other_version(event)
        with mirror.rehearse() as differences:
            handlers.handle(event)
    except ReadRequired as required:
        return Rehearsal(_fetch_and_rehearse(required), is_read=True)
    return Rehearsal(differences)


def _fetch_and_rehearse(required: ReadRequired) -> list[Difference]:
    for _attempt in range(ATTEMPTS):
        try:
            return mirror.fetch_and_rehearse(required.kind, required.stripe_id)
        except ReadRequired as next_required:
            required = next_required
    raise RuntimeError(f"{required}, and keeps changing while it is read")


def _get_payload(event: StripeWebhookEvent) -> dict[str, Any]:
    """The stored payload, or Stripe's. Raises `_GoneError` or `StripeCallError`."""
    if not is_ours(event):
        raise _GoneError(
            _("The event belongs to a different mode or account than the current keys.")
        )
    if event.payload is not None:
        stored: dict[str, Any] = event.payload
        return stored
    if not handlers.is_handled(event.type):
        raise _GoneError(_("Events of this type are not handled."))
    mirror.release_connection()
    try:
        answer = stripe_client.retrieve_event(event.event_id)
    except StripeRefusedError as error:
        if error.status != 404:
            raise
        raise _GoneError(
            _("The event was stored without its payload, and Stripe no longer has it.")
        ) from error
    return make_storable(answer.object)
