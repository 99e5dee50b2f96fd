"""Reads user data from any user model."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import QuerySet

_NAMES = ("first_name", "last_name", "full_name", "name")


def get_full_name(user: Any) -> str:
    """Empty for a user model without names."""
    find = getattr(user, "get_full_name", str)
    return str(find() or "")


def get_email(user: Any) -> str:
    """Empty for a user model without e-mail addresses."""
    find = getattr(user, "get_email_field_name", None)
    return str(getattr(user, find(), "") or "") if find else ""


def list_all_users() -> QuerySet[Any]:
    """Every user, including those that the default manager of a site's model hides."""
    return QuerySet(get_user_model())


def list_by_key_or_username(name: str) -> Iterator[AbstractBaseUser]:
    """Yields a user twice if both match."""
    model = get_user_model()
    try:
        pk = model._meta.pk.to_python(name)
    except ValidationError:
        pk = None
    if str(pk) == name:  # not for "1_0" or " 10"
        yield from list_all_users().filter(pk=pk)
    yield from list_all_users().filter(**{model.USERNAME_FIELD: name})


def list_by_email(email: str) -> Iterator[AbstractBaseUser]:
    """Ignores case. Yields nobody if the user model has no e-mail addresses."""
    field = get_user_model().get_email_field_name()
    if _has_field(field):
        yield from list_all_users().filter(**{f"{field}__iexact": email})


def list_search_fields() -> list[str]:
    """The username field, and the e-mail field if it is a different one."""
    model = get_user_model()
    names = dict.fromkeys((model.USERNAME_FIELD, model.get_email_field_name()))
    return [name for name in names if _has_field(name)]


def list_name_fields() -> list[str]:
    """The fields that hold a person's name, by Django's and other usual names."""
    return [name for name in _NAMES if _has_field(name)]


def _has_field(name: str) -> bool:
    try:
        get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
