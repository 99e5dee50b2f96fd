"""The database router for sites with several databases: put it first in `DATABASE_ROUTERS`.

Note [One database, and its writer]
A payment is decided under row locks, in one transaction, from what was committed last. So all rows
of payments, the bookings and the users are in the database `default`, and are read from where they
are written: a replica that lags by a second shows no refund that was just made, and the same money
would be refunded again. Whatever other routers do with other models is no matter.
"""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models

from .conf import conf

_APP = "payments_graphql"


class PaymentsRouter:
    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Also for what one of our rows leads to, such as the user of a customer."""
        if is_of_payments(model) or is_of_payments(type(hints.get("instance"))):
            return DEFAULT_DB_ALIAS
        return None

    def db_for_write(self, model: type[models.Model], **_: Any) -> str | None:
        return DEFAULT_DB_ALIAS if is_of_payments(model) else None

    def allow_relation(self, one: models.Model, other: models.Model, **_: Any) -> bool | None:
        """A user who was read from a replica is a user of `default` too."""
        return True if is_of_payments(type(one)) or is_of_payments(type(other)) else None

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_: Any
    ) -> bool | None:
        name = f"{app_label}.{model_name or ''}".lower()
        if app_label == _APP or name == conf.PAYMENTS_BOOKING_MODEL.lower():
            return db == DEFAULT_DB_ALIAS
        return None


def is_of_payments(model: type) -> bool:
    """A model of ours, or the site's own bookings."""
    meta = getattr(model, "_meta", None)
    return meta is not None and (
        meta.app_label == _APP or meta.label_lower == conf.PAYMENTS_BOOKING_MODEL.lower()
    )


def list_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if is_of_payments(model)]
