"""Money that belongs to the customer, or that counts for nobody. See Note [Sums of money].

Note [Marked bookings]
Only bookings whose rows are marked can need a person: see Note [Unchecked rows]. So the searches
here cost as much as there is to decide, even among a million bookings. A site whose booking model
computes its sums in Python, such as one that keeps a cancellation fee, is asked for each of these
few bookings. All other sites are answered by SQL.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Case, F, Model, Q, QuerySet, Value, When
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from ... import money
from ...models import (
    AbstractBooking,
    StripePaymentIntent,
    balance,
    get_booking_model,
    list_all_bookings,
    list_unchecked_bookings,
    of_same_owner,
    our_values,
)
from ...reconciliation import iterate_marked_bookings, prefetch_money
from ..kind import Action, Kind, Level, Rows


def computes_itself(*names: str) -> bool:
    """Whether the site's booking model replaces one of these of `AbstractBooking`, or `sum_up`."""
    model = get_booking_model()
    return any(
        getattr(model, name) is not getattr(AbstractBooking, name) for name in ("sum_up", *names)
    )


def is_of_its_booking() -> Case:
    """`balance.is_of_booking` in SQL, for payments with a booking."""
    its_currency = Q(currency=Upper("booking__currency"))
    return Case(
        When(its_currency & of_same_owner(F, of="booking__"), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def _list_overpaid() -> QuerySet[Any]:
    return _find_overpaid(canceled_at__isnull=True)


def _list_canceled() -> QuerySet[Any]:
    return _find_overpaid(canceled_at__isnull=False)


@lru_cache(maxsize=4)
def _get_bookings_with_sums(model: type[Model], livemode: bool, account: str) -> QuerySet[Any]:
    """Building the sums takes Django 25 ms. A queryset is never changed, so it is built once."""
    del model, livemode, account
    return balance.with_sums(list_all_bookings())


def _find_overpaid(**canceled: bool) -> QuerySet[Any]:
    bookings = _get_bookings_with_sums(get_booking_model(), **our_values()).all()
    if computes_itself("amount_overpaid"):
        found = [one.pk for one in iterate_marked_bookings() if one.amount_overpaid > 0]
        return bookings.filter(pk__in=found, **canceled)
    return bookings.filter(sum_overpaid__gt=0, pk__in=list_unchecked_bookings(), **canceled)


def _list_not_counted() -> QuerySet[Any]:
    payments = balance.with_payment_sums(StripePaymentIntent.objects.ours())
    if computes_itself("list_not_counted"):
        found = [
            intent.pk
            for booking in iterate_marked_bookings()
            for intent in booking.list_not_counted()
        ]
        return payments.filter(pk__in=found)
    not_counted: QuerySet[Any] = payments.alias(is_its=is_of_its_booking()).filter(
        booking_id__in=list_unchecked_bookings(),
        status__in=balance.BRING_MONEY,
        is_its=False,
        sum_standing__gt=0,
    )
    return not_counted


def _describe_overpaid(booking: AbstractBooking) -> str:
    amount = money.format_amount(booking.amount_overpaid, booking.currency)
    why = "is canceled and keeps" if booking.canceled_at else "is overpaid by"
    return f"booking {booking.reference} {why} {amount}: refund it on its page in the admin"


def _describe_not_counted(intent: StripePaymentIntent) -> str:
    amount = money.format_amount(intent.amount_kept, intent.currency)
    return (
        f"payment {intent.stripe_payment_intent_id} of {amount} does not count for booking "
        f"{intent.booking}, since its currency or user differs: refund it, or correct the booking"
    )


def _load_payments(payments: QuerySet[Any]) -> QuerySet[Any]:
    return payments.select_related("booking").prefetch_related("refunds", "disputes")


def _make_rows(find: Callable[[], QuerySet[Any]]) -> tuple[Rows]:
    currency = Upper("currency")  # other programs can write a lower-case one
    return (
        Rows(
            None,
            find,
            _describe_overpaid,
            "unchecked_since",
            amount=F("sum_overpaid"),
            currency=currency,
            load=prefetch_money,
        ),
    )


_REFUND = Action("refund_overpayment", _("Refund it"), "refund_payment")

OVERPAID = Kind(
    slug="overpaid_bookings",
    title=_("overpaid bookings"),
    level=Level.WARNING,
    hint=_(
        "Two payments succeeded, or the price was lowered. Refund the overpaid amount on the page "
        "of the booking."
    ),
    rows=_make_rows(_list_overpaid),
    action=_REFUND,
)

CANCELED = Kind(
    slug="canceled_but_paid_bookings",
    title=_("canceled bookings that keep money"),
    level=Level.WARNING,
    hint=_("Refund the customer on the page of the booking."),
    rows=_make_rows(_list_canceled),
    action=_REFUND,
)

NOT_COUNTED = Kind(
    slug="payments_not_counted",
    title=_("payments that do not count for their booking"),
    level=Level.WARNING,
    hint=_(
        "The currency or the user differs from the booking's. Refund the payment, or correct the "
        "booking."
    ),
    rows=(
        Rows(
            StripePaymentIntent,
            _list_not_counted,
            _describe_not_counted,
            "created_at",
            amount=F("sum_kept"),
            currency=F("currency"),
            load=_load_payments,
        ),
    ),
    action=Action("refund", _("Refund it"), "refund_payment"),
)
