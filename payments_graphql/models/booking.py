"""What customers pay for. Replace it with a subclass of `AbstractBooking`: see
`PAYMENTS_BOOKING_MODEL`."""

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
from django.utils.translation import gettext_lazy as _

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
        """Validates like `save`."""
        bookings = list(objs)
        for booking in bookings:
            booking.normalize()
        return super().bulk_create(bookings, *arguments, **options)


class AbstractBooking(OwnedModel, UncheckedModel):
    """A trip, an order, an invoice: anything with a price and one customer who pays it.

    `save`, `full_clean` and `bulk_create` reject what Stripe cannot charge. `QuerySet.update` does
    not validate, so the services check again before they record a payment.
    """

    reference = models.CharField(verbose_name=_("reference"), max_length=64, unique=True)
    # No reverse name: a site may have its own `user.bookings`, or two models derived from this.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=forget_user,
        null=True,
        related_name="+",
        help_text=_("The customer who pays. Empty if the user was deleted."),
        db_index=False,  # another index begins with it
    )
    description = models.CharField(verbose_name=_("description"), max_length=500, blank=True)
    amount = models.BigIntegerField(
        verbose_name=_("amount"),
        help_text=_("The price in the smallest unit of the currency: 9999 is 99.99 USD."),
    )
    currency = models.CharField(
        verbose_name=_("currency"), max_length=3, help_text=_("A three-letter code, such as USD.")
    )
    canceled_at = models.DateTimeField(verbose_name=_("canceled at"), null=True, blank=True)
    created_at = models.DateTimeField(verbose_name=_("created at"), auto_now_add=True)
    # `db_index`, since a site's `Meta` may not inherit an index.
    unchecked_since = models.DateTimeField(
        verbose_name=_("unchecked since"),
        null=True,
        blank=True,
        editable=False,
        default=timezone.now,
        db_index=True,
        help_text=_("When the sums changed. Empty once `payments_reconcile` has checked them."),
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
            self.amount = amount  # Django would truncate it, but `normalize` rejects it
        self.normalize(set(_CHECKED) - set(exclude or ()))

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Django asks the default manager, which may hide a booking with the same reference."""
        super().validate_unique(exclude=exclude)
        if "reference" in (exclude or ()):
            return
        if list_all_bookings().filter(reference=self.reference).exclude(pk=self.pk).exists():
            raise self.unique_error_message(type(self), ("reference",))

    def normalize(self, names: Collection[str] | None = None) -> None:
        """Normalizes reference and currency, and rejects what Stripe cannot charge.

        `names` are the fields that will be written, by default all. Raises Django's
        `ValidationError`, which names the field.
        """
        written = {
            name
            for name in set(_CHECKED if names is None else names) - self.get_deferred_fields()
            # Expressions such as `F("amount") - 100` are checked when the booking is paid.
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
        """Raises `PaymentError` for a price that cannot be charged, for example one written by
        `QuerySet.update` or another program. Sets the currency to upper case, without saving.
        """
        self.currency = money.normalize_currency(self.currency)
        self._check_amount()

    def _check_amount(self) -> None:
        if self.amount is not None and not hasattr(self.amount, "resolve_expression"):
            money.check_minor_units(self.amount, self.currency)

    @property
    def amount_paid(self) -> int:
        """Minor units: what the booking's payments keep. See Note [Sums of money].

        Needs no query if `payment_intents` are prefetched with `customer`, `refunds` and
        `disputes`.
        """
        return self.sum_up().paid

    @property
    def amount_due(self) -> int:
        """Minor units still to pay. 0 once the booking is paid or canceled."""
        return self.sum_up().due

    @property
    def amount_overpaid(self) -> int:
        """Minor units paid above the cost, without amounts that are being refunded or that an open
        dispute may take: two payments succeeded, or the price was lowered after payment. For a
        canceled booking this is everything kept. A site that keeps a cancellation fee can override
        it.
        """
        return self.sum_up().overpaid

    def sum_up(self) -> balance.BookingSums:
        """All sums at once, for code that needs several."""
        return balance.sum_booking(self, self._list_payment_intents())

    def list_not_counted(self) -> "list[StripePaymentIntent]":
        """Payments that keep money for this booking but do not count, since their currency or
        customer differs. A person has to decide about them."""
        return [
            intent
            for intent in self._list_payment_intents()
            if balance.has_succeeded(intent)
            and not balance.is_of_booking(intent, self)
            and balance.sum_payment(intent).standing > 0
        ]

    def _list_payment_intents(self) -> "Iterable[StripePaymentIntent]":
        """The booking's payments, at least those that received money."""
        fetched: Iterable[StripePaymentIntent] | None = getattr(
            self, "_prefetched_objects_cache", {}
        ).get("payment_intents")
        if fetched is not None:
            return fetched
        if self.pk is None:  # not saved yet
            return ()
        intents: models.Manager[StripePaymentIntent] = self.payment_intents  # type: ignore[attr-defined]  # the payment declares it
        succeeded = intents.filter(status__in=balance.BRING_MONEY).order_by()
        return succeeded.select_related("customer").prefetch_related("refunds", "disputes")

    @property
    def price(self) -> Decimal:
        """The amount in major units."""
        return money.to_decimal(self.amount, self.currency)


_CHECKED = ("reference", "amount", "currency")


class Booking(AbstractBooking):
    """The default, for sites without their own booking model."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        swappable = "PAYMENTS_BOOKING_MODEL"
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("user", "-created_at", "-id")),
            # For the lists of the admin.
            models.Index(fields=("-created_at", "-id")),
            models.Index(fields=("currency", "-created_at", "-id")),
            models.Index(fields=("currency", "amount", "-created_at", "-id")),
            models.Index(
                fields=("-created_at", "-id"),
                condition=models.Q(canceled_at__isnull=False),
                name="canceled_bookings",
            ),
        )


def get_booking_model() -> type[AbstractBooking]:
    """The booking model in use, which may be the site's own."""
    model: type[AbstractBooking] = apps.get_model(conf.PAYMENTS_BOOKING_MODEL, require_ready=False)
    return model


def list_all_bookings() -> BookingQuerySet:
    """Every booking, including those that a site's managers hide: an archived booking can still be
    owed, paid and overpaid."""
    return BookingQuerySet(get_booking_model())
