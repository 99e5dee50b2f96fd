from typing import Any

from django.conf import settings


def get(name: str, default: Any) -> Any:
    """At each access, so that `override_settings` works in tests."""
    return getattr(settings, name, default)
