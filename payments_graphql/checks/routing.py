"""Checks that everything a payment reads and writes is in one database."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, models, router

from ..routers import PaymentsRouter, list_models
from .messages import TAG, make_error

_ROUTER = "payments_graphql.routers.PaymentsRouter"
_FIRST = f'Put "{_ROUTER}" first in DATABASE_ROUTERS.'
_TRIES = 20
"""How often to ask each router, since a router may choose a database at random."""


@checks.register(TAG)
def check_routing(**_: object) -> list[checks.CheckMessage]:
    """See Note [One database, and its writer]."""
    if not settings.DATABASE_ROUTERS:
        return []
    return [*_find_other_readers(), *_find_other_writers()]


def _find_other_readers() -> Iterator[checks.CheckMessage]:
    read = list_models()
    if not any(isinstance(one, PaymentsRouter) for one in router.routers):
        # Otherwise Django refuses to relate a customer to a user from another database.
        read.append(get_user_model())
    names = [model._meta.label for model in read if _is_elsewhere(router.db_for_read, model)]
    if names:
        message = (
            f"DATABASE_ROUTERS read {_list(names)} from a database other than 'default': a "
            "lagging replica could cause double refunds."
        )
        yield make_error(53, message, _FIRST)


def _find_other_writers() -> Iterator[checks.CheckMessage]:
    ours = [one for one in list_models() if _is_elsewhere(router.db_for_write, one)]
    others = [one for one in _list_others() if _is_elsewhere(router.db_for_write, one)]
    what = "in a database other than 'default', but payments need them in one transaction"
    if ours:
        message = f"DATABASE_ROUTERS store {_list([one._meta.label for one in ours])} {what}."
        yield make_error(54, message, _FIRST)
    if others:
        message = f"DATABASE_ROUTERS store {_list([one._meta.label for one in others])} {what}."
        yield make_error(54, message, "Route them to 'default', where the payments are.")


def _list_others() -> Iterator[type[models.Model]]:
    """Other models that payments use together with our own."""
    yield get_user_model()
    yield apps.get_model("contenttypes.ContentType")
    if apps.is_installed("knox"):
        yield apps.get_model("knox.AuthToken")


def _is_elsewhere(ask: Callable[[Any], str], model: type[models.Model]) -> bool:
    return any(ask(model) != DEFAULT_DB_ALIAS for _ in range(_TRIES))


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and other models"
