from django.db import models


class SignalReceiver(models.Model):
    """The name of a signal receiver that some process of the site has.

    See Note [Receivers of the whole site].
    """

    name = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField(help_text="When a process last reported this receiver.")

    def __str__(self) -> str:
        return self.name
