import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from .ours import OursQuerySet
from .stripe_account import find_account_or_empty, get_account


class EventState(models.TextChoices):
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Ignored")
    FAILED = "failed", _("Failed")
    DEAD = "dead", _("Dead")

    @classmethod
    def open(cls) -> tuple["EventState", ...]:
        """States in which the event will still be processed."""
        return (cls.PENDING, cls.PROCESSING, cls.FAILED)


class EventSource(models.TextChoices):
    WEBHOOK = "webhook", _("Webhook")
    PULL = "pull", _("Poll")


class StripeWebhookEvent(models.Model):
    """A Stripe event, stored before it is processed. `event_id` prevents duplicates.

    `payload` is the event without secrets. It is removed if the event is ignored.
    https://docs.stripe.com/api/events/object
    """

    FAILED_ATTEMPTS = ("payment_intent.payment_failed", "setup_intent.setup_failed")
    """Types that report a failed attempt to pay or to save a card."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event_id = models.CharField(verbose_name=_("event id"), max_length=255, unique=True)
    type = models.CharField(verbose_name=_("type"), max_length=128)
    object_id = models.CharField(
        verbose_name=_("object"),
        max_length=255,
        blank=True,
        help_text=_("The Stripe id of the object."),
    )
    stripe_customer_id = models.CharField(
        verbose_name=_("Stripe customer id"),
        max_length=255,
        blank=True,
        editable=False,
        help_text=_("The customer whom the object belongs to, or belonged to before the event."),
    )
    stripe_payment_intent_id = models.CharField(
        verbose_name=_("Stripe payment intent id"),
        max_length=255,
        blank=True,
        editable=False,
        help_text=_("The payment of which the object is a part, such as a refund."),
    )
    livemode = models.BooleanField(verbose_name=_("live mode"), default=False)
    account = models.CharField(
        verbose_name=_("Stripe account"),
        max_length=64,
        blank=True,
        default=find_account_or_empty,
        help_text=_("Empty until the account of the current keys is known."),
    )
    api_version = models.CharField(verbose_name=_("API version"), max_length=64, blank=True)
    request_key = models.CharField(
        verbose_name=_("request key"),
        max_length=255,
        blank=True,
        help_text=_(
            "The idempotency key of the request that caused the event. For a request of "
            "this site, the id of the operation."
        ),
    )
    correlation_id = models.CharField(
        verbose_name=_("correlation id"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("That of the operation that caused the event, or else of its delivery."),
    )
    source = models.CharField(
        verbose_name=_("source"), max_length=16, choices=EventSource, default=EventSource.WEBHOOK
    )
    payload = models.JSONField(verbose_name=_("payload"), null=True, blank=True)
    state = models.CharField(
        verbose_name=_("state"), max_length=16, choices=EventState, default=EventState.PENDING
    )
    reason = models.CharField(
        verbose_name=_("reason"),
        max_length=255,
        blank=True,
        help_text=_("Why the event was ignored."),
    )
    error = models.TextField(
        verbose_name=_("error"), blank=True, help_text=_("The error of the last attempt.")
    )
    attempts = models.PositiveIntegerField(verbose_name=_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(
        verbose_name=_("next attempt at"),
        null=True,
        blank=True,
        help_text=_("While the event is being processed, the end of the lease."),
    )
    lease_expires_at = models.DateTimeField(
        verbose_name=_("lease expires at"), null=True, blank=True
    )
    stripe_created = models.DateTimeField(verbose_name=_("created at Stripe"))
    received_at = models.DateTimeField(verbose_name=_("received at"), auto_now_add=True)
    processed_at = models.DateTimeField(verbose_name=_("processed at"), null=True, blank=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        default_permissions = ("view",)
        permissions = (("replay_event", "Can retry webhook events"),)
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=("-received_at", "-id")),
            models.Index(fields=("account", "livemode", "-received_at", "-id")),
            models.Index(fields=("state", "-received_at")),
            models.Index(fields=("type", "-received_at")),
            # Polled events are few.
            models.Index(
                fields=("-received_at", "-id"),
                condition=models.Q(source="pull"),
                name="polled_webhook_events",
            ),
            models.Index(
                fields=("next_attempt_at", "received_at"),
                condition=models.Q(next_attempt_at__isnull=False),
                name="open_webhook_events",
            ),
            models.Index(fields=("correlation_id",), name="events_by_correlation"),
            models.Index(fields=("object_id", "-received_at")),
            models.Index(
                fields=("stripe_customer_id",),
                condition=~models.Q(stripe_customer_id=""),
                name="events_of_a_customer",
            ),
            models.Index(
                fields=("stripe_payment_intent_id",),
                condition=~models.Q(stripe_payment_intent_id=""),
                name="events_of_a_payment",
            ),
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
