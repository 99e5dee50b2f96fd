"""What happened to an object: the changes of its status, the newest first."""

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
    "Where the news of a change came from.",
    {
        "OPERATION": "From Stripe's answer to something that was asked for here.",
        "EVENT": "From Stripe's own message: the customer, the bank or the site's staff did it at "
        "Stripe.",
        "READ": "From reading the object at Stripe, after a message was missed or could not be "
        "trusted.",
    },
    name="StatusChangeCause",
)


_FETCHED = "newest_changes"

_OF_ITSELF = "The changes of its status"


@strawberry.enum(description="Which object's status changed.")
class ChangedObject(Enum):
    PAYMENT_INTENT = strawberry.enum_value("payment_intent", description="The payment's own.")
    REFUND = strawberry.enum_value("refund", description="That of a refund of the payment.")
    DISPUTE = strawberry.enum_value("dispute", description="That of a dispute of the payment.")
    SETUP_INTENT = strawberry.enum_value("setup_intent", description="The setup intent's.")


@object_type(
    StatusChangeRow,
    name="StatusChange",
    description="A change of a status: of a payment, one of its refunds or disputes, or a setup "
    "intent. It stays as it is.",
)
class StatusChange:
    occurred_at: datetime = strawberry_django.field(
        description="When, by Stripe's clock, which shows whole seconds."
    )
    cause: CauseKind = strawberry_django.field(
        field_name="cause_kind", description="Where the news of it came from."
    )

    @strawberry_django.field(
        select_related=["refund"],
        description="The refund whose status changed; null when it is not a refund's.",
    )
    def refund(
        self, root: strawberry.Parent[StatusChangeRow], info: Info
    ) -> Annotated["Refund", strawberry.lazy(".refunds")] | None:
        refund: Refund | None = show_of_payment(info, root, root.refund)
        return refund

    @strawberry_django.field(
        select_related=["dispute"],
        description="The dispute whose status changed; null when it is not a dispute's.",
    )
    def dispute(
        self, root: strawberry.Parent[StatusChangeRow], info: Info
    ) -> Annotated["Dispute", strawberry.lazy(".disputes")] | None:
        dispute: Dispute | None = show_of_payment(info, root, root.dispute)
        return dispute

    @strawberry_django.field(description="Which object's status it is.")
    def of(self, root: strawberry.Parent[StatusChangeRow]) -> ChangedObject:
        if root.refund_id is not None:
            return ChangedObject.REFUND
        if root.dispute_id is not None:
            return ChangedObject.DISPUTE
        is_setup = root.setup_intent_id is not None
        return ChangedObject.SETUP_INTENT if is_setup else ChangedObject.PAYMENT_INTENT

    @strawberry_django.field(
        description="The status before, as its own type writes it, such as `REQUIRES_ACTION`; null "
        "when the object was new here."
    )
    def from_status(self, root: strawberry.Parent[StatusChangeRow]) -> str | None:
        return root.from_status.upper() or None

    @strawberry_django.field(
        description="The status after, as its own type writes it, such as `SUCCEEDED`."
    )
    def to_status(self, root: strawberry.Parent[StatusChangeRow]) -> str:
        return root.to_status.upper()

    @strawberry_django.field(
        description="Why an attempt to pay, or a refund, failed, such as `insufficient_funds`; "
        "null when nothing did. A `generic_decline` is also what Stripe asks to keep from the "
        "customer, unless you may see all payments."
    )
    def failure_code(self, root: strawberry.Parent[StatusChangeRow], info: Info) -> str | None:
        return show_failure_code(info, root.failure_code)

    @strawberry_django.field(description="Where the news of it came from, in words for people.")
    def explanation(self, root: strawberry.Parent[StatusChangeRow]) -> str:
        match root.cause_kind:
            case CauseKind.OPERATION:
                return _("Asked for on this site.")
            case CauseKind.EVENT:
                return _("Reported by Stripe.")
            case _:
                return _("Found when the object was read from Stripe.")


def history_field(what: str = _OF_ITSELF) -> Any:
    """Of a type whose rows have `status_changes`: `history`."""
    return strawberry_django.field(
        _list_changes,
        prefetch_related=[_fetch_changes],
        description=f"{what}, newest first: {LONGEST_LIST} at most.",
    )


def has_more_history_field() -> Any:
    """Beside it: `hasMoreHistory`."""
    return strawberry_django.field(
        _has_more_changes,
        prefetch_related=[_fetch_changes],
        description="Are there older changes than those in `history`? A payment has five to ten; "
        "one that was used to test cards has hundreds.",
    )


def _fetch_changes(info: object) -> "Prefetch[str]":
    """Cut by the database, for each row its own."""
    return Prefetch("status_changes", _cut(StatusChangeRow.objects.all()), to_attr=_FETCHED)


def _list_changes(root: strawberry.Parent[Any]) -> list[StatusChange]:
    return _get_fetched(root)[:LONGEST_LIST]


def _has_more_changes(root: strawberry.Parent[Any]) -> bool:
    return len(_get_fetched(root)) > LONGEST_LIST


def _get_fetched(root: Any) -> list[StatusChange]:
    """As `_fetch_changes` has fetched them; a mutation's object comes without."""
    if not hasattr(root, _FETCHED):
        setattr(root, _FETCHED, list(_cut(root.status_changes)))
    fetched: list[StatusChange] = getattr(root, _FETCHED)
    return fetched


def _cut(changes: Any) -> Any:
    """One more than is shown tells whether there are more."""
    return changes.filter(is_reminder=False).order_by("-pk")[: LONGEST_LIST + 1]
