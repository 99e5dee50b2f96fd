"""The columns of the lists. Short, so that a list fits a screen; the page of a row has the rest."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeDispute, StripePaymentIntent, StripePaymentMethod, StripeRefund
from . import columns
from .decline_words import describe_decline

_LONGEST_TEXT = 60


def format_time(value: Any) -> SafeString | str:
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        date_format(local, "DATETIME_FORMAT"),
        date_format(local, "j\xa0M\xa0Y, H:i"),  # on two lines where there is little room
    )


def shorten_id(stripe_id: str | None) -> SafeString | str:
    """The end of an id tells two of them apart. The whole id is in the page's source, for a search
    in the browser and for screen readers."""
    if stripe_id is None:
        return gettext("not accepted yet")
    return format_html('<span class="payments-id" title="{0}">{0}</span>', stripe_id)


def with_note(main: Any, note: Any) -> SafeString | Any:
    """A value with a second, quiet line."""
    if not note:
        return main
    return format_html('{} <span class="payments-note">{}</span>', main, note)


def shorten(text: str) -> str:
    return Truncator(columns.mask(text)).chars(_LONGEST_TEXT) if text else ""


def put_in_words(code: str) -> str:
    """A code of Stripe, such as `insufficient_funds`."""
    return code.replace("_", " ").capitalize()


def describe_failure(error: Any) -> str:
    """Why the last attempt failed. Staff see the bank's own reason."""
    if not isinstance(error, dict):
        return ""
    code = error.get("decline_code") or error.get("code") or ""
    return columns.mask(describe_decline(str(code)))


class MadeColumn:
    @admin.display(description=_("date"), ordering="created_at")
    def made(self, row: Any) -> SafeString | str:
        return format_time(row.created_at)


class StatusColumn(MadeColumn):
    @admin.display(description=_("status"))
    def status_word(self, row: Any) -> SafeString:
        return columns.format_status(row.status, row.get_status_display())


class PaymentColumns(StatusColumn):
    @admin.display(description=_("Stripe id"))
    def short_id(self, intent: StripePaymentIntent) -> SafeString | str:
        return shorten_id(intent.stripe_payment_intent_id)

    @admin.display(description=_("status"))
    def status_word(self, row: StripePaymentIntent) -> SafeString:
        word = super().status_word(row)
        note = "" if row.status == "succeeded" else describe_failure(row.last_error)
        return SafeString(with_note(word, note))

    @admin.display(description=_("amount"))
    def amount_paid(self, intent: StripePaymentIntent) -> SafeString | str:
        amount = columns.format_amount(intent.amount, intent.currency)
        refunded = intent.amount_refunded
        if not refunded:
            return amount
        back = columns.format_amount(refunded, intent.currency)
        return SafeString(with_note(amount, gettext("%(amount)s refunded") % {"amount": back}))

    @admin.display(description=_("paid with"))
    def card(self, intent: StripePaymentIntent) -> str:
        return intent.payment_method.label if intent.payment_method else ""

    @admin.display(description=_("for"))
    def purpose(self, intent: StripePaymentIntent) -> SafeString | str:
        text = shorten(intent.description)
        if intent.booking is None:
            return text
        return SafeString(with_note(columns.link(intent.booking), text))


class RefundColumns(StatusColumn):
    @admin.display(description=_("Stripe id"))
    def short_id(self, refund: StripeRefund) -> SafeString | str:
        return shorten_id(refund.stripe_refund_id)

    @admin.display(description=_("status"))
    def status_word(self, row: StripeRefund) -> SafeString:
        word = super().status_word(row)
        return SafeString(with_note(word, put_in_words(row.failure_reason)))

    @admin.display(description=_("reason"))
    def why(self, refund: StripeRefund) -> SafeString | str:
        reason = refund.get_reason_display() if refund.reason else ""
        return SafeString(with_note(reason, shorten(refund.description)))


class DisputeColumns(StatusColumn):
    @admin.display(description=_("Stripe id"))
    def short_id(self, dispute: StripeDispute) -> SafeString | str:
        return shorten_id(dispute.stripe_dispute_id)

    @admin.display(description=_("evidence due by"))
    def due(self, dispute: StripeDispute) -> SafeString | str:
        return format_time(dispute.evidence_due_by)

    @admin.display(description=_("reason"))
    def why(self, dispute: StripeDispute) -> str:
        return put_in_words(dispute.reason)


class MethodColumns(MadeColumn):
    @admin.display(description=_("expires"))
    def expires(self, method: StripePaymentMethod) -> str:
        if method.exp_month is None or method.exp_year is None:
            return "-"
        text = f"{method.exp_month:02}/{method.exp_year}"
        return f"{text} ({gettext('expired')})" if method.is_expired else text

    @admin.display(description=_("saved"))
    def saved(self, method: StripePaymentMethod) -> str:
        if not method.is_attached:
            return ""
        return gettext("default") if method.is_default else gettext("saved")


def link_short(row: Any) -> str:
    """A link with the end of the row's Stripe id."""
    if row is None:
        return ""
    names = ("payment_intent", "refund", "dispute", "setup_intent")
    ids = (getattr(row, f"stripe_{name}_id", None) for name in names)
    return columns.link(row, shorten_id(next(filter(None, ids), None)))
