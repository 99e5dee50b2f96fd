"""Which related rows a selection will read, so that a list costs the same for 1 row and for 100."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Model, Prefetch, QuerySet
from strawberry.types.nodes import SelectedField, Selection

from payments_graphql.models import StatusChange, StripePaymentIntent

from .context import Info

MOST_CHANGES = 100
"""Of a history, the newest. A payment has five to ten; one that a card tester is at, hundreds."""

NEWEST_CHANGES = "newest_changes"
"""The attribute that they are fetched into."""


@dataclass(frozen=True)
class Relation:
    """What a field reads: the lookup, whether it is of many rows, and the type that it leads to."""

    lookup: str
    is_many: bool = False
    type_name: str = ""


_TAKEN_BACK = (Relation("refunds", is_many=True), Relation("disputes", is_many=True))
_PAID = (
    Relation("payment_intents", is_many=True),
    Relation("payment_intents__refunds", is_many=True),
    Relation("payment_intents__disputes", is_many=True),
)
_HISTORY = (Relation(NEWEST_CHANGES, is_many=True, type_name="StatusChange"),)

_RELATIONS: dict[str, dict[str, tuple[Relation, ...]]] = {
    "PaymentIntent": {
        "amountRefunded": (Relation("refunds", is_many=True),),
        "amountRefundable": _TAKEN_BACK,
        "availableActions": (
            *_TAKEN_BACK,
            Relation("customer"),
            Relation("booking"),
            Relation("booking__payment_intents", is_many=True),
            Relation("payment_method"),
            Relation("booking__payment_intents__refunds", is_many=True),
            Relation("booking__payment_intents__disputes", is_many=True),
        ),
        "booking": (Relation("booking", type_name="Booking"),),
        "disputes": (Relation("disputes", is_many=True, type_name="Dispute"),),
        "history": _HISTORY,
        "paymentMethod": (Relation("payment_method", type_name="PaymentMethod"),),
        "refunds": (Relation("refunds", is_many=True, type_name="Refund"),),
        "username": (Relation("customer__user"),),
    },
    "PaymentMethod": {"isDefault": (Relation("customer"),)},
    "Refund": {
        "history": _HISTORY,
        "paymentIntent": (Relation("payment_intent", type_name="PaymentIntent"),),
    },
    "Dispute": {
        "history": _HISTORY,
        "paymentIntent": (Relation("payment_intent", type_name="PaymentIntent"),),
    },
    "SetupIntent": {
        "history": _HISTORY,
        "paymentMethod": (Relation("payment_method", type_name="PaymentMethod"),),
    },
    "StatusChange": {
        "dispute": (Relation("dispute", type_name="Dispute"),),
        "refund": (Relation("refund", type_name="Refund"),),
    },
    "Booking": {
        "amountPaid": _PAID,
        "amountDue": _PAID,
        "amountOverpaid": _PAID,
        "paymentIntents": (Relation("payment_intents", is_many=True, type_name="PaymentIntent"),),
        "username": (Relation("user"),),
    },
}


@dataclass
class Plan:
    """The rows to read with those of a queryset, and the types of all that will be shown."""

    joined: set[str] = field(default_factory=set)
    fetched: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)

    def apply[Row: Model](self, rows: QuerySet[Row]) -> QuerySet[Row]:
        if self.joined:
            rows = rows.select_related(*sorted(self.joined))
        if not self.fetched:
            return rows
        # Shorter lookups first: Django fetches the rows that the longer ones start from.
        lookups = sorted(self.fetched, key=lambda lookup: (len(lookup), lookup))
        return rows.prefetch_related(*map(_as_prefetch, lookups))


def plan(info: Info, type_name: str, *, below: str = "") -> Plan:
    """For what is selected of `type_name` below the present field, or below its field `below`."""
    made = Plan(types={type_name})
    for selected in info.selected_fields:
        selections = selected.selections
        for chosen in _choose(selections, below) if below else [selections]:
            for lookup, is_many, reached in _walk(chosen, type_name):
                (made.fetched if is_many else made.joined).add(lookup)
                made.types.add(reached)
    made.types.discard("")
    return made


def selects(info: Info, name: str) -> bool:
    """Is the field `name` asked for, below the present one?"""
    return any(_choose(selected.selections, name) for selected in info.selected_fields)


def list_selected(info: Info, name: str) -> set[str]:
    """The fields that are asked for of the object in the field `name`, below the present one."""
    return {
        field
        for selected in info.selected_fields
        for chosen in _choose(selected.selections, name)
        for field in _list_names(chosen)
    }


def _list_names(selections: Iterable[Selection]) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, SelectedField):
            yield selection.name
        else:
            yield from _list_names(selection.selections)


def _as_prefetch(lookup: str) -> "str | Prefetch[str]":
    if lookup.rsplit("__", maxsplit=1)[-1] == "payment_intents":
        # Whose they are is a part of every sum of a booking.
        return Prefetch(lookup, StripePaymentIntent.objects.select_related("customer"))
    if not lookup.endswith(NEWEST_CHANGES):
        return lookup
    # Cut by the database, for each row its own.
    return Prefetch(
        lookup.removesuffix(NEWEST_CHANGES) + "status_changes",
        StatusChange.objects.filter(is_reminder=False).order_by("-pk")[:MOST_CHANGES],
        to_attr=NEWEST_CHANGES,
    )


def _choose(selections: Iterable[Selection], name: str) -> list[list[Selection]]:
    """What is selected below each field `name`: aliases may ask for it twice."""
    found: list[list[Selection]] = []
    for selection in selections:
        if not isinstance(selection, SelectedField):
            found += _choose(selection.selections, name)
        elif selection.name == name:
            found.append(selection.selections)
    return found


def _walk(selections: Iterable[Selection], type_name: str) -> Iterator[tuple[str, bool, str]]:
    relations = _RELATIONS.get(type_name, {})
    for selection in selections:
        if not isinstance(selection, SelectedField):
            if _applies(selection.type_condition, type_name):
                yield from _walk(selection.selections, type_name)
            continue
        if selection.name in ("edges", "node"):  # of a connection: not rows of their own
            yield from _walk(selection.selections, type_name)
            continue
        for relation in relations.get(selection.name, ()):
            yield relation.lookup, relation.is_many, relation.type_name
            for lookup, is_many, reached in _walk(selection.selections, relation.type_name):
                yield f"{relation.lookup}__{lookup}", relation.is_many or is_many, reached


def _applies(type_condition: str | None, type_name: str) -> bool:
    """A fragment on another object's type, as below `node`, selects nothing of this one."""
    return type_condition == type_name or type_condition not in _RELATIONS
