"""Exports what is stored about a person. Amounts are in minor units of their currency."""

import json
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from .. import people
from ..models import AbstractBooking
from .people import PersonKept

__all__ = ["export"]


def export(person: PersonKept) -> str:
    """Returns JSON."""
    kept: dict[str, Any] = {"person": person.identity, "user": _describe(person.user)}
    for name, rows in person.list_rows().items():
        kept[name] = [_read(row) for row in rows.order_by("pk")]
    return json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _describe(user: AbstractBaseUser | None) -> dict[str, str] | None:
    """The user's data that we read and send to Stripe. The site exports the rest."""
    if user is None:
        return None
    return {
        "username": user.get_username(),
        "name": people.get_full_name(user),
        "email": people.get_email(user),
    }


def _read(row: Model) -> dict[str, Any]:
    fields = list(row._meta.concrete_fields)
    if isinstance(row, AbstractBooking):  # a site's own model may have further fields
        ours = {field.name for field in AbstractBooking._meta.fields}
        fields = [field for field in fields if field.name in ours or field.primary_key]
    return {field.attname: field.value_from_object(row) for field in fields}
