"""Optional text: null for clients, an empty text in the database."""

from typing import Any

import strawberry
import strawberry_django

from .context import Info


def optional_text(*, description: str) -> Any:
    """A field that reads the attribute with its name: `brand: str | None = optional_text(...)`."""

    def read(root: strawberry.Parent[Any], info: Info) -> str | None:
        text: str = getattr(root, info.python_name)
        return text or None

    return strawberry_django.field(read, description=description)
