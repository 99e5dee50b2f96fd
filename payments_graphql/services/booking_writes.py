"""The interface for a site that keeps its bookings in its own table.

Note [Bookings of the site]
The site calls `put_booking` on every save of its own row, usually with no changes and usually
inside the transaction of that save. Without changes it costs one statement and takes no lock.
Changes are written in the caller's transaction, under the booking's lock: both rows are committed
together or not at all, and the later of two concurrent saves is written last. The open payment is
then canceled at Stripe, outside of any transaction: after the commit, or by `payments_reconcile`.
"""

import functools
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import money, operations
from ..errors import AmountError, PaymentError, ValidationError
from ..logs import get_logger
from ..models import AbstractBooking, get_booking_model, get_or_none, list_all_bookings
from .booking_changes import Release, ReleaseOutcome, release_open_intent
from .bookings import refuse_other_currency
from .inputs import check_text

__all__ = ["BookingOutcome", "WrittenBooking", "put_booking"]

logger = get_logger(__name__)

_DECIDE_WHAT_IS_DUE = {"user", "amount", "currency", "canceled_at"}


class BookingOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class WrittenBooking:
    """`changed` contains the names of the changed fields. `release` says what was done about the
    open payment, or is None if no relevant field changed."""

    booking: AbstractBooking
    outcome: BookingOutcome
    changed: tuple[str, ...] = ()
    release: Release | None = None


def put_booking(
    *,
    reference: str,
    user: AbstractBaseUser,
    amount: Decimal | int | str | float,
    currency: str,
    description: str = "",
    canceled: bool = False,
) -> WrittenBooking:
    """Creates or updates the booking with this reference. `amount` is in major units; 0 keeps the
    price of a canceled booking.

    Unlike the other services, you may call it inside a transaction. See Note [Bookings of the
    site]. If the booking belongs to another user, it moves to `user`. See Note [A payment has an
    owner].
    """
    wanted = _Wanted.check(reference, user, amount, currency, description, canceled)
    found = get_or_none(list_all_bookings().filter(reference=wanted.reference))
    if found is not None and not wanted.find_changes(found):
        return WrittenBooking(found, BookingOutcome.UNCHANGED)
    try:
        with transaction.atomic():
            booking, outcome, changed = _write(wanted)
    except DjangoValidationError as error:  # raised by the model, ours or the site's own
        fields = getattr(error, "error_dict", {})
        raise ValidationError(" ".join(error.messages), path=tuple(fields)[:1]) from error
    if outcome is not BookingOutcome.UPDATED or _DECIDE_WHAT_IS_DUE.isdisjoint(changed):
        return WrittenBooking(booking, outcome, changed)
    return WrittenBooking(booking, outcome, changed, _release_or_defer(booking))


@dataclass(frozen=True)
class _Wanted:
    reference: str
    user: AbstractBaseUser
    amount: int | None
    currency: str
    description: str
    canceled: bool

    @classmethod
    def check(
        cls,
        reference: str,
        user: AbstractBaseUser,
        amount: Decimal | int | str | float,
        currency: str,
        description: str,
        canceled: bool,
    ) -> "_Wanted":
        reference = _check_text(reference, "reference").strip()
        if not isinstance(user, get_user_model()) or user.pk is None:
            raise ValidationError(_("User must be saved in the database first."), path=("user",))
        if not isinstance(canceled, bool):
            raise ValidationError(_("Canceled must be true or false."), path=("canceled",))
        currency = money.normalize_currency(currency)
        is_free = canceled and isinstance(amount, Decimal | int | float) and not amount
        minor_units = None if is_free else money.to_minor_units(amount, currency)
        description = _check_text(description, "description")
        return cls(reference, user, minor_units, currency, description, canceled)

    def find_changes(self, booking: AbstractBooking) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if booking.user_id != self.user.pk:
            changes["user"] = self.user
        if self.amount is not None and booking.amount != self.amount:
            changes["amount"] = self.amount
        if booking.currency != self.currency:
            changes["currency"] = self.currency
        if booking.description != self.description:
            changes["description"] = self.description
        if self.canceled != (booking.canceled_at is not None):
            changes["canceled_at"] = timezone.now() if self.canceled else None
        return changes


def _write(wanted: _Wanted) -> tuple[AbstractBooking, BookingOutcome, tuple[str, ...]]:
    locked = list_all_bookings().select_for_update(of=("self",)).filter(reference=wanted.reference)
    booking: AbstractBooking | None = get_or_none(locked)
    if booking is None:
        _refuse_missing_defaults()
        try:
            with transaction.atomic():
                return _create(wanted), BookingOutcome.CREATED, ()
        except IntegrityError:
            booking = get_or_none(locked)  # another request has just created it
            if booking is None:
                raise
    changes = wanted.find_changes(booking)
    if not changes:
        return booking, BookingOutcome.UNCHANGED, ()
    if "currency" in changes:
        refuse_other_currency(booking)
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=list(changes))
    return booking, BookingOutcome.UPDATED, tuple(sorted(changes))


def _create(wanted: _Wanted) -> AbstractBooking:
    if wanted.amount is None:
        raise AmountError(
            _("Amount must be greater than zero for a new booking, even if it is canceled."),
            path=("amount",),
            currency=wanted.currency,
        )
    booking = get_booking_model()(
        reference=wanted.reference,
        user_id=wanted.user.pk,
        amount=wanted.amount,
        currency=wanted.currency,
        description=wanted.description,
        canceled_at=timezone.now() if wanted.canceled else None,
    )
    booking.save(force_insert=True)
    return booking


def _release_or_defer(booking: AbstractBooking) -> Release:
    if operations.is_in_transaction():
        # The caller's work is done by then, so an error must not reach it.
        transaction.on_commit(functools.partial(_release, booking), robust=True)
        return Release(ReleaseOutcome.AFTER_COMMIT)
    return _release(booking)


def _release(booking: AbstractBooking) -> Release:
    try:
        return release_open_intent(booking)
    except PaymentError as error:
        logger.warning("intent_not_released", booking=str(booking.pk), code=error.code)
        return Release(ReleaseOutcome.LATER)


def _check_text(text: str, field: str) -> str:
    maximum: int | None = getattr(get_booking_model()._meta.get_field(field), "max_length", None)
    name = field.capitalize()
    if not isinstance(text, str):
        raise ValidationError(_("%(field)s must be a string.") % {"field": name}, path=(field,))
    if maximum is not None and len(text) > maximum:
        raise ValidationError(
            _("%(field)s must be at most %(maximum)s characters.")
            % {"field": name, "maximum": maximum},
            path=(field,),
        )
    return check_text(text, field)


def _refuse_missing_defaults() -> None:
    model = get_booking_model()
    given = {field.name for field in AbstractBooking._meta.fields}
    missing = [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in given and not _has_value(field)
    ]
    if missing:
        raise ValidationError(
            _(
                "%(model)s cannot be created here, because these fields have no default: "
                "%(fields)s. Add defaults, or save the row in your own code first."
            )
            % {"model": model._meta.label, "fields": ", ".join(missing)},
        )


def _has_value(field: "models.Field[Any, Any]") -> bool:
    """Whether a new row gets a value for this field automatically."""
    return (
        field.null
        or field.generated
        or field.has_default()
        or field.has_db_default()
        or isinstance(field, models.AutoField)
        or (field.blank and field.empty_strings_allowed)
        or getattr(field, "auto_now", False)
        or getattr(field, "auto_now_add", False)
        or getattr(field.remote_field, "parent_link", False)
    )
