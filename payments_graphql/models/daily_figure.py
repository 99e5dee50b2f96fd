from django.db import models
from django.utils.translation import gettext_lazy as _

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class FigureName(models.TextChoices):
    """What a figure counts. `figures/__init__.py` defines each of them."""

    PAID = "paid", _("Paid")
    AUTHORIZED = "authorized", _("Authorized")
    NOT_PAID = "not_paid", _("Not paid")
    FEES = "fees", _("Fees")
    DECLINED = "declined", _("Declined attempts")
    REFUNDED = "refunded", _("Refunded")
    REFUNDS_OPEN = "refunds_open", _("Refunds in progress")
    REFUNDS_FAILED = "refunds_failed", _("Failed refunds")
    DISPUTED = "disputed", _("Disputes")
    DISPUTES_WON = "disputes_won", _("Disputes won")
    DISPUTES_LOST = "disputes_lost", _("Disputes lost")
    WEBHOOK_DELAY = "webhook_delay", _("Webhook delay")
    WEBHOOK_SLOWEST = "webhook_slowest", _("Slowest webhook")
    EVENTS_POLLED = "events_polled", _("Events without a webhook")


class DailyFigure(models.Model):
    """A count and a sum of money for one day, kept up to date. See Note [Daily figures]."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    day = models.DateField(help_text="A day of the site's TIME_ZONE.")
    currency = models.CharField(max_length=16, blank=True, help_text="Empty for webhooks.")
    name = models.CharField(max_length=32, choices=FigureName)
    detail = models.CharField(
        max_length=64, blank=True, help_text="The decline code, the currency of fees, or the delay."
    )
    count = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(
        default=0, help_text="Minor units of the currency. Milliseconds of a delay."
    )

    objects = OursQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode", "day", "currency", "name", "detail"),
                name="one_figure_per_day",
            ),
        )
        indexes = (models.Index(fields=("day", "name")),)

    def __str__(self) -> str:
        return f"{self.day} {self.name} {self.detail} {self.currency}".replace("  ", " ")


class Dashboard(DailyFigure):
    """The admin's page of figures. A model, since Django's admin makes addresses and links of
    models, in every site."""

    class Meta:
        proxy = True
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")
        default_permissions = ()
