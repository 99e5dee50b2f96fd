"""Which related rows a selection will read, so that a list costs the same for 1 row and for 100."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from strawberry.types.nodes import SelectedField, Selection

from .context import Info


@dataclass(frozen=True)
class Relation:
    """What a field reads: the lookup, whether it is of many rows, and the type that it leads to."""

    lookup: str
    is_many: bool = False
    type_name: str = ""


_TAKEN_BACK = (Relation("refunds", is_many=True), Relation("disputes", is_many=True))
_PAID = (
    Relation("payment_intents__refunds", is_many=True),
    Relation("payment_intents__disputes", is_many=True),
)

_RELATIONS: dict[str, dict[str, tuple[Relation, ...]]] = {
    "PaymentIntent": {
        "amountRefunded": (Relation("refunds", is_many=True),),
        "amountRefundable": _TAKEN_BACK,
        "booking": (Relation("booking", type_name="Booking"),),
        "disputes": (Relation("disputes", is_many=True, type_name="Dispute"),),
        "paymentMethod": (Relation("payment_method", type_name="PaymentMethod"),),
        "refunds": (Relation("refunds", is_many=True, type_name="Refund"),),
    },
    "PaymentMethod": {"isDefault": (Relation("customer"),)},
    "Refund": {"paymentIntent": (Relation("payment_intent", type_name="PaymentIntent"),)},
    "Dispute": {"paymentIntent": (Relation("payment_intent", type_name="PaymentIntent"),)},
    "Booking": {
        "amountPaid": _PAID,
        "amountDue": _PAID,
        "amountOverpaid": _PAID,
        "paymentIntents": (Relation("payment_intents", is_many=True, type_name="PaymentIntent"),),
    },
}


def prefetch[Row: Model](queryset: QuerySet[Row], info: Info, type_name: str) -> QuerySet[Row]:
    """With what is selected of `type_name` below the present field, in a list or by itself."""
    joined: set[str] = set()
    fetched: set[str] = set()
    for field in info.selected_fields:
        for lookup, is_many in _walk(field.selections, type_name):
            (fetched if is_many else joined).add(lookup)
    if joined:
        queryset = queryset.select_related(*sorted(joined))
    # Shorter lookups first: Django fetches the rows that the longer ones start from.
    return queryset.prefetch_related(*sorted(fetched, key=len)) if fetched else queryset


def _walk(selections: Iterable[Selection], type_name: str) -> Iterator[tuple[str, bool]]:
    relations = _RELATIONS.get(type_name, {})
    for selection in selections:
        found = relations.get(selection.name) if isinstance(selection, SelectedField) else None
        if found is None:
            # A fragment, or a connection's `edges` and `node`, which are not rows of their own.
            if not isinstance(selection, SelectedField) or selection.name in ("edges", "node"):
                yield from _walk(selection.selections, type_name)
            continue
        for relation in found:
            yield relation.lookup, relation.is_many
            for lookup, is_many in _walk(selection.selections, relation.type_name):
                yield f"{relation.lookup}__{lookup}", relation.is_many or is_many
