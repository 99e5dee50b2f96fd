from collections.abc import Iterable
from functools import cache
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init


class FastLoadedModel(models.Model):
    """Rows become instances in half of Django's time, which sets one attribute after another."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Iterable[str], values: Iterable[Any], **options: Any
    ) -> Self:
        if not _is_plain(cls) or _is_watched(cls):
            return super().from_db(db, field_names, values, **options)  # type: ignore[arg-type]  # any iterables will do
        loaded = cls.__new__(cls)
        state = ModelState()
        # Django would make `fields_cache` when it is first asked for, at the latest by `__del__`.
        vars(state).update(adding=False, db=db, fields_cache={})
        if options.get("fetch_mode") is not None:
            state.fetch_mode = options["fetch_mode"]
        loaded.__dict__.update(zip(field_names, values, strict=True), _state=state)
        return loaded


def _is_watched(model: type[models.Model]) -> bool:
    """Mostly nobody listens to either signal, for any model."""
    if not pre_init.receivers and not post_init.receivers:
        return False
    return pre_init.has_listeners(model) or post_init.has_listeners(model)


@cache
def _is_plain(model: type[models.Model]) -> bool:
    """Whether nothing of a site's own model would notice the difference."""
    attributes = (getattr(model, field.attname, None) for field in model._meta.concrete_fields)
    return model.__init__ is models.Model.__init__ and all(
        isinstance(attribute, DeferredAttribute) for attribute in attributes
    )
