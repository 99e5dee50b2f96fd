"""The common fields of rows that mirror a Stripe object."""

import uuid

from django.db import models

from .ours import get_livemode
from .stripe_account import get_account


class MirroredModel(models.Model):
    """Written only by `mirror.apply_*`, from Stripe's data as of `as_of`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    livemode = models.BooleanField(default=get_livemode)
    account = models.CharField(max_length=64, default=get_account)
    as_of = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When Stripe said it: the event's creation or the Date of the answer. Null until "
        "Stripe has accepted the object.",
    )
    as_of_earliest = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The earliest time that it can be from: an answer is as old as its request at "
        "most. Null: it is exactly from `as_of`.",
    )
    next_read_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it is read anew from Stripe, as its state is not final. Null: never.",
    )
    version = models.PositiveIntegerField(default=0, help_text="Rises with every change applied.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
