import uuid
from collections.abc import Collection
from decimal import Decimal
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from payments_graphql import money

from .customer import OfCustomers
from .mirrored import MirroredModel
from .ours import OursQuerySet
from .unchecked import BOOKKEEPING, MarksUpdates, UncheckedModel, make_index


class RefundStatus(models.TextChoices):
    """https://docs.stripe.com/refunds. A refund can fail after it has succeeded."""

    PENDING = "pending", _("Pending")
    REQUIRES_ACTION = "requires_action", _("Requires action")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")
    UNKNOWN = "unknown", _("Unknown")  # Stripe added it later

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

    DUPLICATE = "duplicate", _("Duplicate")
    FRAUDULENT = "fraudulent", _("Fraudulent")
    REQUESTED_BY_CUSTOMER = "requested_by_customer", _("Requested by customer")

    @classmethod
    def reduces_amount_due(cls, reason: str) -> bool:
        """The default for a partial refund. See Note [What a refund means]."""
        return reason not in (cls.DUPLICATE, cls.FRAUDULENT)


class StripeRefundQuerySet(OfCustomers, MarksUpdates, OursQuerySet["StripeRefund"]):
    beside_the_sums = BOOKKEEPING | {"failure_settled_at"}

    def accepted(self) -> Self:
        """Excludes reservations that Stripe has not accepted yet."""
        return self.exclude(stripe_refund_id=None)

    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        return self.accepted().filter(payment_intent__customer_id__in=keys)


class StripeRefund(UncheckedModel, MirroredModel):
    """Money given back. The row is created before Stripe is called, and reserves the amount.

    `amount` is minor units of `currency`. https://docs.stripe.com/api/refunds/object
    """

    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.PROTECT,
        related_name="refunds",
        db_index=False,  # another index begins with it
    )
    stripe_refund_id = models.CharField(
        verbose_name=_("Stripe id"), max_length=255, unique=True, null=True, blank=True
    )
    status = models.CharField(
        verbose_name=_("status"), max_length=32, choices=RefundStatus, default=RefundStatus.PENDING
    )
    amount = models.BigIntegerField(verbose_name=_("amount"))
    currency = models.CharField(verbose_name=_("currency"), max_length=16)
    reason = models.CharField(
        verbose_name=_("reason"), max_length=32, choices=RefundReason, blank=True
    )
    amount_due_reduction = models.BigIntegerField(
        verbose_name=_("price reduction"),
        default=0,
        help_text=_(
            "The amount by which the refund lowers the price of the booking, in the "
            "smallest unit of the currency. If 0, the refunded amount is due again, "
            "unless it was overpaid."
        ),
    )
    description = models.CharField(verbose_name=_("description"), max_length=500, blank=True)
    failure_reason = models.CharField(verbose_name=_("failure reason"), max_length=64, blank=True)
    failure_settled_at = models.DateTimeField(
        verbose_name=_("returned in another way at"),
        null=True,
        blank=True,
        help_text=_("When staff said that the customer has the money although the refund failed."),
    )

    objects = StripeRefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        default_permissions = ("view",)
        permissions = (
            ("refund_payment", "Can refund payments and cancel refunds"),
            ("approve_refund", "Can approve refunds that need a second person"),
        )
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("payment_intent", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("-created_at", "-id")),  # of all modes, in the admin
            models.Index(fields=("status", "-created_at")),
            models.Index(fields=("reason", "-created_at")),
            models.Index(fields=("amount", "-created_at", "-id")),
            # For a currency that few rows have.
            models.Index(fields=("currency", "-created_at", "-id")),
            models.Index(
                fields=("next_read_at",),
                condition=models.Q(next_read_at__isnull=False),
                name="refunds_to_read",
            ),
            models.Index(fields=("updated_at", "id")),  # what changed, for the daily figures
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
