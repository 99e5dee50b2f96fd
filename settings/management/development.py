"""What must hold before anything makes users with a known password.

Note [Only a database of development]
`seed`, `serve` and `demo` make a superuser whose password is in this repository. On a host whose
`manage.py` runs under the development settings by mistake, DEBUG says nothing. So they refuse live
keys, and any database but the one that `DEVELOPMENT_DATABASE` names: the local file unless
it is set. It is a name and not a switch, so that it opens one database and never the next one.
"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from payments_graphql.conf import conf


def refuse_production(command: str) -> None:
    """Raises `CommandError`, which says what to do."""
    if not settings.DEBUG:
        raise CommandError(
            f"{command} makes users with a known password: it runs under the development settings "
            "alone (DJANGO_SETTINGS_MODULE=settings.development)."
        )
    refuse_live_keys(command)
    if not _is_for_development():
        raise CommandError(
            f"{command} makes users with a known password, and {_get_name()!r} is not known as a "
            "database of development. If it is one, repeat its name: "
            f"DEVELOPMENT_DATABASE={_get_name()}"
        )


def refuse_live_keys(command: str) -> None:
    if conf.livemode or conf.STRIPE_PUBLISHABLE_KEY.startswith("pk_live_"):
        raise CommandError(
            f"{command} is for development, and Stripe's keys are live: use test keys."
        )


def _is_for_development() -> bool:
    named, name = getattr(settings, "DEVELOPMENT_DATABASE", ""), _get_name()
    if not named:
        return False
    if connection.vendor == "sqlite":
        return Path(named).resolve() == Path(name).resolve()
    return named == name


def _get_name() -> str:
    return str(connection.settings_dict["NAME"])
