"""Which settings a process runs under: known before Django is, and by one rule for every entry."""

import os
from pathlib import Path

from environs import Env

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"


def choose_settings(default: str) -> None:
    """`DJANGO_SETTINGS_MODULE` of the environment, or else of `.env`, or else `default`.

    A host that says in `.env` that it is production is it for `manage.py` as well as for its
    server.
    """
    if os.environ.get("DJANGO_SETTINGS_MODULE"):  # empty is not set
        return
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    env = Env()
    env.read_env(ENV_FILE, recurse=False)
    os.environ["DJANGO_SETTINGS_MODULE"] = env.str("DJANGO_SETTINGS_MODULE", "") or default
