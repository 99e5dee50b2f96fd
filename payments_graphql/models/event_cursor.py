from django.db import models

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class EventCursor(models.Model):
    """How far `/v1/events` has been read, for each account and mode."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    read_until = models.DateTimeField()

    objects = OursQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode"), name="one_cursor_per_account_and_mode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {'live' if self.livemode else 'test'}"
