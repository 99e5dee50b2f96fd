from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class CauseKind(models.TextChoices):
    """Where an update that caused a change came from."""

    OPERATION = "operation", _("Operation")
    EVENT = "event", _("Webhook event")
    READ = "read", _("Read from Stripe")


class StatusChange(models.Model):
    """An append-only log: the old and new status, when and why, or a reminder without a change.

    It is also the outbox of the signals. `signaled_at` is set once all receivers have been called,
    so neither a crash after the commit nor an error in a receiver loses a signal.
    """

    payment_intent = models.ForeignKey(
        "payments_graphql.StripePaymentIntent",
        verbose_name=_("payment intent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text=_("The payment of the changed object. Empty for a setup intent."),
        db_index=False,  # another index begins with it
    )
    refund = models.ForeignKey(
        "payments_graphql.StripeRefund",
        verbose_name=_("refund"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text=_("Set if the status of a refund changed."),
    )
    dispute = models.ForeignKey(
        "payments_graphql.StripeDispute",
        verbose_name=_("dispute"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
        help_text=_("Set if the status of a dispute changed."),
    )
    setup_intent = models.ForeignKey(
        "payments_graphql.StripeSetupIntent",
        verbose_name=_("setup intent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="status_changes",
    )
    from_status = models.CharField(verbose_name=_("from status"), max_length=32, blank=True)
    to_status = models.CharField(verbose_name=_("to status"), max_length=32)
    failure_code = models.CharField(
        verbose_name=_("failure code"),
        max_length=64,
        blank=True,
        help_text=_("Why the payment attempt or the refund failed."),
    )
    is_reminder = models.BooleanField(
        verbose_name=_("reminder"),
        default=False,
        help_text=_("A reminder that the evidence of the dispute is due soon. No status changed."),
    )
    cause_kind = models.CharField(verbose_name=_("source"), max_length=16, choices=CauseKind)
    cause_id = models.CharField(
        verbose_name=_("source id"),
        max_length=255,
        blank=True,
        help_text=_("The id of the operation, or of the event at Stripe."),
    )
    occurred_at = models.DateTimeField(
        verbose_name=_("occurred at"), help_text=_("When the status changed at Stripe.")
    )
    created_at = models.DateTimeField(verbose_name=_("created at"), auto_now_add=True)
    signaled_at = models.DateTimeField(verbose_name=_("signal sent at"), null=True, blank=True)
    signaled_to = models.JSONField(
        verbose_name=_("signal sent to"),
        default=list,
        blank=True,
        help_text=_("The receivers that already got the signal."),
    )
    signal_waits_for = models.CharField(
        verbose_name=_("signal waits for"),
        max_length=255,
        blank=True,
        help_text=_("A receiver that the sending process did not have."),
    )
    signal_attempts = models.PositiveIntegerField(
        verbose_name=_("failed signals"),
        default=0,
        help_text=_(
            "How many times a receiver failed. Changes with fewer failures are sent first."
        ),
    )

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        default_permissions = ("view",)
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("payment_intent", "id")),
            # For the admin's list.
            models.Index(fields=("-occurred_at", "-id")),
            models.Index(fields=("to_status", "-occurred_at", "-id")),
            models.Index(
                fields=("-occurred_at", "-id"),
                condition=models.Q(cause_kind="read"),
                name="changes_found_by_reading",
            ),
            models.Index(
                fields=("id",), condition=models.Q(signaled_at=None), name="unsignaled_changes"
            ),
            # A small index, for the daily figures: few attempts are declined.
            models.Index(
                fields=("occurred_at",), condition=~models.Q(failure_code=""), name="failed_changes"
            ),
        )

    def __str__(self) -> str:
        if self.is_reminder:
            return gettext("%(status)s, due soon") % {"status": self.to_status}
        return f"{self.from_status or gettext('new')} → {self.to_status}"
