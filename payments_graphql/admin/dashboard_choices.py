"""What a visitor of the dashboard chose: the period, the mode and the currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import figures
from ..figures import Figures, Mode, Period
from ..models import find_account_or_empty
from ..models.ours import get_livemode

PERIODS: tuple[tuple[int, str | Promise], ...] = (
    (1, _("Today")),
    (7, _("7 days")),
    (30, _("30 days")),
    (90, _("90 days")),
)
_DEFAULT = 30
PARAMETERS = frozenset({"days", "first", "last", "currency", "mode"})
"""Of the page's address."""


class DatesForm(forms.Form):
    """A period of the visitor's own. The names cannot be `from` and `to` in Python."""

    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("first"), values.get("last")
        if self.errors or (first is None and last is None):
            return values
        if first is None or last is None:
            raise forms.ValidationError(_("Enter both dates."))
        if not 0 <= (last - first).days < figures.LONGEST:
            text = _("Choose a period of 1 to %(most)s days.")
            raise forms.ValidationError(text, params={"most": figures.LONGEST})
        if not date(1970, 1, 1) <= first <= date(9000, 1, 1):
            raise forms.ValidationError(_("Choose another period."))
        return values


@dataclass(frozen=True)
class Option:
    value: str
    text: str | Promise
    is_chosen: bool
    url: str = ""


class Choices:
    """Reads the figures of the chosen period. An unknown mode or currency is ignored."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.form = DatesForm({name: query.get(name) for name in ("first", "last")})
        is_valid = self.form.is_valid()
        dates = self.form.cleaned_data
        has_dates = is_valid and dates["first"] is not None
        self.days = None if has_dates else _read_days(query)
        self.period = (
            Period(dates["first"], dates["last"])
            if self.days is None
            else Period.of_days(self.days)
        )
        self.ours: Mode = (find_account_or_empty(), get_livemode())
        self._by_mode = figures.read_figures(self.period)
        chosen = {_name(mode): mode for mode in self.modes}
        self.mode = chosen.get(query.get("mode", ""), self.ours)

    @cached_property
    def modes(self) -> list[Mode]:
        """Ours first."""
        others = sorted(mode for mode in self._by_mode if mode != self.ours and mode[0])
        return [self.ours, *others]

    @cached_property
    def figures(self) -> tuple[Figures, Figures]:
        """Of the period, and of the one before."""
        return self._by_mode.get(self.mode, (Figures({}), Figures({})))

    @cached_property
    def currencies(self) -> list[str]:
        now, before = self.figures
        return list(dict.fromkeys([*now.currencies, *before.currencies]))

    @cached_property
    def currency(self) -> str:
        """The most used one by default. Empty if there is none."""
        chosen = self.query.get("currency", "")
        return chosen if chosen in self.currencies else next(iter(self.currencies), "")

    def list_periods(self) -> list[Option]:
        return [
            Option(
                str(days),
                text,
                days == self.days,
                self.get_url(days=days, first=None, last=None),
            )
            for days, text in PERIODS
        ]

    def list_currencies(self) -> list[Option]:
        return [
            Option(one, one, one == self.currency, self.get_url(currency=one))
            for one in self.currencies
        ]

    def list_modes(self) -> list[Option]:
        return [Option(_name(one), self._describe(one), one == self.mode) for one in self.modes]

    def get_url(self, **changes: Any) -> str:
        kept = {name: self.query.get(name) for name in sorted(PARAMETERS)}
        values: Mapping[str, Any] = {**kept, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def _describe(self, mode: Mode) -> str:
        account, livemode = mode
        text = gettext("Live mode") if livemode else gettext("Test mode")
        is_of_ours = account == self.ours[0]
        return text if is_of_ours else f"{text}, {account}"


def _name(mode: Mode) -> str:
    return f"{'live' if mode[1] else 'test'}:{mode[0]}"


def _read_days(query: QueryDict) -> int:
    offered = {str(days): days for days, _text in PERIODS}
    return offered.get(query.get("days", ""), _DEFAULT)
