"""The history of an object: its status changes, newest first."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from payments_graphql.models import CauseKind
from payments_graphql.models import StatusChange as StatusChangeRow

from ..engine.context import Info
from ..engine.enums import describe_enum
from ..engine.lists import LONGEST_LIST
from ..engine.object_types import object_type
from .last_errors import show_failure_code
from .sight import show_of_payment

if TYPE_CHECKING:
    from .disputes import Dispute
    from .refunds import Refund

describe_enum(
    CauseKind,
    "How this site learned of a status change.",
    {
        "OPERATION": "From Stripe's response to a request of this site.",
        "EVENT": "From a webhook event: the customer, the bank or the site's staff caused the "
        "change at Stripe.",
        "READ": "From reading the object at Stripe, because an event was missed or was not "
        "conclusive.",
    },
    name="StatusChangeCause",
)


_FETCHED = "newest_changes"

_OF_ITSELF = "The status changes of the object"


@strawberry.enum(description="The object whose status changed.")
class ChangedObject(Enum):
    PAYMENT_INTENT = strawberry.enum_value("payment_intent", description="The payment.")
    REFUND = strawberry.enum_value("refund", description="A refund of the payment.")
    DISPUTE = strawberry.enum_value("dispute", description="A dispute of the payment.")
    SETUP_INTENT = strawberry.enum_value("setup_intent", description="The setup intent.")


@object_type(
    StatusChangeRow,
    name="StatusChange",
    description="A status change of a payment, a refund, a dispute or a setup intent. It is never "
    "modified.",
)
class StatusChange:
    occurred_at: datetime = strawberry_django.field(
        description="When the status changed at Stripe, to the second."
    )
    cause: CauseKind = strawberry_django.field(
        field_name="cause_kind", description="How this site learned of the change."
    )

    @strawberry_django.field(
        select_related=["refund"],
        description="The refund whose status changed. Null for other objects.",
    )
    def refund(
        self, root: strawberry.Parent[StatusChangeRow], info: Info
    ) -> Annotated["Refund", strawberry.lazy(".refunds")] | None:
        refund: Refund | None = show_of_payment(info, root, root.refund)
        return refund

    @strawberry_django.field(
        select_related=["dispute"],
        description="The dispute whose status changed. Null for other objects.",
    )
    def dispute(
        self, root: strawberry.Parent[StatusChangeRow], info: Info
    ) -> Annotated["Dispute", strawberry.lazy(".disputes")] | None:
        dispute: Dispute | None = show_of_payment(info, root, root.dispute)
        return dispute

    @strawberry_django.field(description="The type of the object whose status changed.")
    def of(self, root: strawberry.Parent[StatusChangeRow]) -> ChangedObject:
        if root.refund_id is not None:
            return ChangedObject.REFUND
        if root.dispute_id is not None:
            return ChangedObject.DISPUTE
        is_setup = root.setup_intent_id is not None
        return ChangedObject.SETUP_INTENT if is_setup else ChangedObject.PAYMENT_INTENT

    @strawberry_django.field(
        description="The previous status, such as `REQUIRES_ACTION`: a value of the object's "
        "status type. Null if the object was new to this site."
    )
    def from_status(self, root: strawberry.Parent[StatusChangeRow]) -> str | None:
        return root.from_status.upper() or None

    @strawberry_django.field(
        description="The new status, such as `SUCCEEDED`: a value of the object's status type."
    )
    def to_status(self, root: strawberry.Parent[StatusChangeRow]) -> str:
        return root.to_status.upper()

    @strawberry_django.field(
        description="Why the payment attempt or the refund failed, such as `insufficient_funds`. "
        "Null if it did not fail. Reasons that Stripe asks to hide from customers are shown as "
        "`generic_decline`, unless you may see all payments."
    )
    def failure_code(self, root: strawberry.Parent[StatusChangeRow], info: Info) -> str | None:
        return show_failure_code(info, root.failure_code)

    @strawberry_django.field(
        description="How this site learned of the change, as a message for people."
    )
    def explanation(self, root: strawberry.Parent[StatusChangeRow]) -> str:
        match root.cause_kind:
            case CauseKind.OPERATION:
                return _("Requested on this site.")
            case CauseKind.EVENT:
                return _("Reported by Stripe.")
            case _:
                return _("Found by reading the object at Stripe.")


def history_field(what: str = _OF_ITSELF) -> Any:
    """The field `history` of a type whose rows have `status_changes`."""
    return strawberry_django.field(
        _list_changes,
        prefetch_related=[_fetch_changes],
        description=f"{what}, newest first, at most {LONGEST_LIST}.",
    )


def has_more_history_field() -> Any:
    """The field `hasMoreHistory` beside it."""
    return strawberry_django.field(
        _has_more_changes,
        prefetch_related=[_fetch_changes],
        description="Whether there are more changes than `history` returns.",
    )


def _fetch_changes(info: object) -> "Prefetch[str]":
    """The newest changes of each row, limited by the database."""
    return Prefetch("status_changes", _cut(StatusChangeRow.objects.all()), to_attr=_FETCHED)


def _list_changes(root: strawberry.Parent[Any]) -> list[StatusChange]:
    return _get_fetched(root)[:LONGEST_LIST]


def _has_more_changes(root: strawberry.Parent[Any]) -> bool:
    return len(_get_fetched(root)) > LONGEST_LIST


def _get_fetched(root: Any) -> list[StatusChange]:
    """The changes that `_fetch_changes` has fetched. The object of a mutation has none, so they are
    read here."""
    if not hasattr(root, _FETCHED):
        setattr(root, _FETCHED, list(_cut(root.status_changes)))
    fetched: list[StatusChange] = getattr(root, _FETCHED)
    return fetched


def _cut(changes: Any) -> Any:
    """One row more than shown tells whether there are more."""
    return changes.filter(is_reminder=False).order_by("-pk")[: LONGEST_LIST + 1]
