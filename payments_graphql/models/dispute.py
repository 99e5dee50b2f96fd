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
from .unchecked import MarksUpdates, UncheckedModel, make_index


class DisputeStatus(models.TextChoices):
    """https://docs.stripe.com/disputes/how-disputes-work. A `warning_` status is a bank's inquiry.

    No status is final: a bank can escalate, appeal or reopen a closed dispute.
    """

    WARNING_NEEDS_RESPONSE = "warning_needs_response", _("Warning needs response")
    WARNING_UNDER_REVIEW = "warning_under_review", _("Warning under review")
    WARNING_CLOSED = "warning_closed", _("Warning closed")
    NEEDS_RESPONSE = "needs_response", _("Needs response")
    UNDER_REVIEW = "under_review", _("Under review")
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response", _("Appeal needs response")
    APPEAL_UNDER_REVIEW = "appeal_under_review", _("Appeal under review")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    PREVENTED = "prevented", _("Prevented")
    UNKNOWN = "unknown", _("Unknown")  # Stripe added it later

    @classmethod
    def answerable(cls) -> tuple["DisputeStatus", ...]:
        """Statuses in which evidence can be submitted here, or the dispute accepted. An appeal
        needs files, so it is answered in Stripe's Dashboard."""
        return (cls.WARNING_NEEDS_RESPONSE, cls.NEEDS_RESPONSE)

    @classmethod
    def awaiting_response(cls) -> tuple["DisputeStatus", ...]:
        """Statuses in which the bank waits for a response, until `evidence_due_by`."""
        return (*cls.answerable(), cls.APPEAL_NEEDS_RESPONSE)

    @classmethod
    def closed(cls) -> tuple["DisputeStatus", ...]:
        """Statuses in which nothing is left to decide, unless the bank reopens the dispute."""
        return (cls.WON, cls.LOST, cls.WARNING_CLOSED, cls.PREVENTED)

    @classmethod
    def inquiries(cls) -> tuple["DisputeStatus", ...]:
        """Statuses of a bank's inquiry, which withdraws no money."""
        return (cls.WARNING_NEEDS_RESPONSE, cls.WARNING_UNDER_REVIEW, cls.WARNING_CLOSED)


class StripeDisputeQuerySet(OfCustomers, MarksUpdates, OursQuerySet["StripeDispute"]):
    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        return self.filter(payment_intent__customer_id__in=keys)


class StripeDispute(UncheckedModel, MirroredModel):
    """A payment that the customer's bank takes back or inquires about.

    Amounts are minor units of `currency`. https://docs.stripe.com/api/disputes/object
    """

    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.PROTECT,
        related_name="disputes",
        db_index=False,  # another index begins with it
    )
    stripe_dispute_id = models.CharField(verbose_name=_("Stripe id"), max_length=255, unique=True)
    stripe_charge_id = models.CharField(
        verbose_name=_("Stripe id of the charge"), max_length=255, blank=True
    )
    status = models.CharField(verbose_name=_("status"), max_length=32, choices=DisputeStatus)
    amount = models.BigIntegerField(verbose_name=_("amount"), help_text=_("The disputed amount."))
    amount_withdrawn = models.BigIntegerField(
        verbose_name=_("amount withdrawn"),
        default=0,
        help_text=_("The amount that Stripe withdrew and has not returned, without fees."),
    )
    currency = models.CharField(verbose_name=_("currency"), max_length=16)
    reason = models.CharField(
        verbose_name=_("reason"),
        max_length=64,
        blank=True,
        help_text=_("The bank's reason, by Stripe's name."),
    )
    evidence_due_by = models.DateTimeField(verbose_name=_("evidence due by"), null=True, blank=True)
    has_evidence = models.BooleanField(verbose_name=_("has evidence"), default=False)
    submission_count = models.PositiveIntegerField(verbose_name=_("submissions"), default=0)
    is_charge_refundable = models.BooleanField(
        verbose_name=_("charge can be refunded"), default=False
    )
    reminded_of = models.DateTimeField(
        verbose_name=_("reminded of"),
        null=True,
        blank=True,
        help_text=_(
            "The deadline for which a reminder was recorded. A new deadline gets a new reminder."
        ),
    )

    objects = StripeDisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        default_permissions = ("view",)
        permissions = (("manage_disputes", "Can answer and accept disputes"),)
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("payment_intent", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("status", "evidence_due_by")),
            models.Index(fields=("amount", "-created_at", "-id")),
            models.Index(
                fields=("stripe_charge_id",),
                condition=models.Q(stripe_charge_id__gt=""),
                name="disputes_by_charge",
            ),
            models.Index(
                fields=("next_read_at",),
                condition=models.Q(next_read_at__isnull=False),
                name="disputes_to_read",
            ),
            models.Index(fields=("updated_at", "id")),  # what changed, for the daily figures
            make_index("unchecked_disputes"),
        )

    def __str__(self) -> str:
        return f"{self.stripe_dispute_id} ({self.price} {self.currency})"

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to decide, according to Stripe."""
        return self.status in DisputeStatus.closed()

    @property
    def is_inquiry(self) -> bool:
        """Whether the bank only inquires and has withdrawn no money."""
        return self.status in DisputeStatus.inquiries()

    @property
    def holds_money(self) -> bool:
        """Whether it is still undecided who gets the money. Stripe refuses refunds of a formally
        disputed payment, but not during an inquiry."""
        return self._awaits_reinstatement or (not self.is_closed and not self.is_charge_refundable)

    @property
    def _awaits_reinstatement(self) -> bool:
        """Whether the dispute is won but the money has not been reinstated yet."""
        return self.status == DisputeStatus.WON and 0 < self.amount <= self.amount_withdrawn
