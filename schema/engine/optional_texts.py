"""Optional text: null for clients, an empty text in the database."""

from typing import Any

import strawberry
import strawberry_django

from .context import Info


def read_optional_text(root: strawberry.Parent[Any], info: Info) -> str | None:
    text: str = getattr(root, info.python_name)
    return text or None


def optional_text(*, description: str) -> Any:
    """A field that reads the attribute with its name: `brand: str | None = optional_text(...)`."""
    return strawberry_django.field(read_optional_text, description=description)
