"""What is paid for. Swap the model by `PAYMENTS_BOOKING_MODEL`, a subclass of `AbstractBooking`."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from payments_graphql import money

from ..conf import conf
from .ours import is_ours

if TYPE_CHECKING:
    from .payment_intent import StripePaymentIntent


class BookingQuerySet(models.QuerySet[Any]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "BookingQuerySet":
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()


class AbstractBooking(models.Model):
    """A trip, an order, an invoice: whatever has a price and one customer who pays it."""

    reference = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings"
    )
    description = models.CharField(max_length=500, blank=True)
    amount = models.BigIntegerField(
        help_text="Price in minor units of the currency: 9999 is 99.99 USD."
    )
    currency = models.CharField(max_length=3, help_text="Upper-case code, such as USD.")
    canceled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference

    @property
    def amount_paid(self) -> int:
        """Minor units: what succeeded payments brought, less settled refunds and lost disputes.

        Payments of another mode or account do not count: a test card pays nothing in live mode.
        Without a statement when `payment_intents` are prefetched, with `refunds` and `disputes`.
        """
        return sum(intent.amount_kept for intent in self._list_payment_intents())

    @property
    def amount_due(self) -> int:
        """Minor units still to be paid; 0 once it is paid or canceled."""
        return 0 if self.canceled_at else max(self.amount - self.amount_paid, 0)

    @property
    def amount_overpaid(self) -> int:
        """Minor units that were paid above the price and are not being refunded yet: two payments
        succeeded, or the price fell after one did. Of a canceled booking all that was kept, as
        nobody owes it; a model of a site that keeps a fee says so by overriding this.

        As `amount_paid`, without a statement when the payments are prefetched.
        """
        intents = self._list_payment_intents()
        kept = sum(max(intent.amount_kept - intent.amount_returning, 0) for intent in intents)
        return max(kept - (0 if self.canceled_at else self.amount), 0)

    def _list_payment_intents(self) -> "Iterable[StripePaymentIntent]":
        """Those that brought money, at least."""
        from .payment_intent import PaymentIntentStatus, StripePaymentIntent

        intents: Iterable[StripePaymentIntent] | None = getattr(
            self, "_prefetched_objects_cache", {}
        ).get("payment_intents")
        if intents is None:
            of_booking = StripePaymentIntent.objects.filter(booking_id=self.pk)
            succeeded = of_booking.filter(status=PaymentIntentStatus.SUCCEEDED).order_by()
            intents = succeeded.prefetch_related("refunds", "disputes")
        return [intent for intent in intents if is_ours(intent)]

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)


class Booking(AbstractBooking):
    """The default: enough for a site that has no booking model of its own yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        swappable = "PAYMENTS_BOOKING_MODEL"
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at", "-id")),)


def get_booking_model() -> type[AbstractBooking]:
    """The booking model in use, for code that must work with a swapped one."""
    model: type[AbstractBooking] = apps.get_model(conf.PAYMENTS_BOOKING_MODEL, require_ready=False)
    return model
