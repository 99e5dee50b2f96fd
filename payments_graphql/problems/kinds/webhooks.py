"""Webhooks that do not arrive, or that we refuse."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ... import money
from ...models import EventSource, StripePaymentIntent, StripeWebhookEvent
from ...webhooks import refusals
from ..kind import Kind, Level, Rows, State
from .events import LATELY, list_newest

_FEW = 3
"""`payments_reconcile` can read an event before its webhook arrives, so one or two payments without
a webhook prove nothing."""
_SILENCE = timedelta(hours=1)
"""Without a webhook for this long, although customers pay, something is wrong."""
_ARRIVING = timedelta(minutes=5)
"""A webhook may take this long."""


def _list_without_webhook() -> QuerySet[Any]:
    """Payments since the last webhook, if it came over an hour ago."""
    now = timezone.now()
    last = _get_last_delivery()
    payments = StripePaymentIntent.objects.ours()
    if last is not None and now - last < _SILENCE:
        return payments.none()
    since = now - LATELY if last is None else last
    return payments.filter(
        created_at__gt=since,
        created_at__lt=now - _ARRIVING,
        stripe_payment_intent_id__isnull=False,
    )


def _get_last_delivery() -> datetime | None:
    delivered = list_newest().filter(source=EventSource.WEBHOOK)
    newest: StripeWebhookEvent | None = (
        delivered.only("received_at").order_by("-received_at").first()
    )
    return None if newest is None else newest.received_at


def _describe_payment(intent: StripePaymentIntent) -> str:
    amount = money.format_amount(intent.amount, intent.currency)
    return f"payment {intent.stripe_payment_intent_id} of {amount} brought no webhook"


def _find_refused() -> State | None:
    refused = refusals.get_refused()
    if refused is None:
        return None
    count, first, last = refused
    line = (
        f"{count} webhooks were refused since {first:%Y-%m-%d %H:%M} UTC, the last at "
        f"{last:%Y-%m-%d %H:%M} UTC, because their signature does not match"
    )
    return State(count, first, line)


SILENT = Kind(
    slug="silent_webhooks",
    title=_("payments without a webhook"),
    level=Level.WARNING,
    hint=_(
        "No webhook has arrived for an hour although customers pay. Check the endpoint's "
        "deliveries in Stripe's Dashboard and the proxy in front of this site. "
        "`payments_reconcile` reads the events until then."
    ),
    rows=(
        Rows(
            StripePaymentIntent,
            _list_without_webhook,
            _describe_payment,
            "created_at",
            amount=F("amount"),
            currency=F("currency"),
            minimum=_FEW,
        ),
    ),
    subject="webhooks",
)

REFUSED = Kind(
    slug="webhooks_refused",
    title=_("refused webhooks"),
    level=Level.WARNING,
    hint=_(
        "Their signature does not match: STRIPE_WEBHOOK_SECRET is not the endpoint's secret, or "
        "somebody else sends them. It clears with the next accepted webhook."
    ),
    get_state=_find_refused,
    subject="webhooks",
)
