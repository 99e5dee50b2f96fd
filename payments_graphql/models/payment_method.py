import datetime
import uuid
from collections.abc import Collection
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..payment_method_types import get_method_type
from .customer import OfCustomers, StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet


class StripePaymentMethodQuerySet(OfCustomers, OursQuerySet["StripePaymentMethod"]):
    def attached(self) -> "StripePaymentMethodQuerySet":
        """Methods that are saved and can be used again."""
        return self.filter(is_attached=True)

    def copies_of(self, method: "StripePaymentMethod") -> "StripePaymentMethodQuerySet":
        """All methods of the same card that its user saved or used, with any of the user's
        customers, including `method`. Without a fingerprint or a user there are no copies."""
        if not method.fingerprint or method.customer.user_id is None:
            return self.filter(pk=method.pk)
        return self.filter(
            fingerprint=method.fingerprint,
            type=method.type,
            livemode=method.livemode,
            account=method.account,
            customer__user_id=method.customer.user_id,
        )

    def of_customers(self, keys: Collection[uuid.UUID]) -> Self:
        return self.filter(customer_id__in=keys)


class StripePaymentMethod(MirroredModel):
    """A card, or another payment method, that was used or saved. Never contains its number.

    https://docs.stripe.com/api/payment_methods/object
    """

    customer = models.ForeignKey(
        StripeCustomer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="payment_methods",
        db_index=False,  # another index begins with it
    )
    stripe_payment_method_id = models.CharField(
        verbose_name=_("Stripe id"), max_length=255, unique=True
    )
    type = models.CharField(verbose_name=_("type"), max_length=64, default="card")
    brand = models.CharField(verbose_name=_("brand"), max_length=32, blank=True)
    last4 = models.CharField(verbose_name=_("last four digits"), max_length=4, blank=True)
    bank_name = models.CharField(
        verbose_name=_("bank"),
        max_length=255,
        blank=True,
        help_text=_("The name of the bank, as given by Stripe."),
    )
    exp_month = models.PositiveSmallIntegerField(
        verbose_name=_("expiration month"), null=True, blank=True
    )
    exp_year = models.PositiveSmallIntegerField(
        verbose_name=_("expiration year"), null=True, blank=True
    )
    funding = models.CharField(verbose_name=_("funding"), max_length=16, blank=True)
    country = models.CharField(verbose_name=_("country"), max_length=2, blank=True)
    fingerprint = models.CharField(
        verbose_name=_("fingerprint"),
        max_length=64,
        blank=True,
        help_text=_("The same for all copies of a card."),
    )
    is_attached = models.BooleanField(
        verbose_name=_("saved"),
        default=False,
        help_text=_("Whether the method is saved at Stripe and can be used again."),
    )

    advice_code = models.CharField(
        verbose_name=_("advice"),
        max_length=64,
        blank=True,
        help_text=_(
            "Stripe's advice after the last decline, such as `do_not_try_again`. Empty "
            "after a successful payment."
        ),
    )
    advised_at = models.DateTimeField(verbose_name=_("advised at"), null=True, blank=True)

    objects = StripePaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        default_permissions = ("view",)
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("customer", "-created_at", "-id")),
            models.Index(fields=("customer", "fingerprint")),
            models.Index(fields=("account", "livemode", "-created_at", "-id")),
            models.Index(fields=("-created_at", "-id")),  # of all modes, in the admin
            models.Index(
                fields=("last4",), condition=models.Q(last4__gt=""), name="payment_methods_by_last4"
            ),
            models.Index(
                fields=("-created_at", "-id"),
                condition=models.Q(is_attached=True),
                name="saved_payment_methods",
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """For people: `Visa •••• 4242`, `SEPA Direct Debit •••• 3000`, `Boleto`."""
        name = self.brand.replace("_", " ").capitalize() if self.brand else self._bank_or_type
        return f"{name} •••• {self.last4}" if self.last4 else name

    @property
    def _bank_or_type(self) -> str:
        kind = get_method_type(self.type).label
        # A bank account is known by its bank, any other method by its type.
        return self.bank_name if self.bank_name and self.last4 else kind

    @property
    def is_default(self) -> bool:
        return self.customer.default_payment_method_id == self.pk

    @property
    def is_expired(self) -> bool:
        """A card is valid until the last day of its month."""
        if self.exp_month is None or self.exp_year is None:
            return False
        today: datetime.date = timezone.now().date()
        return (self.exp_year, self.exp_month) < (today.year, today.month)
