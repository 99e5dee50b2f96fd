"""Values for the pages of the admin. E-mail addresses and anything like a secret are masked."""

import json
from typing import Any
from urllib.parse import quote as quote_url

from django.contrib.admin.utils import quote
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from .. import money, people
from ..conf import conf
from ..log_redaction import redact_text, redact_value
from ..models import OwnedModel

__all__ = [
    "correlation_link",
    "dashboard_link",
    "format_amount",
    "format_status",
    "link",
    "mask",
    "mask_email_of",
    "owner",
    "pretty_json",
    "stripe_id",
]


CORRELATION = "correlation:"
"""Before a correlation id in a search, since a client can choose one that looks like a name."""


def mask(value: object) -> str:
    return redact_text(str(value))


def owner(row: OwnedModel) -> str:
    """The user of a customer or booking."""
    return gettext("deleted user") if row.user_id is None else mask(row.user)


def mask_email_of(user: Any) -> str:
    return mask(people.get_email(user))


def format_amount(minor_units: int, currency: str) -> str:
    return money.format_amount(minor_units, currency)


_TONES = {
    "good": ("succeeded", "paid", "processed", "won", "prevented", "approved"),
    "bad": ("failed", "dead", "lost", "needs_review", "needs_response", "appeal_needs_response"),
    "idle": ("canceled", "ignored", "warning_closed", "rejected", "withdrawn", "expired"),
}


def format_status(status: str, label: str) -> SafeString:
    """The status as a colored word. Every status that is neither good, bad nor idle is waiting."""
    tone = next((tone for tone, statuses in _TONES.items() if status in statuses), "waiting")
    return format_html('<span class="payments-status payments-status-{}">{}</span>', tone, label)


def stripe_id(value: str | None) -> str:
    """A row is written before Stripe is called, and gets its Stripe id with the response."""
    return value or gettext("not accepted yet")


def link(row: models.Model | None, text: str = "") -> str:
    """A link to the page of the row, if the admin has one."""
    if row is None:
        return "-"
    label = text or mask(row)
    names = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    try:
        return format_html('<a href="{}">{}</a>', reverse(names, args=(quote(row.pk),)), label)
    except NoReverseMatch:
        return label


def dashboard_link(room: str, stripe_id: str | None, *, livemode: bool, text: str = "") -> str:
    """A link to the object in Stripe's dashboard, or on the pages of the sandbox."""
    if not stripe_id:
        return "-"
    url = f"{_find_room(room, livemode=livemode)}/{quote_url(stripe_id)}"
    label = text or (
        gettext("Open in the sandbox") if conf.STRIPE_API_BASE else gettext("Open at Stripe")
    )
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, label)


def _find_room(room: str, *, livemode: bool) -> str:
    if conf.STRIPE_API_BASE:
        pages = "requests" if room == "logs" else "objects"
        return f"{conf.STRIPE_API_BASE.rstrip('/')}/_sandbox/{pages}"
    mode = "" if livemode else "test/"
    return f"https://dashboard.stripe.com/{mode}{room}"


def correlation_link(correlation_id: str, model: type[models.Model]) -> str:
    """The beginning of the id, all of it as a tooltip, and a link to the rows of `model` that have
    it too. A list has no room for more."""
    if not correlation_id:
        return "-"
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    try:
        url = f"{reverse(name)}?q={quote_url(CORRELATION + correlation_id)}"
    except NoReverseMatch:
        return correlation_id
    return format_html('<a href="{}" title="{}">{}</a>', url, correlation_id, correlation_id[:8])


def pretty_json(value: Any) -> SafeString | str:
    if value in (None, {}):
        return "-"
    text = json.dumps(redact_value(value), indent=2, ensure_ascii=False, default=str)
    return format_html('<pre class="payments-json">{}</pre>', text)
