from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from payments_graphql import money

from .customer import StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet
from .unchecked import MarksUpdates, UncheckedModel, make_index


class RefundStatus(models.TextChoices):
    """https://docs.stripe.com/refunds. A refund can fail after it has succeeded."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"  # Stripe added it later

    @classmethod
    def reserving(cls) -> tuple["RefundStatus", ...]:
        """Statuses in which the amount cannot be refunded again."""
        return (cls.PENDING, cls.REQUIRES_ACTION, cls.SUCCEEDED, cls.UNKNOWN)

    @classmethod
    def in_progress(cls) -> tuple["RefundStatus", ...]:
        """Statuses in which the amount is reserved but not finally refunded."""
        return tuple(status for status in cls.reserving() if status != cls.SUCCEEDED)

    @classmethod
    def cancelable(cls) -> tuple["RefundStatus", ...]:
        """https://docs.stripe.com/api/refunds/cancel"""
        return (cls.REQUIRES_ACTION,)


class RefundReason(models.TextChoices):
    """https://docs.stripe.com/api/refunds/create#create_refund-reason"""

    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    REQUESTED_BY_CUSTOMER = "requested_by_customer"

    @classmethod
    def reduces_amount_due(cls, reason: str) -> bool:
        """The default for a partial refund. See Note [What a refund means]."""
        return reason not in (cls.DUPLICATE, cls.FRAUDULENT)


class StripeRefundQuerySet(MarksUpdates, OursQuerySet["StripeRefund"]):
    def accepted(self) -> "StripeRefundQuerySet":
        """Excludes reservations that Stripe has not accepted yet."""
        return self.exclude(stripe_refund_id=None)

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "StripeRefundQuerySet":
        customers = StripeCustomer.objects.ids_for_user(user)
        return self.accepted().filter(payment_intent__customer_id__in=customers)


class StripeRefund(UncheckedModel, MirroredModel):
    """Money given back. The row is created before Stripe is called, and reserves the amount.

    `amount` is minor units of `currency`. https://docs.stripe.com/api/refunds/object
    """

    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent", on_delete=models.PROTECT, related_name="refunds"
    )
    stripe_refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    status = models.CharField(max_length=32, choices=RefundStatus, default=RefundStatus.PENDING)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=16)
    reason = models.CharField(max_length=32, choices=RefundReason, blank=True)
    amount_due_reduction = models.BigIntegerField(
        default=0,
        help_text="By how much it lowers what the booking costs, in minor units, once it has "
        "succeeded. 0: the customer owes again what it gives back, unless that was overpaid.",
    )
    description = models.CharField(max_length=500, blank=True)
    failure_reason = models.CharField(max_length=64, blank=True)

    objects = StripeRefundQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("payment_intent", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("status", "-created_at")),
            models.Index(
                fields=("next_read_at",),
                condition=models.Q(next_read_at__isnull=False),
                name="refunds_to_read",
            ),
            make_index("unchecked_refunds"),
        )

    def __str__(self) -> str:
        return f"{self.stripe_refund_id or self.pk} ({self.price} {self.currency})"

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def reduces_amount_due(self) -> bool:
        """Whether the booking costs less. False if the refund only returned an overpaid amount."""
        return self.amount_due_reduction > 0
