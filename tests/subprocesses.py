"""Other processes that use the database and the sandbox of the running test."""

import os
from typing import Any

from django.conf import settings
from django.db import connection


def get_database_url() -> str:
    """The test database's URL, for `DATABASE_URL`."""
    values: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    address = f"{values['HOST'] or '127.0.0.1'}:{values['PORT'] or 5432}"
    return f"postgres://{values['USER']}{password}@{address}/{values['NAME']}"


def get_environment(**values: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings.testing",
        "DATABASE_URL": get_database_url(),
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        **values,
    }
