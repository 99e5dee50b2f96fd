"""Rows that only programs write: Stripe's data and operations."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from .lists import LongListAdmin

if TYPE_CHECKING:  # generic for the type checker alone
    _TabularInline = admin.TabularInline[Any, Any]
    _InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    _TabularInline = admin.TabularInline
    _InlineFormSet = BaseInlineFormSet

MOST_INLINE_ROWS = 20


class _NoWriting:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_NoWriting, LongListAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The page of a row mostly shows the same related rows as the list."""
        rows: QuerySet[Any] = super().get_queryset(request)
        related = self.list_select_related
        return rows.select_related(*related) if isinstance(related, tuple) else rows


class _NewestFormSet(_InlineFormSet):
    """Limits inlines, since a customer can have half a million payments. The list shows all of
    them."""

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset()[:MOST_INLINE_ROWS]
        return self._newest


class ReadOnlyInline(_NoWriting, _TabularInline):
    formset = _NewestFormSet
    extra = 0
    can_delete = False
    show_change_link = True
    select_related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.select_related(*self.select_related) if self.select_related else queryset
