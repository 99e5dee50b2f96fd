from django.db import models


class CauseKind(models.TextChoices):
    """Where an update that caused a change came from."""

    OPERATION = "operation"
    EVENT = "event"
    READ = "read"


class StatusChange(models.Model):
    """An append-only log: the old and new status, when and why, or a reminder without a change.

    It is also the outbox of the signals. `signaled_at` is set once all receivers have been called,
    so neither a crash after the commit nor an error in a receiver loses a signal.
    """

    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text="The payment that it concerns; a setup intent has none.",
    )
    refund = models.ForeignKey(
        "payments_graphql.StripeRefund",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text="Set when it is the refund whose status changed.",
    )
    dispute = models.ForeignKey(
        "payments_graphql.StripeDispute",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text="Set when it is the dispute whose status changed.",
    )
    setup_intent = models.ForeignKey(
        "payments_graphql.StripeSetupIntent",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
    )
    from_status = models.CharField(max_length=32, blank=True)
    to_status = models.CharField(max_length=32)
    failure_code = models.CharField(
        max_length=64, blank=True, help_text="Why an attempt to pay, or a refund, failed."
    )
    is_reminder = models.BooleanField(
        default=False,
        help_text="Nothing changed: the evidence of the dispute is due soon.",
    )
    cause_kind = models.CharField(max_length=16, choices=CauseKind)
    cause_id = models.CharField(
        max_length=255, blank=True, help_text="The operation's id, or the event's at Stripe."
    )
    occurred_at = models.DateTimeField(help_text="When Stripe said so.")
    created_at = models.DateTimeField(auto_now_add=True)
    signaled_at = models.DateTimeField(null=True, blank=True)
    signaled_to = models.JSONField(
        default=list, blank=True, help_text="Receivers that were told, until all of them are."
    )
    signal_waits_for = models.CharField(
        max_length=255, blank=True, help_text="A receiver that the process which sent did not have."
    )
    signal_attempts = models.PositiveIntegerField(
        default=0, help_text="How often a receiver raised; the fewest go first."
    )

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("payment_intent", "id")),
            models.Index(
                fields=("id",), condition=models.Q(signaled_at=None), name="unsignaled_changes"
            ),
        )

    def __str__(self) -> str:
        if self.is_reminder:
            return f"{self.to_status}, due soon"
        return f"{self.from_status or 'new'} → {self.to_status}"
