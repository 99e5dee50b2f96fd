"""Checks that must pass before users with a known password are created.

Note [Only a database of development]
`seed`, `serve` and `demo` create a superuser whose password is in this repository. DEBUG is not
enough: a host may run `manage.py` with the development settings by mistake. So these commands
refuse live keys, and any database other than `DEVELOPMENT_DATABASE`, by default the local file. The
setting is a name rather than a switch, so it allows one database and no other.
"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from payments_graphql.conf import conf


def refuse_production(command: str) -> None:
    """Raises `CommandError` with what to do."""
    if not settings.DEBUG:
        raise CommandError(
            f"{command} creates users with a known password: run it only with the development "
            "settings (DJANGO_SETTINGS_MODULE=settings.development)."
        )
    refuse_live_keys(command)
    if not _is_for_development():
        raise CommandError(
            f"{command} creates users with a known password, but {_get_name()!r} is not known as "
            "a development database. If it is one, confirm its name: "
            f"DEVELOPMENT_DATABASE={_get_name()}"
        )


def refuse_live_keys(command: str) -> None:
    if conf.livemode or conf.STRIPE_PUBLISHABLE_KEY.startswith("pk_live_"):
        raise CommandError(
            f"{command} is for development, but Stripe's keys are live. Use test keys."
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
