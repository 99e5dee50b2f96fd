"""The common behavior of mutations: errors become data, and the payload shows the current
object."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Protocol, TypeVar

import strawberry
from django.db.models import Model
from django.utils.translation import gettext as _

from payments_graphql import errors, metrics
from payments_graphql.texts import is_storable

from .errors import PaymentError, as_payload_error

Asked = TypeVar("Asked")
Given = Annotated[Asked, strawberry.argument(description="The input of the mutation.")]
"""The one argument of a mutation: `input: Given[CreateRefundInput]`."""


class Payload(Protocol):
    errors: list[PaymentError]


@contextmanager
def errors_into(payload: Payload) -> Iterator[None]:
    """Ends the block at a `PaymentError` and adds it to the payload.

    Reads the objects in the payload again, since they can have changed: a decline changes the
    payment.
    """
    try:
        yield
    except errors.PaymentError as error:
        payload.errors.append(as_payload_error(error))
        metrics.count_payload_error(error.code.value)
        for value in list(vars(payload).values()):
            if isinstance(value, Model):
                value.refresh_from_db()


def refuse_unstorable_text(value: Any, path: tuple[str, ...] = ()) -> None:
    """Checks an input at any depth. Every mutation calls it first."""
    match value:
        case str() if not is_storable(value):
            raise errors.ValidationError(
                _("Text must not contain NUL or unpaired surrogate characters."), path=path
            )
        case list():
            for item in value:
                refuse_unstorable_text(item, path)
        case _ if is_dataclass(value):
            for field in fields(value):
                refuse_unstorable_text(
                    getattr(value, field.name), path or (_camel_case(field.name),)
                )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
