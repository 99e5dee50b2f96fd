"""The page of the payouts. It has no rows of ours: Stripe is read each time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from ..errors import PaymentError
from ..figures import Period, format_sum
from ..figures.days import get_today
from ..models import Payouts
from ..policy import get_policy
from ..services.payouts import MOST, Payout, fetch_payout, fetch_payouts
from . import columns
from .dashboard_choices import DatesForm
from .exporting import offering
from .exporting.payout_lines import end_with_error, list_lines
from .own_page import OwnPageAdmin
from .payout_words import describe_failure, describe_status

_DAYS_BACK = 30
_DAYS_AHEAD = 7
"""Payouts take some days to arrive."""
_DATES = ("first", "last")
_ID = re.compile(r"po_\w{1,100}", re.ASCII)


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    payout: Payout
    downloads: list[tuple[str, str]]
    """Addresses and formats."""

    @property
    def amount(self) -> str:
        return format_sum(self.payout.amount, self.payout.currency)

    @property
    def status(self) -> str:
        return columns.format_status(self.payout.status, describe_status(self.payout.status))

    @property
    def failure(self) -> str:
        return describe_failure(self.payout.failure_code, self.payout.failure_message)

    @property
    def description(self) -> str:
        return columns.mask(self.payout.description)

    @property
    def link(self) -> str:
        return columns.dashboard_link("payouts", self.payout.id, livemode=self.payout.livemode)

    @property
    def why_no_download(self) -> str:
        if not self.payout.is_automatic:
            return gettext("Paid out by hand: Stripe does not say what it contains.")
        if not self.payout.is_itemized:
            return gettext("Stripe is still putting it together.")
        return ""


class Choices:
    """The chosen days of arrival, by default the last 30 and the next 7. Wrong ones choose
    nothing."""

    def __init__(self, query: QueryDict) -> None:
        self.form = DatesForm({name: query.get(name) for name in _DATES})
        self.period: Period | None = None
        if self.form.is_valid():
            first, last = (self.form.cleaned_data[name] for name in _DATES)
            self.period = _get_usual_period() if first is None else Period(first, last)
            self.form = DatesForm(self._name_days(self.period))

    def _name_days(self, period: Period) -> dict[str, str]:
        return {"first": period.first.isoformat(), "last": period.last.isoformat()}

    @property
    def query(self) -> str:
        return urlencode(self._name_days(self.period)) if self.period else ""

    def fetch(self) -> tuple[list[Payout], bool]:
        """Raises `PaymentError`."""
        if self.period is None:
            return [], False
        return fetch_payouts(self.period.first, self.period.last)


def _get_usual_period() -> Period:
    today = get_today()
    return Period(today - timedelta(days=_DAYS_BACK), today + timedelta(days=_DAYS_AHEAD))


@admin.register(Payouts)
class PayoutsAdmin(OwnPageAdmin):
    template = "admin/payments_graphql/payouts.html"
    parameters = frozenset(_DATES)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        policy = get_policy()
        return policy.may_see_everything(request.user) and policy.may_export(request.user)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [*super().get_urls(), path("export/<str:kind>/", view, name=name)]

    def make_context(self, request: HttpRequest) -> dict[str, Any]:
        choices = Choices(request.GET)
        payouts: list[Payout] = []
        has_more, problem = False, ""
        try:
            payouts, has_more = choices.fetch()
        except PaymentError as error:
            problem = error.message
        return {
            "choices": choices,
            "lines": [Line(one, list(_list_downloads(one))) for one in payouts],
            "downloads": list(_list_links(choices.query)) if payouts else [],
            "most": MOST if has_more else None,
            "problem": problem,
        }

    @transaction.non_atomic_requests
    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The payouts of some days, or the one that is named by `payout`."""
        if kind not in offering.KINDS or not offering.is_installed():
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        choices = Choices(request.GET)
        try:
            if "payout" in request.GET:
                payouts = [_fetch_named(request.GET["payout"])]
                name = payouts[0].id
            elif choices.period is None:
                return _back(request)  # the page says what is wrong with the dates
            else:
                payouts, _has_more = choices.fetch()
                name = "payouts"
            response = offering.respond(_list_lines(payouts, kind), kind, name)
        except PaymentError as error:
            messages.error(request, error.message)
            return _back(request)
        offering.record(request, self.model, kind)
        return response


def _fetch_named(stripe_id: str) -> Payout:
    if not _ID.fullmatch(stripe_id):
        raise Http404
    return fetch_payout(stripe_id)


def _list_lines(payouts: Iterable[Payout], kind: str) -> Iterator[list[Any]]:
    """A CSV is sent while Stripe is read, so it has to say itself that Stripe failed."""
    lines = list_lines(payouts)
    return end_with_error(lines) if kind == "csv" else lines


def _back(request: HttpRequest) -> HttpResponseRedirect:
    query = urlencode({name: request.GET[name] for name in _DATES if name in request.GET})
    return HttpResponseRedirect(f"{reverse('admin:payments_graphql_payouts_changelist')}?{query}")


def _list_downloads(payout: Payout) -> Iterator[tuple[str, str]]:
    if payout.is_itemized:
        yield from _list_links(urlencode({"payout": payout.id}))


def _list_links(query: str) -> Iterator[tuple[str, str]]:
    for kind in offering.KINDS if offering.is_installed() else ():
        url = reverse("admin:payments_graphql_payouts_export", args=(kind,))
        yield f"{url}?{query}", kind.upper()
