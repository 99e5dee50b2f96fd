"""Marks rows whose sums may have changed, so that checks cost only as much as has changed.

Note [Unchecked rows]
Whether a booking is overpaid depends on its own row and on its payments, refunds and disputes. Each
of these rows has `unchecked_since`, which every write that can change a sum sets in the same
statement: the field's default for a new row, or `save` and `QuerySet.update` here. A partial index
finds these rows. `payments_reconcile` checks their bookings and clears the mark if all is well. If
a person must decide, the mark stays. So only open cases are marked, even among a million rows, and
nothing is summed twice. A mark is cleared only if it is still the one that was read, so that a
concurrent change is not lost. A released reservation leaves no row to mark, so its booking's marks
are only cleared after the release. Raw SQL sets no mark, but `payments_reconcile --repair` checks
every booking."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .loading import FastLoadedModel

BOOKKEEPING = frozenset(
    {
        "as_of",
        "as_of_earliest",
        "next_read_at",
        "version",
        "created_at",
        "updated_at",
        "unchecked_since",
    }
)
"""Fields that no sum depends on. Any other field counts as one that a sum may depend on."""


class MarksUpdates:
    """A queryset that marks the rows it updates. See Note [Unchecked rows]."""

    beside_the_sums: frozenset[str] = BOOKKEEPING

    def update(self, **values: Any) -> int:
        if not self.beside_the_sums.issuperset(values):
            values.setdefault("unchecked_since", timezone.now())
        updated: int = super().update(**values)  # type: ignore[misc]  # the queryset's own
        return updated


class UncheckedQuerySet[Row: models.Model](MarksUpdates, models.QuerySet[Row]):
    pass


class UncheckedModel(FastLoadedModel):
    unchecked_since = models.DateTimeField(
        verbose_name=_("unchecked since"),
        null=True,
        blank=True,
        editable=False,
        default=timezone.now,
        help_text=_("When the sums changed. Empty once `payments_reconcile` has checked them."),
    )

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        self.unchecked_since = timezone.now()
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "unchecked_since"}
        super().save(*arguments, **options)


def make_index(name: str) -> models.Index:
    """An index of marked rows only."""
    condition = models.Q(unchecked_since__isnull=False)
    return models.Index(fields=("unchecked_since",), condition=condition, name=name)
