"""Ends a token when its user's password changes, as Django ends sessions.

People often change a password because somebody else knows it. Any `save()` that writes another hash
counts, also when Django renews an outdated hash at sign-in. `QuerySet.update` and `bulk_update`
send no signal: code that changes passwords with them must delete the tokens itself. A stream that
was opened with the token ends at its next heartbeat.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.db.models.signals import post_save, pre_save
from knox.models import get_token_model

_IS_CHANGING = "_payments_password_is_changing"


def connect() -> None:
    # For every model: a subclass or a proxy of the user model sends its own class.
    pre_save.connect(_before_save, dispatch_uid="payments_graphql.ending_tokens")
    post_save.connect(_after_save, dispatch_uid="payments_graphql.ending_tokens")


def _before_save(
    instance: Model, using: str, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """Deletes the tokens first: outside of a transaction, a crash can follow the change
    immediately."""
    if not isinstance(instance, get_user_model()) or instance.pk is None:
        return
    is_written = update_fields is None or "password" in update_fields
    if not is_written or "password" in instance.get_deferred_fields():
        return
    # Includes users that a manager of the site hides.
    rows: QuerySet[AbstractBaseUser] = QuerySet(get_user_model()).using(using)
    stored = rows.filter(pk=instance.pk).values_list("password", flat=True).first()
    if stored is not None and stored != instance.password:
        setattr(instance, _IS_CHANGING, True)
        _end_tokens(instance)


def _after_save(instance: Model, **_: Any) -> None:
    """Also deletes tokens that were issued in the meantime for the old password."""
    if isinstance(instance, AbstractBaseUser) and instance.__dict__.pop(_IS_CHANGING, False):
        _end_tokens(instance)


def _end_tokens(user: AbstractBaseUser) -> None:
    get_token_model().objects.filter(user_id=user.pk).delete()
