"""Reads user data from any user model."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_USER = "user:"
_PROGRAMS: Mapping[str, str | Promise] = {
    "system:bookings": _("This site, after a change of the booking"),
    "system:card_testing": _("This site, on suspicion of card testing"),
    "system:customers": _("This site"),
    "system:erasure": _("This site, to erase a person"),
    "system:reconcile": _("This site, in its regular check"),
    "system:site": _("This site"),
}

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


def describe_actors(actors: Iterable[str]) -> dict[str, str]:
    """A text for each actor of an operation, such as `user:5` or `system:reconcile`.

    Only staff are named. Other users are shown by their primary key, since their names are personal
    data. Runs at most one statement.
    """
    wanted = dict.fromkeys(actors)
    keys = {actor: _read_key(actor) for actor in wanted if actor.startswith(_USER)}
    found = {user.pk: user for user in _list_by_keys(keys.values())}
    return {
        actor: describe_actor(actor, found.get(keys[actor]) if actor in keys else None)
        for actor in wanted
    }


def describe_actor(actor: str, user: Any) -> str:
    """Like `describe_actors`, for an actor whose user has been read already, or None."""
    if actor.startswith(_USER):
        return _describe_user(user, actor)
    return str(_PROGRAMS.get(actor, actor.removeprefix("system:")))


def get_name(user: Any) -> str:
    """The full name, or the username if there is none."""
    return get_full_name(user) or str(user.get_username())


def _read_key(actor: str) -> Any:
    try:
        return get_user_model()._meta.pk.to_python(actor.removeprefix(_USER))
    except ValidationError:
        return None


def _list_by_keys(keys: Iterable[Any]) -> Iterable[Any]:
    known = {key for key in keys if key is not None}
    return list_all_users().filter(pk__in=known) if known else ()


def _describe_user(user: Any, actor: str) -> str:
    key = actor.removeprefix(_USER)
    if user is None:
        return gettext("Deleted user %(key)s") % {"key": key}
    if getattr(user, "is_staff", False):
        return get_name(user)
    return gettext("User %(key)s") % {"key": key}


def _has_field(name: str) -> bool:
    try:
        get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
