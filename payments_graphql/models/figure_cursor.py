from django.db import models


class FigureCursor(models.Model):
    """How far the figures of one source, such as refunds, are counted. See Note [Daily figures]."""

    source = models.CharField(max_length=32, unique=True)
    time_zone = models.CharField(max_length=64, help_text="The site's, which divides the days.")
    next_day = models.DateField(
        null=True, help_text="The next day to count in a first or new count. Empty once finished."
    )
    read_until = models.DateTimeField(help_text="Later changes of rows are not counted yet.")
    refreshed_at = models.DateTimeField(
        null=True, help_text="When every change until then had been counted."
    )
    fence = models.PositiveIntegerField(
        default=0, help_text="Increases with every claim, so that an older claim cannot write."
    )
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.source} until {self.read_until}"
