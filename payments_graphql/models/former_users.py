"""What remains of a deleted user: the primary key, so that payments keep an owner.

See Note [A payment has an owner].
"""

from typing import Any, TypeGuard

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Cast
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from .loading import FastLoadedModel

_PRIMARY_KEY = Cast(F("user_id"), models.CharField(max_length=255))


def forget_user(collector: Any, field: Any, rows: Any, using: str) -> None:
    """`on_delete` for a foreign key to the user: sets it to null and keeps the key as text."""
    # In this order, since the second statement clears what the first one reads.
    collector.add_field_update(field.model._meta.get_field("former_user"), _PRIMARY_KEY, rows)
    collector.add_field_update(field, None, rows)


# As in Django's SET_NULL: the rows need not be loaded.
forget_user.lazy_sub_objs = True  # type: ignore[attr-defined]  # Django's own flag for on_delete


class OwnedModel(FastLoadedModel):
    """A row with a `user` that outlives the user."""

    user: Any
    user_id: Any

    former_user = models.CharField(
        verbose_name=_("former user"),
        max_length=255,
        blank=True,
        editable=False,
        help_text=_("The primary key of the deleted user. Only used while there is no user."),
    )

    class Meta:
        abstract = True


def is_signed_in(user: AbstractBaseUser | AnonymousUser) -> TypeGuard[AbstractBaseUser]:
    """False for a user who has just been deleted, too: without a primary key they would match rows
    without an owner."""
    return user.is_authenticated and user.pk is not None


def have_same_owner(one: OwnedModel, other: OwnedModel) -> bool:
    """Two rows without a user have the same owner only if the same user was deleted."""
    if one.user_id is not None or other.user_id is not None:
        return bool(one.user_id == other.user_id)
    return one.former_user != "" and one.former_user == other.former_user


def of_same_owner(expression: type[F | OuterRef], *, of: str = "") -> Q:
    """`have_same_owner` in SQL, for a payment's customer and the booking at the path `of`."""
    return Q(customer__user_id=expression(f"{of}user_id")) | (
        Q(customer__former_user=expression(f"{of}former_user"))
        & Q(customer__user__isnull=True, customer__former_user__gt="")
        & Q(IsNull(expression(f"{of}user_id"), True))
    )
