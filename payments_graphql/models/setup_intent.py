import uuid
from collections.abc import Collection
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from .customer import OfCustomers, StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet


class SetupIntentStatus(models.TextChoices):
    """https://docs.stripe.com/payments/paymentintents/lifecycle?intent=setup"""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("Requires payment method")
    REQUIRES_CONFIRMATION = "requires_confirmation", _("Requires confirmation")
    REQUIRES_ACTION = "requires_action", _("Requires action")
    PROCESSING = "processing", _("Processing")
    SUCCEEDED = "succeeded", _("Succeeded")
    CANCELED = "canceled", _("Canceled")
    UNKNOWN = "unknown", _("Unknown")  # Stripe added it later

    @classmethod
    def terminal(cls) -> tuple["SetupIntentStatus", ...]:
        """Statuses that Stripe never takes back."""
        return (cls.SUCCEEDED, cls.CANCELED)

    @classmethod
    def confirmable(cls) -> tuple["SetupIntentStatus", ...]:
        """Statuses in which the customer can still save a card, and so needs the client secret."""
        return (cls.REQUIRES_PAYMENT_METHOD, cls.REQUIRES_CONFIRMATION, cls.REQUIRES_ACTION)


class SetupIntentUsage(models.TextChoices):
    """https://docs.stripe.com/api/setup_intents/create#create_setup_intent-usage"""

    OFF_SESSION = "off_session", _("Off session")
    ON_SESSION = "on_session", _("On session")


class StripeSetupIntentQuerySet(OfCustomers, OursQuerySet["StripeSetupIntent"]):
    def accepted(self) -> Self:
        """Excludes setup intents that Stripe has not accepted yet."""
        return self.exclude(stripe_setup_intent_id=None)

    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        return self.accepted().filter(customer_id__in=keys)


class StripeSetupIntent(MirroredModel):
    """A card saved without a payment. https://docs.stripe.com/api/setup_intents/object"""

    customer = models.ForeignKey(
        StripeCustomer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="setup_intents",
        db_index=False,  # another index begins with it
    )
    stripe_setup_intent_id = models.CharField(
        verbose_name=_("Stripe id"), max_length=255, unique=True, null=True, blank=True
    )
    status = models.CharField(
        verbose_name=_("status"),
        max_length=32,
        choices=SetupIntentStatus,
        default=SetupIntentStatus.REQUIRES_PAYMENT_METHOD,
    )
    usage = models.CharField(
        verbose_name=_("usage"),
        max_length=16,
        choices=SetupIntentUsage,
        default=SetupIntentUsage.OFF_SESSION,
    )
    payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        verbose_name=_("payment method"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="setup_intents",
    )
    last_error = models.JSONField(
        verbose_name=_("last error"),
        null=True,
        blank=True,
        help_text=_("Why the last attempt failed: code, decline_code, message."),
    )
    cancellation_reason = models.CharField(
        verbose_name=_("cancellation reason"), max_length=64, blank=True
    )

    objects = StripeSetupIntentQuerySet.as_manager()

    class Meta:
        verbose_name = _("setup intent")
        verbose_name_plural = _("setup intents")
        default_permissions = ("view",)
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("customer", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("-created_at", "-id")),  # of all modes, in the admin
            models.Index(fields=("status", "-created_at")),
            models.Index(
                fields=("next_read_at",),
                condition=models.Q(next_read_at__isnull=False),
                name="setup_intents_to_read",
            ),
        )

    def __str__(self) -> str:
        return self.stripe_setup_intent_id or f"new setup intent {self.pk}"

    @property
    def is_terminal(self) -> bool:
        return self.status in SetupIntentStatus.terminal()

    @property
    def is_confirmable(self) -> bool:
        return self.status in SetupIntentStatus.confirmable()
