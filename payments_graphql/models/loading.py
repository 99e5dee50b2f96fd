from collections.abc import Iterable
from functools import cache
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

_make = object.__new__


class FastLoadedModel(models.Model):
    """Rows become instances in half of Django's time, which sets one attribute after another."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Iterable[str], values: Iterable[Any], **options: Any
    ) -> Self:
        # Usually no model has a receiver for these signals.
        is_watched = (pre_init.receivers or post_init.receivers) and _is_watched(cls)
        if is_watched or not _is_plain(cls):
            return super().from_db(db, field_names, values, **options)  # type: ignore[arg-type]  # any iterables will do
        state = _make(ModelState)
        state.adding, state.db = False, db
        state.fields_cache = {}  # Django would make it later, at the latest when the row is freed
        if options and options.get("fetch_mode") is not None:
            state.fetch_mode = options["fetch_mode"]
        loaded = _make(cls)
        attributes = loaded.__dict__
        attributes["_state"] = state
        attributes.update(zip(field_names, values, strict=True))
        return loaded


def _is_watched(model: type[models.Model]) -> bool:
    return pre_init.has_listeners(model) or post_init.has_listeners(model)


@cache
def _is_plain(model: type[models.Model]) -> bool:
    """Whether nothing of a site's own model would notice the difference."""
    attributes = (getattr(model, field.attname, None) for field in model._meta.concrete_fields)
    is_made_as_usual = model.__new__ is object.__new__ and model.__init__ is models.Model.__init__
    return is_made_as_usual and all(
        isinstance(attribute, DeferredAttribute) for attribute in attributes
    )
