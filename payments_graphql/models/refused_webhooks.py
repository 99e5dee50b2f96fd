from django.db import models


class RefusedWebhooks(models.Model):
    """Webhooks whose signature did not match since one was last accepted. See
    `webhooks/refusals.py`. Their account and mode are unknown, as they are not authentic."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.count} until {self.last_at}"
