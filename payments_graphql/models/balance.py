"""What a payment keeps, and what a booking costs, has paid, owes and has overpaid.

Note [Sums of money]
Every sum in this project is one of these, in minor units. For a payment:

- received: the amount Stripe received. refunded: the sum of succeeded refunds. returning: the sum
  of refunds in progress. reduced: by how much refunds lower the booking's cost. taken: what
  disputes took. disputed: what open disputes may still take. unreturned: what was withdrawn for
  disputes that were won, and not reinstated yet.
- kept: received, less refunded and taken. at risk: the disputed and unreturned part of kept.
  standing: kept, less returning. free: kept, less at risk and returning. left: what can be
  refunded, without anything that a bank has taken or may not return.

For a booking, over the payments that count:

- price: its amount, or 0 once it is canceled. cost: the price, less reduced.
- paid: what its payments keep, even while a dispute is open, so that nobody pays twice.
- due: cost less paid. overpaid: the part of free above the cost. held: what would also be overpaid
  without an open dispute. It is not refunded, since the money is gone if the dispute is lost.

A payment counts for its booking if it succeeded, in the mode and account of our keys, in the
booking's currency, and was made by the booking's user, even if that user has been deleted. Other
payments are shown but not added up, since 3500 JPY are not 35.00 USD. `payments_reconcile` asks a
person to decide about them.

Refunds and disputes count by status: failed or canceled ones do not count.

Note [What a refund means]
A refund either lowers the booking's cost, so that the booking stays paid, or leaves the cost
unchanged, so that the customer has to pay the amount again. Whoever refunds can choose. Without a
choice, as in Stripe's Dashboard, a partial refund lowers the cost: nobody should be asked to pay
back what they were given. The cost stays unchanged if the reason means that the payment was not
genuine (a duplicate, a stolen card), and if nothing is left of the payment: then the booking is
canceled or paid in another way. An owner who refunds their own payment owes it again.
The reduction is computed and stored when the refund starts, since it could not be computed later:
an overpaid amount is returned first and does not change the cost. The reduction counts once the
refund has succeeded, and stops counting if the refund fails later. A canceled booking costs
nothing, so nothing is left to lower.

The formulas are written once, for Python's integers and for SQL expressions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least, Upper

from .dispute import DisputeStatus
from .former_users import have_same_owner, of_same_owner
from .ours import is_ours, our_values
from .refund import RefundReason, RefundStatus

if TYPE_CHECKING:
    from .booking import AbstractBooking
    from .payment_intent import StripePaymentIntent

BRING_MONEY = ("succeeded",)
"""Payment statuses in which the received amount is final."""
OPEN = tuple(status for status in DisputeStatus if status not in DisputeStatus.closed())
"""Dispute statuses, including inquiries, since those can become disputes."""
DECIDED = tuple(status for status in DisputeStatus.closed() if status != DisputeStatus.WON)
"""The cardholder keeps what was withdrawn. If a dispute is won, the money comes back soon after."""


@dataclass(frozen=True)
class _Part:
    """The sum of `amount` over a payment's rows in one of `statuses`."""

    relation: str
    statuses: tuple[str, ...]
    amount: str = "amount"

    def add_up(self, rows: Iterable[Any]) -> int:
        return sum(getattr(row, self.amount) for row in rows if row.status in self.statuses)

    def as_sql(self, intents: QuerySet["StripePaymentIntent"]) -> Coalesce:
        model = intents.model._meta.get_field(self.relation).related_model
        of_payment = model._default_manager.filter(  # type: ignore[union-attr]  # a relation of ours has a model
            payment_intent=OuterRef("pk"), status__in=self.statuses
        )
        return _sum(of_payment, "payment_intent", self.amount)


_PARTS = {
    "refunded": _Part("refunds", (RefundStatus.SUCCEEDED,)),
    "returning": _Part("refunds", RefundStatus.in_progress()),
    "reduced": _Part("refunds", (RefundStatus.SUCCEEDED,), "amount_due_reduction"),
    "taken": _Part("disputes", DECIDED, "amount_withdrawn"),
    "disputed": _Part("disputes", OPEN),
    "unreturned": _Part("disputes", (DisputeStatus.WON,), "amount_withdrawn"),
}


@dataclass(frozen=True)
class _Arithmetic:
    """The operations of the formulas, for numbers or for SQL expressions."""

    larger: Callable[[Any, Any], Any]
    smaller: Callable[[Any, Any], Any]


_BIG = BigIntegerField()  # needed since Django treats the difference of two as IntegerField
_ZERO = Value(0, output_field=_BIG)
_PYTHON = _Arithmetic(max, min)
_SQL = _Arithmetic(
    lambda one, other: Greatest(one, other or _ZERO, output_field=_BIG),
    lambda one, other: Least(one, other, output_field=_BIG),
)

type _Formula = Callable[[_Arithmetic, Callable[[str], Any]], Any]

# In order: each formula may use the ones above it.
_OF_PAYMENT: dict[str, _Formula] = {
    # A payment both refunded and lost in a dispute is our loss, not the customer's debt.
    "kept": lambda of, the: of.larger(the("received") - the("refunded") - the("taken"), 0),
    "at_risk": lambda of, the: of.smaller(the("kept"), the("disputed") + the("unreturned")),
    "standing": lambda of, the: of.larger(the("kept") - the("returning"), 0),
    "free": lambda of, the: of.larger(the("kept") - the("at_risk") - the("returning"), 0),
    "left": lambda of, the: of.larger(
        the("received") - the("refunded") - the("returning") - the("taken") - the("unreturned"),
        0,
    ),
}
_OF_BOOKING: dict[str, _Formula] = {
    "cost": lambda of, the: of.larger(the("price") - the("reduced"), 0),
    "due": lambda of, the: of.larger(the("cost") - the("paid"), 0),
    "overpaid": lambda of, the: of.larger(the("free") - the("cost"), 0),
    "held": lambda of, the: of.larger(the("standing") - the("cost"), 0) - the("overpaid"),
}
_ADDED_UP = {"paid": "kept", "reduced": "reduced", "standing": "standing", "free": "free"}
"""A booking's sums, and the payment sums that they add up."""


@dataclass(frozen=True)
class PaymentSums:
    """See Note [Sums of money]."""

    received: int
    refunded: int
    returning: int
    reduced: int
    taken: int
    disputed: int
    unreturned: int
    kept: int
    at_risk: int
    standing: int
    free: int
    left: int


@dataclass(frozen=True)
class BookingSums:
    """See Note [Sums of money]."""

    price: int
    paid: int
    reduced: int
    standing: int
    free: int
    cost: int
    due: int
    overpaid: int
    held: int


def sum_payment(intent: "StripePaymentIntent") -> PaymentSums:
    """Needs no query if `refunds` and `disputes` are prefetched."""
    return _sum_payment(intent, _list_rows(intent))


def get_refundable(intent: "StripePaymentIntent") -> int:
    """What is left to refund, or 0 while Stripe refuses refunds because of a dispute."""
    rows = _list_rows(intent)
    is_held = any(dispute.holds_money for dispute in rows["disputes"])
    return 0 if is_held else _sum_payment(intent, rows).left


def _list_rows(intent: "StripePaymentIntent") -> dict[str, list[Any]]:
    # Filtered in Python, so that prefetched rows are used.
    return {name: list(getattr(intent, name).all()) for name in ("refunds", "disputes")}


def _sum_payment(intent: "StripePaymentIntent", rows: Mapping[str, list[Any]]) -> PaymentSums:
    brings_money = intent.status in BRING_MONEY
    sums = {"received": intent.amount_received if brings_money else 0}
    sums |= {name: part.add_up(rows[part.relation]) for name, part in _PARTS.items()}
    return PaymentSums(**_follow(_OF_PAYMENT, sums))


def sum_booking(
    booking: "AbstractBooking", intents: Iterable["StripePaymentIntent"]
) -> BookingSums:
    """`intents` are the booking's payments, at least those that received money."""
    of_payments = [sum_payment(intent) for intent in intents if counts(intent, booking)]
    sums = {"price": 0 if booking.canceled_at is not None else booking.amount}
    for name, of_payment in _ADDED_UP.items():
        sums[name] = sum(getattr(one, of_payment) for one in of_payments)
    return BookingSums(**_follow(_OF_BOOKING, sums))


def _follow(formulas: Mapping[str, _Formula], sums: dict[str, int]) -> dict[str, int]:
    for name, formula in formulas.items():
        sums[name] = formula(_PYTHON, sums.__getitem__)
    return sums


def counts(intent: "StripePaymentIntent", booking: "AbstractBooking") -> bool:
    """Whether the payment counts for the booking. `_counting_in_sql` does the same in SQL."""
    return has_succeeded(intent) and is_of_booking(intent, booking)


def has_succeeded(intent: "StripePaymentIntent") -> bool:
    return intent.status in BRING_MONEY and is_ours(intent)


def is_of_booking(intent: "StripePaymentIntent", booking: "AbstractBooking") -> bool:
    """Whether currency and user match. Needs no query if `customer` is loaded."""
    # A site's code may write a lower-case currency without calling `save`.
    is_its_currency = intent.currency == str(booking.currency).upper()
    return is_its_currency and have_same_owner(intent.customer, booking)


def get_reduction(
    intent: "StripePaymentIntent", amount: int, *, reason: str, asked: bool | None
) -> int:
    """By how much a refund of `amount` that starts now lowers the booking's cost. `asked` is the
    caller's choice, None without one. See Note [What a refund means]."""
    booking = intent.booking
    if booking is not None and not counts(intent, booking):
        return 0
    sums = None if booking is None else booking.sum_up()
    if asked is None:
        is_in_full = amount >= (sums or sum_payment(intent)).standing
        asked = RefundReason.reduces_amount_due(reason) and not is_in_full
    if not asked:
        return 0
    return amount if sums is None else max(amount - sums.overpaid - sums.held, 0)


def with_sums(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Adds the sums as SQL aliases with the prefix `sum_`: `.annotate(paid=F("sum_paid"))`. Uses
    `AbstractBooking`'s rules, not what a site's model overrides in Python.
    """
    payments = with_payment_sums(_counting_in_sql(bookings.model))
    added_up = {
        f"sum_{name}": _sum(payments, "booking", f"sum_{of_payment}")
        for name, of_payment in _ADDED_UP.items()
    }
    price = Case(When(canceled_at__isnull=False, then=_ZERO), default=F("amount"))
    return _follow_in_sql(_OF_BOOKING, bookings.alias(sum_price=price, **added_up))


def with_payment_sums(intents: QuerySet["StripePaymentIntent"]) -> QuerySet[Any]:
    parts = {f"sum_{name}": part.as_sql(intents) for name, part in _PARTS.items()}
    return _follow_in_sql(_OF_PAYMENT, intents.alias(sum_received=F("amount_received"), **parts))


def _follow_in_sql(formulas: Mapping[str, _Formula], rows: QuerySet[Any]) -> QuerySet[Any]:
    for name, formula in formulas.items():
        rows = rows.alias(**{f"sum_{name}": formula(_SQL, lambda other: F(f"sum_{other}"))})
    return rows


def _counting_in_sql(booking_model: type[Model]) -> QuerySet["StripePaymentIntent"]:
    """For a subquery of bookings. Selects the same payments as `counts`."""
    intents: QuerySet[StripePaymentIntent] = QuerySet(
        booking_model._meta.get_field("payment_intents").related_model
    )
    return intents.filter(
        Q(currency=Upper(OuterRef("currency"))),
        of_same_owner(OuterRef),
        booking_id=OuterRef("pk"),
        status__in=BRING_MONEY,
        **our_values(),
    )


def _sum(rows: QuerySet[Any], group: str, amount: str) -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(amount)).values("total")
    return Coalesce(Subquery(total, output_field=_BIG), _ZERO)
