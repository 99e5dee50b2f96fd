"""What only a person can decide."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from .. import mirror, money
from ..models import (
    EventState,
    Operation,
    OperationState,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from ..services.available_actions import find_capture_refusal
from .bookings import iterate_needing_a_person

EXPIRES_SOON = timedelta(hours=24)
"""An authorization that ends this soon must be captured or canceled, or the money is lost."""
MOST_SHOWN = 50
"""The maximum per kind. The admin shows the rest."""


@dataclass
class Attention:
    """A line of text for each thing that a person must decide, and counts by kind."""

    lines: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_needed(self) -> bool:
        return any(self.counts.values())


def get_attention() -> Attention:
    attention = Attention()
    for name, lines in (
        ("operations that need review", _list_operations()),
        ("dead events", _list_dead_events()),
        ("changes whose signal a receiver has not received", _list_overdue_signals()),
        *list_money_matters(),
    ):
        count = 0
        for line in lines:
            count += 1
            if count <= MOST_SHOWN:
                attention.lines.append(line)
        attention.counts[name] = count
    return attention


def list_money_matters() -> list[tuple[str, Iterator[str]]]:
    """Each kind's name, in the plural, and a line of text for each case."""
    return [
        ("decisions about payments of bookings", _list_of_bookings()),
        ("authorized payments that wait for a decision", _list_holds()),
    ]


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


def _list_overdue_signals() -> Iterator[str]:
    for change in mirror.list_overdue_signals().order_by("pk").iterator(chunk_size=500):
        if change.signal_waits_for:
            why = (
                f"waits for the receiver {change.signal_waits_for}, which this process does not "
                "have: connect it in AppConfig.ready"
            )
        else:
            why = (
                f"failed {change.signal_attempts} times: the log says which receiver raised an "
                "error (signal_receiver_failed)"
            )
        yield f"status change {change.pk} ({change}) {why}"


def _list_of_bookings() -> Iterator[str]:
    for booking in iterate_needing_a_person():
        overpaid = booking.amount_overpaid
        if overpaid > 0:
            amount = money.format_amount(overpaid, booking.currency)
            why = "is canceled and keeps" if booking.canceled_at else "is overpaid by"
            yield f"booking {booking.reference} {why} {amount}: refund it on its page in the admin"
        for intent in booking.list_not_counted():
            amount = money.format_amount(intent.amount_kept, intent.currency)
            yield (
                f"payment {intent.stripe_payment_intent_id} of {amount} does not count for booking "
                f"{booking.reference}, since its currency or user differs: refund it, or "
                "correct the booking"
            )


def _list_holds() -> Iterator[str]:
    """Authorized payments, which only a person captures or cancels."""
    held = StripePaymentIntent.objects.ours().filter(status=PaymentIntentStatus.REQUIRES_CAPTURE)
    in_time = timezone.now() + EXPIRES_SOON
    for intent in _with_bookings(held).iterator(chunk_size=200):
        amount = money.format_amount(intent.amount_capturable, intent.currency)
        name = f"payment {intent.stripe_payment_intent_id} holds {amount}"
        refusal = find_capture_refusal(intent)
        if refusal is not None:
            yield f"{name}, which is not due: {refusal.message}"
        elif intent.capture_before is not None and intent.capture_before < in_time:
            yield f"{name} until {intent.capture_before:%Y-%m-%d %H:%M} UTC: capture or cancel it"


def _with_bookings(intents: QuerySet[StripePaymentIntent]) -> QuerySet[StripePaymentIntent]:
    of_booking = StripePaymentIntent.objects.select_related("customer").order_by()
    return intents.select_related("customer", "booking").prefetch_related(
        Prefetch("booking__payment_intents", of_booking),
        "booking__payment_intents__refunds",
        "booking__payment_intents__disputes",
    )
