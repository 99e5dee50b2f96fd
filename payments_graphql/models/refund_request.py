"""Refunds that wait for a second person.

Note [A refund that needs approval]
A request reserves nothing: how much is left is checked when it is approved, under the same lock as
for every refund, so no money can be lost. Otherwise a person who may only ask could keep a payment
from being refunded. Together, the requests of a payment that wait never exceed what is left of it.

The approval is stored in the transaction that records the refund's operation. So there is no
approved request without a refund: after a crash, the operation is finished like every other one.
If Stripe refuses the refund, the request becomes `FAILED` in the transaction that releases it.
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import money
from .ours import OursQuerySet, get_livemode
from .refund import RefundReason
from .stripe_account import get_account

LIFETIME = timedelta(days=14)


def get_expiry() -> datetime:
    return timezone.now() + LIFETIME


class RefundRequestState(models.TextChoices):
    WAITING = "waiting", _("Waiting for approval")
    APPROVED = "approved", _("Approved")  # the status of the refund says whether money has moved
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Approved, but refused by Stripe")


class RefundRequestQuerySet(OursQuerySet["RefundRequest"]):
    def waiting(self) -> Self:
        """Requests that can still be approved."""
        now = timezone.now()
        return self.filter(state=RefundRequestState.WAITING, expires_at__gt=now)

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Requests of ours that this person has made."""
        return self.ours().filter(actor=f"user:{user.pk}")

    def sum_amounts(self) -> int:
        return int(self.aggregate(sum=Sum("amount"))["sum"] or 0)

    def expire(self) -> int:
        """Marks those that nobody has decided in time. Returns how many."""
        now = timezone.now()
        overdue = self.filter(state=RefundRequestState.WAITING, expires_at__lte=now)
        return overdue.update(state=RefundRequestState.EXPIRED)


class RefundRequest(models.Model):
    """A refund that a second person must approve. `amount` is minor units of `currency`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.PROTECT,
        related_name="refund_requests",
        db_index=False,  # another index begins with it
    )
    state = models.CharField(
        verbose_name=_("state"),
        max_length=16,
        choices=RefundRequestState,
        default=RefundRequestState.WAITING,
    )
    amount = models.BigIntegerField(verbose_name=_("amount"))
    currency = models.CharField(verbose_name=_("currency"), max_length=16)
    reason = models.CharField(
        verbose_name=_("reason"), max_length=32, choices=RefundReason, blank=True
    )
    description = models.CharField(verbose_name=_("description"), max_length=500, blank=True)
    reduces_amount_due = models.BooleanField(
        verbose_name=_("lowers the price"),
        null=True,
        help_text=_("Whether the refund lowers the price of the booking. Empty for the default."),
    )
    only_overpaid = models.BooleanField(
        verbose_name=_("only if overpaid"),
        default=False,
        help_text=_("Refunds at most what is overpaid when it is approved."),
    )
    actor = models.CharField(
        verbose_name=_("requested by"), max_length=128, help_text=_("A user, such as user:5.")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    key = models.CharField(
        verbose_name=_("idempotency key"),
        max_length=255,
        help_text=_("The caller's idempotency key. The refund is made with it."),
    )
    input_hash = models.CharField(verbose_name=_("hash of the input"), max_length=64)
    decided_by = models.CharField(verbose_name=_("decided by"), max_length=128, blank=True)
    decided_at = models.DateTimeField(verbose_name=_("decided at"), null=True, blank=True)
    note = models.CharField(
        verbose_name=_("note"),
        max_length=500,
        blank=True,
        help_text=_("Why it was rejected. The person who asked sees it."),
    )
    refund = models.OneToOneField(
        "payments_graphql.StripeRefund",
        verbose_name=_("refund"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="approval",
    )
    livemode = models.BooleanField(verbose_name=_("live mode"), default=get_livemode)
    account = models.CharField(verbose_name=_("Stripe account"), max_length=64, default=get_account)
    created_at = models.DateTimeField(verbose_name=_("requested at"), default=timezone.now)
    expires_at = models.DateTimeField(verbose_name=_("expires at"), default=get_expiry)

    objects = RefundRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        default_permissions = ("view",)
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("payment_intent", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("actor", "-created_at", "-id")),
            models.Index(fields=("state", "-created_at", "-id")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("actor", "key", "livemode", "account"), name="one_refund_request_per_key"
            ),
        )

    def __str__(self) -> str:
        return money.format_amount(self.amount, self.currency)

    @property
    def is_waiting(self) -> bool:
        return self.state == RefundRequestState.WAITING and self.expires_at > timezone.now()
