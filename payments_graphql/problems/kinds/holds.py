"""Authorized payments, which only a person or the site's own code captures or cancels."""

from collections.abc import Collection
from datetime import timedelta
from itertools import batched
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ... import money
from ...models import PaymentIntentStatus, StripePaymentIntent, balance, list_all_bookings
from ...reconciliation import prefetch_money
from ...services.available_actions import find_capture_refusal
from ..kind import Action, Kind, Level, Rows
from .bookings import computes_itself, is_of_its_booking

EXPIRES_SOON = timedelta(hours=24)
"""An authorization that ends this soon must be captured or canceled, or the money is lost."""


def _list_holds() -> QuerySet[Any]:
    return StripePaymentIntent.objects.ours().filter(status=PaymentIntentStatus.REQUIRES_CAPTURE)


def _list_expiring() -> QuerySet[Any]:
    """Without those that are not due."""
    holds = _list_holds().filter(capture_before__lt=timezone.now() + EXPIRES_SOON)
    return holds.exclude(pk__in=_find_not_due(holds))


def _list_not_due() -> QuerySet[Any]:
    holds = _list_holds()
    return holds.filter(pk__in=_find_not_due(holds))


def _find_not_due(holds: QuerySet[Any]) -> list[Any]:
    """Those that cannot be captured in full: see `check_capture`. Their bookings' sums are a query
    of their own, since Django needs a third of a second to put it into another one."""
    held = list(
        holds.filter(booking__isnull=False)
        .annotate(is_its=is_of_its_booking())
        .values_list("pk", "booking_id", "amount_capturable", "is_its")
    )
    due = _get_due({booking_pk for _, booking_pk, _, _ in held})
    return [
        pk
        for pk, booking_pk, amount, is_its in held
        if not is_its or due.get(booking_pk, 0) < amount
    ]


def _get_due(booking_pks: Collection[Any]) -> dict[Any, int]:
    """By the key of the booking."""
    due: dict[Any, int] = {}
    for some in batched(booking_pks, 500):
        bookings = list_all_bookings().filter(pk__in=some)
        if computes_itself("amount_due"):
            due |= {one.pk: one.amount_due for one in prefetch_money(bookings)}
        else:
            counted = balance.with_sums(bookings).annotate(still_due=F("sum_due"))
            due |= dict(counted.values_list("pk", "still_due"))
    return due


def _load(holds: QuerySet[Any]) -> QuerySet[Any]:
    of_booking = StripePaymentIntent.objects.select_related("customer").order_by()
    return holds.select_related("customer", "booking").prefetch_related(
        Prefetch("booking__payment_intents", of_booking),
        "booking__payment_intents__refunds",
        "booking__payment_intents__disputes",
    )


def _name(intent: StripePaymentIntent) -> str:
    amount = money.format_amount(intent.amount_capturable, intent.currency)
    return f"payment {intent.stripe_payment_intent_id} holds {amount}"


def _describe_expiring(intent: StripePaymentIntent) -> str:
    return f"{_name(intent)} until {intent.capture_before:%Y-%m-%d %H:%M} UTC: capture or cancel it"


def _describe_not_due(intent: StripePaymentIntent) -> str:
    refusal = find_capture_refusal(intent)
    why = f": {refusal.message}" if refusal is not None else ""
    return f"{_name(intent)}, which is not due{why}"


EXPIRING = Kind(
    slug="expiring_holds",
    title=_("authorized payments that expire soon"),
    level=Level.ERROR,
    hint=_("Capture or cancel each one. The money is lost when the authorization expires."),
    rows=(
        Rows(
            StripePaymentIntent,
            _list_expiring,
            _describe_expiring,
            "created_at",
            "capture_before",
            F("amount_capturable"),
            F("currency"),
        ),
    ),
    action=Action("capture", _("Capture it"), "capture_payment"),
)

NOT_DUE = Kind(
    slug="holds_not_due",
    title=_("authorized payments that are not due"),
    level=Level.WARNING,
    hint=_(
        "Their booking was canceled, repriced, paid or moved. Cancel the payment to release the "
        "customer's money, or capture the part that is due."
    ),
    rows=(
        Rows(
            StripePaymentIntent,
            _list_not_due,
            _describe_not_due,
            "created_at",
            "capture_before",
            F("amount_capturable"),
            F("currency"),
            load=_load,
        ),
    ),
    action=Action("cancel", _("Cancel it"), "cancel_payment"),
)
