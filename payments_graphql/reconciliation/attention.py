"""What no machine can put right."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import F, Sum

from .. import money
from ..models import (
    AbstractBooking,
    EventState,
    Operation,
    OperationState,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeWebhookEvent,
    get_booking_model,
)

MOST_SHOWN = 50
"""Of each kind: the rest is in the admin."""


@dataclass
class Attention:
    """A line of text for each thing that a person must decide, and how many there are of a kind."""

    lines: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_needed(self) -> bool:
        return any(self.counts.values())


def get_attention() -> Attention:
    attention = Attention()
    for name, lines in (
        ("operations that need review", _list_operations()),
        ("events that are dead", _list_dead_events()),
        ("bookings that are paid twice", _list_overpaid()),
    ):
        count = 0
        for line in lines:
            count += 1
            if count <= MOST_SHOWN:
                attention.lines.append(line)
        attention.counts[name] = count
    return attention


def _list_operations() -> Iterator[str]:
    unclear = Operation.objects.ours().filter(state=OperationState.NEEDS_REVIEW)
    operations = unclear.order_by("created_at")
    for operation in operations.iterator(chunk_size=500):
        found = f": {operation.finding}" if operation.finding else ""
        yield f"operation {operation.pk} ({operation.kind}) needs review{found}"


def _list_dead_events() -> Iterator[str]:
    dead = StripeWebhookEvent.objects.ours().filter(state=EventState.DEAD)
    events = dead.order_by("received_at")
    for event in events.defer("payload").iterator(chunk_size=500):
        yield f"event {event.event_id} ({event.type}) is dead: {event.error}"


def _list_overpaid() -> Iterator[str]:
    received = (
        StripePaymentIntent.objects.ours()
        .filter(booking__amount__isnull=False, status=PaymentIntentStatus.SUCCEEDED)
        .order_by()
        .values("booking", "booking__amount")
        .annotate(received=Sum("amount_received"))
        .filter(received__gt=F("booking__amount"))
        .values_list("booking", flat=True)
    )
    bookings = get_booking_model()._default_manager
    # Few: refunds and lost disputes are counted for those alone.
    for pk in list(received):
        booking: AbstractBooking = bookings.get(pk=pk)
        overpaid = booking.amount_overpaid
        if overpaid > 0:
            amount = money.format_amount(overpaid, booking.currency)
            yield f"booking {booking.reference} is paid twice: {amount} too much"
