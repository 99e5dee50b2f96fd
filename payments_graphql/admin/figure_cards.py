"""The figures of a period as they are shown: in words, with a link, compared with the period
before."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..figures import Figures, format_count, format_rate, format_sum
from ..figures.counting import DELAYS
from ..models import (
    FigureName,
    StripeDispute,
    StripeRefund,
    StripeWebhookEvent,
)
from .decline_words import describe_decline
from .figure_links import Rows


@dataclass(frozen=True)
class Card:
    title: str | Promise
    value: str
    note: str = ""
    before: str = ""
    url: str = ""


@dataclass(frozen=True)
class Section:
    title: str | Promise
    cards: list[Card]


@dataclass(frozen=True)
class Decline:
    reason: str
    code: str
    count: int
    share: str
    before: int
    url: str


class Cards:
    """`now` and `before` are the figures of the period and of the one before it."""

    def __init__(self, now: Figures, before: Figures, rows: Rows) -> None:
        self.now, self.before, self.rows = now, before, rows
        self.currency = rows.currency

    def list_sections(self, may_view: Callable[[type[Model]], bool]) -> Iterator[Section]:
        yield Section(_("Payments"), self.list_payments())
        if may_view(StripeRefund):
            yield Section(_("Refunds"), self.list_refunds())
        if may_view(StripeDispute):
            yield Section(_("Disputes"), self.list_disputes())
        if may_view(StripeWebhookEvent):
            yield Section(_("Webhooks"), self.list_webhooks())

    def list_payments(self) -> list[Card]:
        return [
            self.sum(FigureName.PAID, _("Paid")),
            self.success_rate(),
            self.sum(FigureName.NOT_PAID, _("Not paid")),
            self.sum(FigureName.AUTHORIZED, _("Waiting to be captured")),
            self.fees(),
        ]

    def list_refunds(self) -> list[Card]:
        return [
            self.sum(FigureName.REFUNDED, _("Refunded")),
            self.sum(FigureName.REFUNDS_OPEN, _("Refunds in progress")),
            self.sum(FigureName.REFUNDS_FAILED, _("Failed refunds")),
        ]

    def list_disputes(self) -> list[Card]:
        return [
            self.sum(FigureName.DISPUTED, _("Disputes opened")),
            self.sum(FigureName.DISPUTES_WON, _("Disputes won")),
            self.sum(FigureName.DISPUTES_LOST, _("Disputes lost")),
        ]

    def list_webhooks(self) -> list[Card]:
        name = FigureName.WEBHOOK_DELAY
        slowest, before = (
            figures.get(FigureName.WEBHOOK_SLOWEST) for figures in (self.now, self.before)
        )
        polled = self.now.get(FigureName.EVENTS_POLLED).count
        return [
            Card(
                _("Webhook delay"),
                describe_delay(self.now) or "-",
                note=_count_webhooks(slowest.count),
                before=_before(describe_delay(self.before)),
                url=self.rows.link(name),
            ),
            Card(
                _("Slowest webhook"),
                format_delay(slowest.largest) if slowest.count else "-",
                before=_before(format_delay(before.largest) if before.count else ""),
                url=self.rows.link(name),
            ),
            Card(
                _("Events without a webhook"),
                str(polled),
                note=gettext("found by payments_reconcile"),
                before=_before(str(self.before.get(FigureName.EVENTS_POLLED).count)),
                url=self.rows.link(FigureName.EVENTS_POLLED),
            ),
        ]

    def sum(self, name: FigureName, title: str | Promise) -> Card:
        now, before = (figures.get(name, self.currency) for figures in (self.now, self.before))
        was = f"{format_sum(before.amount, self.currency)}{_compare(now.amount, before.amount)}"
        return Card(
            title,
            format_sum(now.amount, self.currency),
            note=_NOTES[name](now.count) % {"count": format_count(now.count)},
            before=_before(was),
            url=self.rows.link(name),
        )

    def success_rate(self) -> Card:
        successful, tried = self.now.count_tried(self.currency)
        note = gettext("%(successful)s of %(tried)s payments that someone tried to pay")
        return Card(
            _("Success rate"),
            format_rate(successful, tried),
            note=note % {"successful": format_count(successful), "tried": format_count(tried)},
            before=_before(format_rate(*self.before.count_tried(self.currency))),
            url=self.rows.link_payments(),
        )

    def fees(self) -> Card:
        known = self.now.list_details(FigureName.FEES, self.currency)
        note = gettext("known for %(known)s of %(paid)s payments") % {
            "known": format_count(sum(one.count for one in known.values())),
            "paid": format_count(self.now.get(FigureName.PAID, self.currency).count),
        }
        fees, before = self._add_fees(self.now), self._add_fees(self.before)
        url = self.rows.link(FigureName.FEES) if fees else ""
        return Card(_("Fees"), fees or "-", note, _before(before), url)

    def list_declines(self) -> list[Decline]:
        now, before = (
            figures.list_details(FigureName.DECLINED, self.currency)
            for figures in (self.now, self.before)
        )
        attempts = sum(one.count for one in now.values())
        return [
            Decline(
                describe_decline(code),
                code,
                total.count,
                format_rate(total.count, attempts),
                before[code].count if code in before else 0,
                self.rows.link(FigureName.DECLINED, code),
            )
            for code, total in now.items()
        ]

    def _add_fees(self, figures: Figures) -> str:
        """Fees are in the account's currency, whatever the payment's."""
        details = figures.list_details(FigureName.FEES, self.currency)
        return ", ".join(format_sum(one.amount, currency) for currency, one in details.items())


def format_delay(milliseconds: int) -> str:
    seconds = milliseconds / 1000
    if seconds < 120:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    if seconds < 7200:
        return gettext("%(minutes)s min") % {"minutes": round(seconds / 60)}
    return gettext("%(hours)s h") % {"hours": round(seconds / 3600)}


def describe_delay(figures: Figures) -> str:
    """Within which of the counted delays at least 95 of 100 webhooks arrived."""
    counts = {
        detail: one.count for detail, one in figures.list_details(FigureName.WEBHOOK_DELAY).items()
    }
    missing = sum(counts.values()) * 0.95
    if not counts:
        return ""
    for seconds in DELAYS:
        missing -= counts.get(str(seconds), 0)
        if missing <= 0:
            return gettext("95%% within %(delay)s") % {"delay": format_delay(seconds * 1000)}
    return gettext("more than 5% took over an hour")


def _compare(now: int, before: int) -> str:
    if not before or now == before:
        return ""
    return f" ({100 * (now - before) / before:+.0f}%)"


def _before(was: str) -> str:
    return gettext("Before: %(value)s") % {"value": was} if was else ""


def _count_webhooks(count: int) -> str:
    return ngettext("%(count)s webhook", "%(count)s webhooks", count) % {
        "count": format_count(count)
    }


def _count_payments(count: int) -> str:
    return ngettext("%(count)s payment", "%(count)s payments", count)


def _count_refunds(count: int) -> str:
    return ngettext("%(count)s refund", "%(count)s refunds", count)


def _count_disputes(count: int) -> str:
    return ngettext("%(count)s dispute", "%(count)s disputes", count)


_NOTES: Mapping[str, Callable[[int], Any]] = {
    FigureName.PAID: _count_payments,
    FigureName.NOT_PAID: _count_payments,
    FigureName.AUTHORIZED: _count_payments,
    FigureName.REFUNDED: _count_refunds,
    FigureName.REFUNDS_OPEN: _count_refunds,
    FigureName.REFUNDS_FAILED: _count_refunds,
    FigureName.DISPUTED: _count_disputes,
    FigureName.DISPUTES_WON: _count_disputes,
    FigureName.DISPUTES_LOST: _count_disputes,
}
