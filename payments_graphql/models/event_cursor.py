from django.db import models


class EventCursor(models.Model):
    """How far `/v1/events` has been read, for each account and mode."""

    account = models.CharField(max_length=64, default="default")
    livemode = models.BooleanField(default=False)
    read_until = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode"), name="one_cursor_per_account_and_mode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {'live' if self.livemode else 'test'}"
