import uuid

from django.db import models

from .ours import OursQuerySet
from .stripe_account import find_account_or_empty


class EventState(models.TextChoices):
    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"
    DEAD = "dead"

    @classmethod
    def open(cls) -> tuple["EventState", ...]:
        """States from which it will still be processed."""
        return (cls.PENDING, cls.PROCESSING, cls.FAILED)


class EventSource(models.TextChoices):
    WEBHOOK = "webhook"
    PULL = "pull"


class StripeWebhookEvent(models.Model):
    """One event of Stripe's, stored before anything is done about it; `event_id` dedupes.

    `payload` is the event without secrets; it is dropped when the event is ignored.
    https://docs.stripe.com/api/events/object
    """

    FAILED_ATTEMPTS = ("payment_intent.payment_failed", "setup_intent.setup_failed")
    """Types that tell of an attempt to pay or to save a card, and that it failed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=128)
    object_id = models.CharField(max_length=255, blank=True, help_text="The Stripe id it is about.")
    livemode = models.BooleanField(default=False)
    account = models.CharField(
        max_length=64,
        blank=True,
        default=find_account_or_empty,
        help_text="Empty until it is known which account is ours.",
    )
    api_version = models.CharField(max_length=64, blank=True)
    request_key = models.CharField(
        max_length=255,
        blank=True,
        help_text="The idempotency key of the request that caused it; of ours, the operation's id.",
    )
    source = models.CharField(max_length=16, choices=EventSource, default=EventSource.WEBHOOK)
    payload = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=EventState, default=EventState.PENDING)
    reason = models.CharField(max_length=255, blank=True, help_text="Why it was ignored.")
    error = models.TextField(blank=True, help_text="What went wrong at the last try.")
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="While it is being processed, the end of the lease."
    )
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    stripe_created = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=("-received_at", "-id")),
            models.Index(fields=("state", "-received_at")),
            models.Index(
                fields=("next_attempt_at", "received_at"),
                condition=models.Q(next_attempt_at__isnull=False),
                name="open_webhook_events",
            ),
            models.Index(fields=("object_id",)),
            # Few among many: `payments_reconcile` looks in each round for who tests cards.
            models.Index(
                fields=("stripe_created",),
                # Written out: an index must not change when a type is added.
                condition=models.Q(
                    type__in=("payment_intent.payment_failed", "setup_intent.setup_failed")
                ),
                name="failed_attempts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"
