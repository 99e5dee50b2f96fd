"""Everything that the page of a payment needs, read once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import prefetch_related_objects

from ...models import (
    AbstractBooking,
    Operation,
    RefundRequest,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    balance,
    is_ours,
)
from ...policy import Person, may_view
from ...services import saved_card_charging

__all__ = ["Case", "find_intent", "may_view", "open_case"]

_MOST_REQUESTS = 50


@dataclass
class Case:
    """A payment as one member of staff sees it. `is_revealed`: names and addresses are shown in
    full, which was logged."""

    intent: StripePaymentIntent
    person: Person
    is_revealed: bool = False
    operations: list[Operation] = field(default_factory=list)
    """The newest ones, and all that are not settled. Empty if the person may not view them."""

    @property
    def booking(self) -> AbstractBooking | None:
        booking: AbstractBooking | None = self.intent.booking
        return booking

    @property
    def refunds(self) -> list[StripeRefund]:
        """Newest first."""
        return list(self.intent.refunds.all())

    @property
    def disputes(self) -> list[StripeDispute]:
        return list(self.intent.disputes.all())

    @cached_property
    def sums(self) -> balance.PaymentSums:
        return balance.sum_payment(self.intent)

    @cached_property
    def is_ours(self) -> bool:
        """Whether the current keys can act on it. See Note [One mode, one account]."""
        return is_ours(self.intent)

    @cached_property
    def booking_sums(self) -> balance.BookingSums | None:
        """None without a booking for which the payment counts."""
        if self.booking is None or not self.is_ours:
            return None
        return self.booking.sum_up()

    @cached_property
    def saved_cards(self) -> list[StripePaymentMethod]:
        return saved_card_charging.list_saved_cards(self.intent)

    @cached_property
    def refund_requests(self) -> list[RefundRequest]:
        """The newest ones. Empty if the person may not view them."""
        if not may_view(self.person, RefundRequest):
            return []
        requests = RefundRequest.objects.filter(payment_intent=self.intent)
        return list(requests.order_by("-created_at", "-pk")[:_MOST_REQUESTS])

    def find_paid_change(self) -> StatusChange | None:
        """The change with which the payment succeeded."""
        changes = StatusChange.objects.filter(
            payment_intent=self.intent, refund=None, dispute=None, to_status=self.intent.status
        )
        return changes.order_by("pk").first()


def find_intent(pk: Any) -> StripePaymentIntent | None:
    """With everything that the page shows, in four statements."""
    rows = StripePaymentIntent.objects.select_related(
        "customer__user", "booking", "payment_method__customer"
    )
    intent = rows.filter(pk=pk).first()
    if intent is not None:
        _fetch(intent)
    return intent


def _fetch(intent: StripePaymentIntent) -> None:
    """Reads the other payments of the booking too, since its sums need them."""
    booking = intent.booking
    others = [] if booking is None else list(_list_others(booking, intent))
    prefetch_related_objects([intent, *others], "refunds", "disputes")
    for one in (intent, *others):
        for row in (*one.refunds.all(), *one.disputes.all()):
            row.payment_intent = one
    if booking is not None:
        # Django's own cache, which `AbstractBooking.sum_up` looks at.
        vars(booking).setdefault("_prefetched_objects_cache", {})
        vars(booking)["_prefetched_objects_cache"]["payment_intents"] = [intent, *others]


def _list_others(
    booking: AbstractBooking, intent: StripePaymentIntent
) -> Iterable[StripePaymentIntent]:
    paid = StripePaymentIntent.objects.filter(
        booking_id=booking.pk, status__in=balance.BRING_MONEY
    ).order_by()
    return paid.exclude(pk=intent.pk).select_related("customer")


def open_case(intent: StripePaymentIntent, person: Person, *, is_revealed: bool = False) -> Case:
    return Case(intent=intent, person=person, is_revealed=is_revealed)
