"""Chooses the settings module before Django starts, by one rule for every entry point."""

import os
from pathlib import Path

from environs import Env

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"


def choose_settings(default: str) -> None:
    """`DJANGO_SETTINGS_MODULE` from the environment, from `.env`, or `default`, in this order.

    So a host whose `.env` says production uses it for `manage.py` as well as for its server.
    """
    if os.environ.get("DJANGO_SETTINGS_MODULE"):  # an empty value counts as not set
        return
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    env = Env()
    env.read_env(ENV_FILE, recurse=False)
    os.environ["DJANGO_SETTINGS_MODULE"] = env.str("DJANGO_SETTINGS_MODULE", "") or default
