from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from .customer import StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet


class SetupIntentStatus(models.TextChoices):
    """https://docs.stripe.com/payments/paymentintents/lifecycle?intent=setup"""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    UNKNOWN = "unknown"  # Stripe added it later

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

    OFF_SESSION = "off_session"
    ON_SESSION = "on_session"


class StripeSetupIntentQuerySet(OursQuerySet["StripeSetupIntent"]):
    def accepted(self) -> "StripeSetupIntentQuerySet":
        """Excludes setup intents that Stripe has not accepted yet."""
        return self.exclude(stripe_setup_intent_id=None)

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "StripeSetupIntentQuerySet":
        customers = StripeCustomer.objects.ids_for_user(user)
        return self.accepted().filter(customer_id__in=customers)


class StripeSetupIntent(MirroredModel):
    """A card saved without a payment. https://docs.stripe.com/api/setup_intents/object"""

    customer = models.ForeignKey(
        StripeCustomer, on_delete=models.PROTECT, related_name="setup_intents"
    )
    stripe_setup_intent_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    status = models.CharField(
        max_length=32,
        choices=SetupIntentStatus,
        default=SetupIntentStatus.REQUIRES_PAYMENT_METHOD,
    )
    usage = models.CharField(
        max_length=16, choices=SetupIntentUsage, default=SetupIntentUsage.OFF_SESSION
    )
    payment_method = models.ForeignKey(
        "payments_graphql.StripePaymentMethod",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="setup_intents",
    )
    last_error = models.JSONField(
        null=True, blank=True, help_text="Why the last attempt failed: code, decline_code, message."
    )
    cancellation_reason = models.CharField(max_length=64, blank=True)

    objects = StripeSetupIntentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("customer", "-created_at", "-id")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
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
