from django.db import models

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class ImportCursor(models.Model):
    """How far `manage.py payments_sync` has read one of Stripe's lists, so that it can continue."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    kind = models.CharField(
        max_length=32, help_text="Stripe's object type, such as customer or payment_intent."
    )
    after_id = models.CharField(max_length=255, blank=True, help_text="The last imported object.")
    seen = models.PositiveIntegerField(default=0)
    is_finished = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode", "kind"), name="one_import_cursor_per_list"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} after {self.after_id or 'the beginning'}"
