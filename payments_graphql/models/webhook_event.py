import uuid

from django.db import models

from ..conf import conf
from .ours import OursQuerySet
from .stripe_account import find_account_or_empty, get_account


class EventState(models.TextChoices):
    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"
    DEAD = "dead"

    @classmethod
    def open(cls) -> tuple["EventState", ...]:
        """States in which the event will still be processed."""
        return (cls.PENDING, cls.PROCESSING, cls.FAILED)


class EventSource(models.TextChoices):
    WEBHOOK = "webhook"
    PULL = "pull"


class StripeWebhookEvent(models.Model):
    """A Stripe event, stored before it is processed. `event_id` prevents duplicates.

    `payload` is the event without secrets. It is removed if the event is ignored.
    https://docs.stripe.com/api/events/object
    """

    FAILED_ATTEMPTS = ("payment_intent.payment_failed", "setup_intent.setup_failed")
    """Types that report a failed attempt to pay or to save a card."""

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
            # A small index: `payments_reconcile` searches for card testers in every round.
            models.Index(
                fields=("stripe_created",),
                # Listed explicitly: an index must not change when a type is added.
                condition=models.Q(
                    type__in=("payment_intent.payment_failed", "setup_intent.setup_failed")
                ),
                name="failed_attempts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"


def assign_account() -> None:
    """Sets our account on events that arrived before it was known, signed with our secret."""
    waiting = StripeWebhookEvent.objects.filter(next_attempt_at__isnull=False)
    waiting.filter(account="", livemode=conf.livemode).update(account=get_account())
