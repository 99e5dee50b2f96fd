"""What is paid for. Swap the model by `PAYMENTS_BOOKING_MODEL`, a subclass of `AbstractBooking`."""

import uuid
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from payments_graphql import money

from ..conf import conf
from ..errors import PaymentError
from . import balance
from .former_users import OwnedModel, forget_user, is_signed_in
from .unchecked import BOOKKEEPING, UncheckedModel, UncheckedQuerySet

if TYPE_CHECKING:
    from .payment_intent import StripePaymentIntent


class BookingQuerySet(UncheckedQuerySet[Any]):
    beside_the_sums = BOOKKEEPING | {"description", "reference"}

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> "BookingQuerySet":
        return self.filter(user_id=user.pk) if is_signed_in(user) else self.none()

    def bulk_create(self, objs: Iterable[Any], *arguments: Any, **options: Any) -> list[Any]:
        """Refuses what `save` refuses."""
        bookings = list(objs)
        for booking in bookings:
            booking.normalize()
        return super().bulk_create(bookings, *arguments, **options)


class AbstractBooking(OwnedModel, UncheckedModel):
    """A trip, an order, an invoice: whatever has a price and one customer who pays it.

    `save`, `full_clean` and `bulk_create` refuse what Stripe could not charge. `QuerySet.update`
    checks nothing, so the services check again before they record a payment.
    """

    reference = models.CharField(max_length=64, unique=True)
    # Nothing on the user model: a site may have its own `user.bookings`, or two models of these.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=forget_user,
        null=True,
        related_name="+",
        help_text="Whoever pays it. Empty once the user was deleted.",
    )
    description = models.CharField(max_length=500, blank=True)
    amount = models.BigIntegerField(
        help_text="Price in minor units of the currency: 9999 is 99.99 USD."
    )
    currency = models.CharField(max_length=3, help_text="Upper-case code, such as USD.")
    canceled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # With an index for any model of a site, whose `Meta` may not inherit one.
    unchecked_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        default=timezone.now,
        db_index=True,
        help_text="Since when `payments_reconcile` is to check its sums. Null: checked.",
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference

    def save(self, *arguments: Any, **options: Any) -> None:
        self.normalize(options.get("update_fields"))
        super().save(*arguments, **options)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        amount = self.amount
        super().clean_fields(exclude=exclude)
        if isinstance(amount, float):
            self.amount = amount  # Django would cut its decimals, and `normalize` refuses it
        self.normalize(set(_CHECKED) - set(exclude or ()))

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Django asks the default manager, which may hide a booking with the same reference."""
        super().validate_unique(exclude=exclude)
        if "reference" in (exclude or ()):
            return
        if list_all_bookings().filter(reference=self.reference).exclude(pk=self.pk).exists():
            raise self.unique_error_message(type(self), ("reference",))

    def normalize(self, names: Collection[str] | None = None) -> None:
        """Bring reference and currency to their form, and refuse what cannot be charged.

        `names` are the fields that are about to be written, all by default. Raises Django's
        `ValidationError`, which names the field.
        """
        written = {
            name
            for name in set(_CHECKED if names is None else names) - self.get_deferred_fields()
            # What the database is to compute, as `F("amount") - 100`, is checked when it is paid.
            if name in _CHECKED and not hasattr(getattr(self, name), "resolve_expression")
        }
        if "reference" in written:
            self.reference = str(self.reference).strip()
            if not self.reference:
                raise ValidationError({"reference": _("Reference must not be blank.")})
        try:
            if "currency" in written:
                self.currency = money.normalize_currency(self.currency)
            if {"amount", "currency"} & written and isinstance(self.currency, str):
                self._check_amount()
        except PaymentError as error:
            is_currency = error.path == ("currency",) or "amount" not in written
            raise ValidationError(
                {"currency" if is_currency else "amount": error.message}
            ) from error

    def check_price(self) -> None:
        """Raises `PaymentError` for a price that cannot be charged, as `QuerySet.update` or other
        programs may have written it. The currency is upper-case afterwards, here, not in the row.
        """
        self.currency = money.normalize_currency(self.currency)
        self._check_amount()

    def _check_amount(self) -> None:
        if self.amount is not None and not hasattr(self.amount, "resolve_expression"):
            money.check_minor_units(self.amount, self.currency)

    @property
    def amount_paid(self) -> int:
        """Minor units: what the booking's payments keep. See Note [Sums of money].

        Without a statement when `payment_intents` are prefetched, with `customer`, `refunds` and
        `disputes`.
        """
        return self.sum_up().paid

    @property
    def amount_due(self) -> int:
        """Minor units still to be paid; 0 once it is paid or canceled."""
        return self.sum_up().due

    @property
    def amount_overpaid(self) -> int:
        """Minor units that were paid above what it costs, are not being refunded yet, and that no
        open dispute may take: two payments succeeded, or the price fell after one did. Of a
        canceled booking all that is kept, as nobody owes it; a model of a site that keeps a fee
        says so by overriding this.
        """
        return self.sum_up().overpaid

    def sum_up(self) -> balance.BookingSums:
        """All sums at once, for code that needs several."""
        return balance.sum_booking(self, self._list_payment_intents())

    def list_not_counted(self) -> "list[StripePaymentIntent]":
        """Payments that keep money for this booking and are not added up: in another currency than
        the booking's, or of another customer. A person has to decide about them."""
        return [
            intent
            for intent in self._list_payment_intents()
            if balance.has_succeeded(intent)
            and not balance.is_of_booking(intent, self)
            and balance.sum_payment(intent).standing > 0
        ]

    def _list_payment_intents(self) -> "Iterable[StripePaymentIntent]":
        """Those that brought money, at least."""
        fetched: Iterable[StripePaymentIntent] | None = getattr(
            self, "_prefetched_objects_cache", {}
        ).get("payment_intents")
        if fetched is not None:
            return fetched
        if self.pk is None:  # not saved yet
            return ()
        intents: models.Manager[StripePaymentIntent] = self.payment_intents  # type: ignore[attr-defined]
        succeeded = intents.filter(status__in=balance.BRING_MONEY).order_by()
        return succeeded.select_related("customer").prefetch_related("refunds", "disputes")

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)


_CHECKED = ("reference", "amount", "currency")


class Booking(AbstractBooking):
    """The default: enough for a site that has no booking model of its own yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        swappable = "PAYMENTS_BOOKING_MODEL"
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at", "-id")),)


def get_booking_model() -> type[AbstractBooking]:
    """The booking model in use, for code that must work with a swapped one."""
    model: type[AbstractBooking] = apps.get_model(conf.PAYMENTS_BOOKING_MODEL, require_ready=False)
    return model


def list_all_bookings() -> BookingQuerySet:
    """Every booking, whatever the managers of a site's model hide. What is archived can still be
    owed, paid and overpaid, so no code of ours asks those managers."""
    return BookingQuerySet(get_booking_model())
