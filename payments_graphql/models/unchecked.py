"""Rows whose sums have changed, so that looking for what is wrong costs as much as has changed.

Note [Unchecked rows]
Whether a booking is overpaid depends on its own row and on those of its payments, refunds and
disputes. Each of them carries `unchecked_since`, which every write that can change a sum sets, in
the same statement: a new row by the field's default, `save` and `QuerySet.update` here. A partial
index finds these rows. `payments_reconcile` looks at their bookings and clears the mark where
nobody is needed; where somebody is, the mark stays. So the marked rows are the open ones, among a
million others, and nothing is summed twice. The mark is cleared only if it is still the one that
was read, as a change meanwhile must not be lost. A reservation that is given back leaves no row to
be marked: the marks of its booking are cleared after that only. Raw SQL passes by:
`payments_reconcile --repair` looks at every booking."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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
"""Fields that no sum depends on. A field that is not known to be one of these counts."""


class MarksUpdates:
    """A queryset that marks what it updates. See Note [Unchecked rows]."""

    beside_the_sums: frozenset[str] = BOOKKEEPING

    def update(self, **values: Any) -> int:
        if not self.beside_the_sums.issuperset(values):
            values.setdefault("unchecked_since", timezone.now())
        updated: int = super().update(**values)  # type: ignore[misc]  # the queryset's own
        return updated


class UncheckedQuerySet[Row: models.Model](MarksUpdates, models.QuerySet[Row]):
    pass


class UncheckedModel(models.Model):
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
    """Of the marked rows alone."""
    condition = models.Q(unchecked_since__isnull=False)
    return models.Index(fields=("unchecked_since",), condition=condition, name=name)
