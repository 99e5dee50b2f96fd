import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils import timezone

from ..payment_method_types import get_method_type
from .customer import StripeCustomer
from .mirrored import MirroredModel
from .ours import OursQuerySet


class StripePaymentMethodQuerySet(OursQuerySet["StripePaymentMethod"]):
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

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "StripePaymentMethodQuerySet":
        return self.filter(customer_id__in=StripeCustomer.objects.ids_for_user(user))


class StripePaymentMethod(MirroredModel):
    """A card, or another payment method, that was used or saved. Never contains its number.

    https://docs.stripe.com/api/payment_methods/object
    """

    customer = models.ForeignKey(
        StripeCustomer, on_delete=models.PROTECT, related_name="payment_methods"
    )
    stripe_payment_method_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=64, default="card")
    brand = models.CharField(max_length=32, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    bank_name = models.CharField(
        max_length=255, blank=True, help_text="The bank of an account, as Stripe calls it."
    )
    exp_month = models.PositiveSmallIntegerField(null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(null=True, blank=True)
    funding = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="The same for every copy of one card number."
    )
    is_attached = models.BooleanField(
        default=False, help_text="Saved to the customer at Stripe, and so usable again."
    )

    advice_code = models.CharField(
        max_length=64,
        blank=True,
        help_text="What Stripe advised when it was last declined, such as `do_not_try_again`; "
        "empty once it has paid since.",
    )
    advised_at = models.DateTimeField(null=True, blank=True)

    objects = StripePaymentMethodQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("customer", "-created_at", "-id")),
            models.Index(fields=("customer", "fingerprint")),
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
