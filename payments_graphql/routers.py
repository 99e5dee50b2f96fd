"""The database router for sites with several databases. Put it first in `DATABASE_ROUTERS`.

Note [One database, and its writer]
Payments are decided under row locks, in one transaction, from the latest committed data. So all
payments, bookings and users are in the database `default` and are read from where they are written.
A replica that lags by a second would not show a refund just made, and the same money would be
refunded again. Other routers decide about all other models.
"""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models

from .conf import conf

_APP = "payments_graphql"


class PaymentsRouter:
    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Also routes reads of related objects, such as a customer's user."""
        if is_of_payments(model) or is_of_payments(type(hints.get("instance"))):
            return DEFAULT_DB_ALIAS
        return None

    def db_for_write(self, model: type[models.Model], **_: Any) -> str | None:
        return DEFAULT_DB_ALIAS if is_of_payments(model) else None

    def allow_relation(self, one: models.Model, other: models.Model, **_: Any) -> bool | None:
        """Allows a relation to a user who was read from a replica: `default` has the same user."""
        return True if is_of_payments(type(one)) or is_of_payments(type(other)) else None

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_: Any
    ) -> bool | None:
        name = f"{app_label}.{model_name or ''}".lower()
        if app_label == _APP or name == conf.PAYMENTS_BOOKING_MODEL.lower():
            return db == DEFAULT_DB_ALIAS
        return None


def is_of_payments(model: type) -> bool:
    """Whether it is one of our models or the site's booking model."""
    meta = getattr(model, "_meta", None)
    return meta is not None and (
        meta.app_label == _APP or meta.label_lower == conf.PAYMENTS_BOOKING_MODEL.lower()
    )


def list_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if is_of_payments(model)]
