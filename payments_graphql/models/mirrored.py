"""The common fields of rows that mirror a Stripe object."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .loading import FastLoadedModel
from .ours import get_livemode
from .stripe_account import get_account


class MirroredModel(FastLoadedModel):
    """Written only by `mirror.apply_*`, from Stripe's data as of `as_of`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    livemode = models.BooleanField(verbose_name=_("live mode"), default=get_livemode)
    account = models.CharField(verbose_name=_("Stripe account"), max_length=64, default=get_account)
    as_of = models.DateTimeField(
        verbose_name=_("as of"),
        null=True,
        blank=True,
        help_text=_("When Stripe's data was current. Empty until Stripe has accepted the object."),
    )
    as_of_earliest = models.DateTimeField(
        verbose_name=_("as of, at the earliest"),
        null=True,
        blank=True,
        help_text=_(
            "The earliest time at which Stripe's data can have been current. Empty if "
            "the time is exact."
        ),
    )
    next_read_at = models.DateTimeField(
        verbose_name=_("next read at"),
        null=True,
        blank=True,
        help_text=_("When the object will be read from Stripe again. Empty for never."),
    )
    version = models.PositiveIntegerField(
        verbose_name=_("version"), default=0, help_text=_("Increases with every change.")
    )
    created_at = models.DateTimeField(verbose_name=_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(verbose_name=_("updated at"), auto_now=True)

    class Meta:
        abstract = True
