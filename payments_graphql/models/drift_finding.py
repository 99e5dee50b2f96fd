from django.db import models
from django.utils.translation import gettext_lazy as _

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class DriftFinding(models.Model):
    """An object that differs from Stripe, according to the last comparison. See
    `reconciliation/found_drift.py`."""

    account = models.CharField(verbose_name=_("Stripe account"), max_length=64, default=get_account)
    livemode = models.BooleanField(verbose_name=_("live mode"), default=get_livemode)
    object_type = models.CharField(verbose_name=_("object"), max_length=64)
    stripe_id = models.CharField(verbose_name=_("Stripe id"), max_length=255)
    verdict = models.CharField(verbose_name=_("result"), max_length=255)
    details = models.TextField(verbose_name=_("differences"), blank=True)
    amount = models.BigIntegerField(
        verbose_name=_("money at risk"),
        default=0,
        help_text=_("In the smallest unit of the currency."),
    )
    currency = models.CharField(verbose_name=_("currency"), max_length=16, blank=True)
    found_at = models.DateTimeField(verbose_name=_("found at"))
    compared_at = models.DateTimeField(verbose_name=_("compared at"))

    objects = OursQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference from Stripe")
        verbose_name_plural = _("differences from Stripe")
        default_permissions = ("view",)
        ordering = ("-found_at", "-pk")
        indexes = (models.Index(fields=("account", "livemode", "-found_at")),)
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode", "object_type", "stripe_id"),
                name="one_finding_per_object",
            ),
        )

    def __str__(self) -> str:
        return f"{self.object_type} {self.stripe_id}".strip()
