"""Authorized payments, which only a person or the site's own code captures or cancels."""

from datetime import timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ... import money
from ...models import PaymentIntentStatus, StripePaymentIntent, balance, list_all_bookings
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
    if computes_itself("amount_due"):
        return holds.exclude(pk__in=_evaluate_not_due(holds))
    return _with_due(holds).filter(is_due=True)


def _list_not_due() -> QuerySet[Any]:
    holds = _list_holds().filter(booking__isnull=False)
    if computes_itself("amount_due"):
        return holds.filter(pk__in=_evaluate_not_due(holds))
    return _with_due(holds).filter(is_due=False)


def _with_due(holds: QuerySet[Any]) -> QuerySet[Any]:
    """`is_due` is False for a payment that cannot be captured in full: see `check_capture`. A
    canceled booking costs nothing, so nothing of it is due."""
    of_payment = balance.with_sums(list_all_bookings().filter(pk=OuterRef("booking_id")))
    due = Subquery(of_payment.order_by().annotate(still_due=F("sum_due")).values("still_due"))
    judged: QuerySet[Any] = holds.alias(is_its=is_of_its_booking(), due=due).alias(
        is_due=Case(
            When(booking__isnull=True, then=Value(True)),
            When(Q(is_its=False) | Q(due__lt=F("amount_capturable")), then=Value(False)),
            default=Value(True),
            output_field=BooleanField(),
        )
    )
    return judged


def _evaluate_not_due(holds: QuerySet[Any]) -> list[Any]:
    with_booking = _load(holds.filter(booking__isnull=False))
    return [
        intent.pk
        for intent in with_booking.iterator(chunk_size=200)
        if not balance.is_of_booking(intent, intent.booking)
        or intent.booking.amount_due < intent.amount_capturable
    ]


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
