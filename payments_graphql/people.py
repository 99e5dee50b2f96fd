"""What is known of a user, whatever model the site has for them."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist


def get_full_name(user: Any) -> str:
    """Empty for a model without names."""
    find = getattr(user, "get_full_name", str)
    return str(find() or "")


def get_email(user: Any) -> str:
    """Empty for a model without addresses."""
    find = getattr(user, "get_email_field_name", None)
    return str(getattr(user, find(), "") or "") if find else ""


def list_search_fields() -> list[str]:
    """The name to sign in with, and the e-mail address where it is another field."""
    model = get_user_model()
    names = dict.fromkeys((model.USERNAME_FIELD, model.get_email_field_name()))
    return [name for name in names if _has_field(name)]


def _has_field(name: str) -> bool:
    try:
        get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
