"""Checks that webhooks arrive, by the stored events: a refused webhook leaves no row."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from ..conf import conf
from ..models import EventSource, StripeWebhookEvent
from .endpoints import find_enabled, find_ours
from .finding import Finding, Subject

_WEBHOOKS = Subject("webhooks")

_MINIMUM_EVENTS = 3
"""`payments_reconcile` can be faster than a webhook, so a few events prove nothing."""

_MINIMUM_SPAN = timedelta(minutes=5)


def examine_deliveries(endpoints: list[dict[str, Any]] | None) -> Iterator[Finding]:
    secrets = len(conf.STRIPE_WEBHOOK_SECRETS)
    if secrets:
        yield _WEBHOOKS.ok(f"{secrets} secret{'s' * (secrets > 1)} configured.")
    usable = None if endpoints is None else find_enabled(find_ours(endpoints))
    events = _get_recent(usable)
    yield _judge_arrival(events, usable)


def has_deliveries() -> bool:
    """Whether a webhook arrived within the last day."""
    return _get_recent(None).filter(source=EventSource.WEBHOOK).exists()


def _get_recent(usable: list[dict[str, Any]] | None) -> QuerySet[StripeWebhookEvent]:
    """Events of the last day, but not from before the endpoint was created."""
    since = timezone.now() - timedelta(days=1)
    if usable:
        first = min(endpoint["created"] for endpoint in usable)
        since = max(since, datetime.fromtimestamp(first, tz=UTC))
    return StripeWebhookEvent.objects.ours().filter(stripe_created__gte=since)


def _judge_arrival(
    events: QuerySet[StripeWebhookEvent], usable: list[dict[str, Any]] | None
) -> Finding:
    came = events.filter(source=EventSource.WEBHOOK).aggregate(
        count=Count("pk"), last=Max("stripe_created")
    )
    pulled = events.filter(source=EventSource.PULL)
    since = pulled.filter(stripe_created__gt=came["last"]) if came["last"] else pulled
    read = since.aggregate(
        count=Count("pk"), first=Min("stripe_created"), last=Max("stripe_created")
    )
    total = f"{came['count']} events of the last day came by webhook, {pulled.count()} were read"
    is_silent = read["count"] >= _MINIMUM_EVENTS and (
        not came["count"] or read["last"] - read["first"] >= _MINIMUM_SPAN
    )
    if not is_silent:
        return _WEBHOOKS.ok(f"{total}.")
    when = f"; the last webhook came from {came['last']:%Y-%m-%d %H:%M} UTC" if came["last"] else ""
    return _WEBHOOKS.warning(f"{total}{when}: {_guess_why(usable)}", _advise(usable))


def _guess_why(usable: list[dict[str, Any]] | None) -> str:
    if not conf.STRIPE_WEBHOOK_SECRETS:
        return "webhooks are refused, since STRIPE_WEBHOOK_SECRET is not set."
    if usable:
        return "Stripe sends webhooks, but they are refused or do not arrive."
    if usable is None:
        return "webhooks do not arrive, or are refused."
    return "webhooks do not arrive, since Stripe has no enabled endpoint for this site."


def _advise(usable: list[dict[str, Any]] | None) -> str:
    refused = (
        "If the log contains webhook_rejected, STRIPE_WEBHOOK_SECRET is not this endpoint's "
        "secret. Otherwise they do not arrive: check the endpoint's deliveries at "
        "https://dashboard.stripe.com/webhooks, and the proxy in front of this site."
    )
    is_absent = usable is not None and not usable
    return "See the webhook endpoint above." if is_absent else refused
