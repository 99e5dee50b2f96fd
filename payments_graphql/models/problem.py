"""What is wrong, as of the last examination, and who was told. `problems` alone writes these."""

from django.db import models

from .ours import OursQuerySet, get_livemode
from .stripe_account import get_account


class StoredProblem(models.Model):
    """One kind of problem. `count` is 0 while there is none."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    kind = models.CharField(max_length=64, help_text="A slug of `problems.ALL`.")
    count = models.PositiveIntegerField(default=0)
    amounts = models.JSONField(default=dict, help_text="Minor units by currency.")
    oldest = models.DateTimeField(null=True, help_text="The time of the oldest row.")
    due_at = models.DateTimeField(null=True, help_text="The first deadline, if there is one.")
    row_id = models.CharField(
        max_length=255, blank=True, help_text="The primary key of the row, if it is the only one."
    )
    first_seen_at = models.DateTimeField(null=True, help_text="Empty while there is none.")

    objects = OursQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode", "kind"), name="one_stored_problem_per_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"


class ProblemCheck(models.Model):
    """When the problems were examined last, for each account and mode. See Note [One examiner]."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    checked_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    objects = OursQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode"), name="one_check_per_account_and_mode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {'live' if self.livemode else 'test'}"


class ProblemNotice(models.Model):
    """What a recipient of `payments_doctor --watch` knows of a problem. See Note [Told once]."""

    account = models.CharField(max_length=64, default=get_account)
    livemode = models.BooleanField(default=get_livemode)
    kind = models.CharField(max_length=64)
    recipient = models.CharField(
        max_length=80, help_text="`mail` or `post`, and a hash of the address."
    )
    is_told = models.BooleanField(default=False, help_text="Whether it was told of the problem.")
    claimed_until = models.DateTimeField(
        null=True, help_text="Until then, another process sends it, or nobody tries again."
    )

    objects = OursQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("account", "livemode", "kind", "recipient"),
                name="one_notice_per_kind_and_recipient",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient}"
