"""What a customer has paid, by currency. See Note [Sums of money]."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from . import balance
from .customer import StripeCustomer
from .payment_intent import StripePaymentIntent

MOST_SUMMED = 1_000
"""A customer can have half a million payments, and a page must not read all of them."""


@dataclass(frozen=True)
class CurrencySums:
    """Minor units of `currency`."""

    currency: str
    payments: int
    received: int
    refunded: int
    kept: int
    at_risk: int


def list_newest_payments(customer: StripeCustomer) -> QuerySet[StripePaymentIntent]:
    """For a subquery: the newest `MOST_SUMMED`, by index."""
    newest = StripePaymentIntent.objects.filter(customer=customer).order_by("-created_at", "-id")
    return newest[:MOST_SUMMED]


def has_older_payments(customer: StripeCustomer) -> bool:
    older = StripePaymentIntent.objects.filter(customer=customer).order_by("-created_at", "-id")
    return bool(older.values("pk")[MOST_SUMMED : MOST_SUMMED + 1])


def sum_newest_payments(customer: StripeCustomer) -> list[CurrencySums]:
    """Over the succeeded ones of the newest payments."""
    counted = StripePaymentIntent.objects.filter(
        pk__in=list_newest_payments(customer).values("pk"), status__in=balance.BRING_MONEY
    )
    rows: QuerySet[Any] = balance.with_payment_sums(counted).order_by().values("currency")
    sums = rows.annotate(
        payments=Count("pk"),
        received=Sum("sum_received"),
        refunded=Sum("sum_refunded"),
        kept=Sum("sum_kept"),
        at_risk=Sum("sum_at_risk"),
    )
    return [CurrencySums(**row) for row in sums.order_by("currency")]
