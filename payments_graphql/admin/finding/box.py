"""What the search box of the start page finds: one object, or a few of each kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import display_for_field, label_for_field, lookup_field, quote
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from ...models import (
    Operation,
    RefundRequest,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
    get_booking_model,
    of_ours,
)
from ...texts import UNSTORABLE
from .conditions import list_conditions
from .lenses import get_lens
from .rows import NamedRows
from .searching import narrow
from .terms import Id, list_meanings

MOST_OF_KIND = 20


@dataclass(frozen=True)
class Group:
    """The rows of one kind, each with the columns of its list."""

    title: str
    headings: Sequence[tuple[str, str]]
    """The names of the columns, and their headings."""
    rows: Sequence[Any]
    cells: Sequence[tuple[str, Sequence[tuple[tuple[str, str], Any]]]]
    """For each row the address of its page, and its values, each with its heading."""
    has_more: bool
    list_url: str


@dataclass(frozen=True)
class Findings:
    groups: list[Group]
    only: Any | None
    """The row that the text leads to directly."""


class Box:
    """One search by one person. Kinds that the person may not view are not searched."""

    def __init__(self, site: AdminSite, request: HttpRequest, text: str) -> None:
        self._request = request
        self._text = text
        self._meanings = list_meanings(text)
        self._named = NamedRows()
        self._admins = find_admins(site, request)

    def find(self) -> Findings:
        """Raises `ProviderError` while the account of the current keys is not known."""
        if any(meaning.is_id for meaning in self._meanings):
            found = self._find_by_id(self._meanings[0].ids[0])
            if found is not None:
                return found
        groups = list(self._list_groups())
        return Findings(groups, _find_only(groups))

    def _find_by_id(self, one: Id) -> Findings | None:
        if one.prefix == "acct":
            return None
        rows = [row for row in self._named.list_of(one) if self._may_see(row)]
        if len(rows) == 1:
            return Findings([], rows[0])
        by_model: dict[type[Model], list[Any]] = {}
        for row in rows:
            by_model.setdefault(type(row), []).append(row)
        groups = [self._make_group(model, found) for model, found in by_model.items()]
        return Findings(groups, None) if self._named.list_of(one) else None

    def _may_see(self, row: Any) -> bool:
        model = type(row)
        if model not in self._admins:
            return False
        ours = _ours(model)
        return ours is None or QuerySet(model).filter(ours, pk=row.pk).exists()

    def _list_groups(self) -> Iterator[Group]:
        payments = self._search(StripePaymentIntent)
        yield from self._show(StripePaymentIntent, payments)
        for model in (StripeRefund, StripeDispute):
            yield from self._show(model, self._list_of_payments(model, payments))
        for other in (StripeCustomer, get_booking_model()):
            yield from self._show(other, self._search(other))
        # Other searches would list the events and operations of each payment found.
        if any(meaning.is_id for meaning in self._meanings):
            yield from self._show(StripeWebhookEvent, self._search(StripeWebhookEvent))
        yield from self._show(Operation, self._list_by_key())

    def _list_by_key(self) -> list[Any]:
        key = self._text.strip()
        if Operation not in self._admins or not key or UNSTORABLE.search(key) or len(key) > 255:
            return []
        return list(self._get_rows(Operation).filter(key=key)[: MOST_OF_KIND + 1])

    def _search(self, model: type[Model]) -> list[Any]:
        """One more than is shown."""
        if model not in self._admins:
            return []
        return list(narrow(self._get_rows(model), self._meanings, self._named)[: MOST_OF_KIND + 1])

    def _list_of_payments(self, model: type[Model], payments: list[Any]) -> list[Any]:
        """Of the payments found, or of the same amount."""
        if model not in self._admins:
            return []
        amounts = [one for one in self._meanings if one.amount is not None]
        condition = Q(payment_intent__in=[intent.pk for intent in payments])
        for one in list_conditions(get_lens(model), amounts, self._named):
            condition |= one
        if not payments and not amounts:
            return []
        return list(self._get_rows(model).filter(condition)[: MOST_OF_KIND + 1])

    def _get_rows(self, model: type[Model]) -> QuerySet[Any]:
        admin = self._admins[model]
        rows: QuerySet[Any] = admin.get_queryset(self._request)
        related = admin.get_list_select_related(self._request)
        if related:
            rows = rows.select_related(*related)
        if model is StripeWebhookEvent:
            rows = rows.defer("payload")
        ours = _ours(model)
        return rows if ours is None else rows.filter(ours)

    def _show(self, model: type[Model], rows: list[Any]) -> Iterator[Group]:
        if rows:
            yield self._make_group(model, rows)

    def _make_group(self, model: type[Model], rows: list[Any]) -> Group:
        options = model._meta
        url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
        admin, shown = self._admins[model], rows[:MOST_OF_KIND]
        names = list(admin.get_list_display(self._request))
        headings = [(name, capfirst(str(label_for_field(name, model, admin)))) for name in names]
        return Group(
            title=capfirst(str(options.verbose_name_plural)),
            headings=headings,
            rows=shown,
            cells=[
                (link_to(row), list(zip(headings, _list_values(admin, row, names), strict=True)))
                for row in shown
            ],
            has_more=len(rows) > MOST_OF_KIND,
            list_url=f"{url}?{urlencode({'q': self._text})}",
        )


_KINDS = (
    StripePaymentIntent, StripeRefund, StripeDispute, StripeCustomer, StripeWebhookEvent,
    Operation, StripePaymentMethod, StripeSetupIntent, RefundRequest,
)  # fmt: skip


def find_admins(site: AdminSite, request: HttpRequest) -> Mapping[type[Model], Any]:
    """Of the kinds that the person may view."""
    return {
        model: admin
        for model in (*_KINDS, get_booking_model())
        if (admin := _find_admin(site, model)) and admin.has_view_permission(request)
    }


def _find_admin(site: AdminSite, model: type[Model]) -> Any:
    return site.get_model_admin(model) if site.is_registered(model) else None


def _list_values(admin: Any, row: Model, names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        field, _attribute, value = lookup_field(name, row, admin)
        yield value if field is None else display_for_field(value, field, "")


def link_to(row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=(quote(row.pk),))


def _ours(model: type[Model]) -> Q | None:
    """Bookings have no mode."""
    return None if model is get_booking_model() else of_ours("")


def _find_only(groups: Sequence[Group]) -> Any | None:
    """A single row, or a single payment with its own refunds and disputes."""
    rows = [row for group in groups for row in group.rows]
    payments = [row for row in rows if isinstance(row, StripePaymentIntent)]
    if len(rows) == 1:
        return rows[0]
    if len(payments) == 1 and all(
        row == payments[0]
        or (
            isinstance(row, StripeRefund | StripeDispute)
            and row.payment_intent_id == payments[0].pk
        )
        for row in rows
    ):
        return payments[0]
    return None
