from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import EventState, StripeWebhookEvent
from ...stripe_client import API_VERSION
from ..kind import Action, Kind, Level, Rows
from .operations import PATIENCE

LATELY = timedelta(days=1)
_MOST = 1000
"""How many of the newest events are examined. A day can have hundreds of thousands."""
_UNKNOWN = "not a payment of one of our customers"
"""The reason for which such an event is ignored. See `mirror/payment_intents.py`."""


def list_newest(condition: Q | None = None) -> QuerySet[Any]:
    """The newest events that meet the condition, about a thousand, of the last day."""
    since = timezone.now() - LATELY
    lately = StripeWebhookEvent.objects.ours().filter(condition or Q(), received_at__gte=since)
    oldest = lately.order_by("-received_at").values("received_at")[_MOST - 1 : _MOST]
    # A list of keys would make PostgreSQL read the whole table.
    first = Coalesce(Subquery(oldest), Value(since, output_field=DateTimeField()))
    return lately.filter(received_at__gte=first)


def _list_dead() -> QuerySet[Any]:
    return StripeWebhookEvent.objects.ours().filter(state=EventState.DEAD)


def _list_overdue() -> QuerySet[Any]:
    return StripeWebhookEvent.objects.ours().filter(
        state__in=EventState.open(), received_at__lt=timezone.now() - PATIENCE
    )


def _list_of_other_versions() -> QuerySet[Any]:
    return list_newest().exclude(api_version__in=(API_VERSION, ""))


def _list_of_unknown_customers() -> QuerySet[Any]:
    ignored = list_newest(Q(state=EventState.IGNORED))
    return ignored.filter(type="payment_intent.succeeded", reason=_UNKNOWN)


def _name(event: StripeWebhookEvent) -> str:
    return f"event {event.event_id} ({event.type})"


def _describe_dead(event: StripeWebhookEvent) -> str:
    return f"{_name(event)} is dead: {event.error}"


def _describe_overdue(event: StripeWebhookEvent) -> str:
    error = f": {event.error}" if event.error else ""
    return f"{_name(event)} has waited since {event.received_at:%Y-%m-%d %H:%M} UTC{error}"


def _describe_version(event: StripeWebhookEvent) -> str:
    came = "was read" if event.source == "pull" else "came"
    return f"{_name(event)} {came} with API version {event.api_version}"


def _describe_unknown(event: StripeWebhookEvent) -> str:
    return f"payment {event.object_id} is of a customer that this site does not know"


def _make_rows(
    find: Callable[[], QuerySet[Any]], describe: Callable[[StripeWebhookEvent], str]
) -> tuple[Rows]:
    return (
        Rows(
            StripeWebhookEvent,
            find,
            describe,
            "received_at",
            load=lambda events: events.defer("payload"),
        ),
    )


DEAD = Kind(
    slug="dead_events",
    title=_("dead webhook events"),
    level=Level.WARNING,
    hint=_("They failed after all attempts. Read the error, fix its cause, and retry them."),
    rows=_make_rows(_list_dead, _describe_dead),
    action=Action("retry", _("Retry it"), "replay_event"),
)

OVERDUE = Kind(
    slug="overdue_events",
    title=_("webhook events that are overdue"),
    level=Level.WARNING,
    hint=_(
        "Check that `manage.py payments_reconcile` is running. If an event fails again and again, "
        "its page says why."
    ),
    rows=_make_rows(_list_overdue, _describe_overdue),
    action=Action("retry", _("Retry it"), "replay_event"),
)

WRONG_VERSION = Kind(
    slug="wrong_api_version",
    title=_("webhook events with another API version"),
    level=Level.WARNING,
    hint=_(
        "Each object is read again, which is slow. Events by webhook: create an endpoint with the "
        "API version of this site. Events that were read: upgrade the account's version in "
        "Stripe's Dashboard."
    ),
    rows=_make_rows(_list_of_other_versions, _describe_version),
    subject="webhooks",
)

UNKNOWN_CUSTOMERS = Kind(
    slug="unknown_customers",
    title=_("payments of unknown customers"),
    level=Level.WARNING,
    hint=_(
        "Stripe received money from customers that this site does not know. Import them with "
        "`manage.py payments_sync`. If another system uses the same Stripe account, add this kind "
        "to PAYMENTS_IGNORED_PROBLEMS."
    ),
    rows=_make_rows(_list_of_unknown_customers, _describe_unknown),
    is_routine=True,  # many sites share their account with another system
)
