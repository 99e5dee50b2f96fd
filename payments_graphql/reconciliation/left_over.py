"""Rows that were written before a call to Stripe and that nothing will settle anymore.

Such a row waits for its operation's answer. If the operation fails, the row is deleted; if it
succeeds, the row gets Stripe's id. A row without an id and without an open operation is an error,
and harmful: a payment locks its booking, and a reservation holds its amount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet

from ..models import (
    MirroredModel,
    Operation,
    OperationKind,
    OperationState,
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
    our_values,
)


@dataclass(frozen=True)
class _Kind:
    """`has_money`: the row has an amount and a currency."""

    name: str
    model: type[MirroredModel]
    made_by: OperationKind
    has_money: bool = False

    @property
    def id_field(self) -> str:
        return f"stripe_{self.name}_id"

    def list(self) -> QuerySet[Any]:
        """Checks operations in the same statement, since rows and operations settle together."""
        unsettled = Operation.objects.filter(
            **{self.name: OuterRef("pk")},
            kind=self.made_by,
            state__in=OperationState.unsettled(),
        )
        rows: QuerySet[Any] = self.model._default_manager.filter(
            ~Exists(unsettled), **{self.id_field: None}, **our_values()
        )
        return rows


LEFT_OVER = (
    _Kind("refund", StripeRefund, OperationKind.CREATE_REFUND, has_money=True),
    _Kind("setup_intent", StripeSetupIntent, OperationKind.CREATE_SETUP_INTENT),
    _Kind(
        "payment_intent", StripePaymentIntent, OperationKind.CREATE_PAYMENT_INTENT, has_money=True
    ),
    _Kind("customer", StripeCustomer, OperationKind.CREATE_CUSTOMER),
)


@dataclass(frozen=True)
class LeftOver:
    kind: str
    row: MirroredModel
    operation: Operation | None

    @property
    def may_be_removed(self) -> bool:
        """False if Stripe confirmed the operation, since the object exists and the row should show
        it. False also for a refund without an operation: the row prevents a second refund."""
        if self.operation is None:
            return not isinstance(self.row, StripeRefund)
        return self.operation.state == OperationState.FAILED

    @property
    def reason(self) -> str:
        if self.operation is None:
            return f"row {self.row.pk} has no operation"
        return f"row {self.row.pk}, operation {self.operation.pk} {self.operation.state}"


def iterate_left_over() -> Iterator[LeftOver]:
    for kind in LEFT_OVER:
        for row in kind.list().iterator(chunk_size=200):
            yield _examine(kind, row)


def describe_left_over(row: MirroredModel) -> str:
    kind = next(one for one in LEFT_OVER if isinstance(row, one.model))
    return f"{kind.name} was never accepted by Stripe: {_examine(kind, row).reason}"


def _examine(kind: _Kind, row: MirroredModel) -> LeftOver:
    made_by = Operation.objects.filter(**{kind.name: row}, kind=kind.made_by)
    return LeftOver(kind.name, row, made_by.order_by("created_at").last())


def remove(left_over: LeftOver) -> bool:
    """Returns False if the row was settled in the meantime or other rows need it."""
    kind = next(one for one in LEFT_OVER if one.name == left_over.kind)
    try:
        with transaction.atomic():
            row = kind.list().select_for_update(of=("self",)).filter(pk=left_over.row.pk)
            if not row.exists():
                return False
            Operation.objects.filter(**{kind.name: left_over.row}).update(**{kind.name: None})
            return bool(row.delete()[0])
    except ProtectedError:
        return False
