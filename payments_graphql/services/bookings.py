"""A booking sets the price and the payer, and has at most one open payment at a time.

Note [A payment has an owner]
A payment belongs to the Stripe customer for whom it was created. If a booking moves to another
user, or a customer is deleted at Stripe and replaced, an earlier open payment becomes outdated. It
is canceled. Its client secret and its next action are not returned anymore, not even to a repeated
request with the same key. While the bank is processing the payment or holds the money
(`processing`, `requires_capture`), staff must decide: the payment is not captured for another user,
and it keeps the new owner from paying twice. Money received from another user does not count for
the booking, as Note [Sums of money] says: it is logged (`booking_payment_not_counted`), staff
decide, and refunds go to the payer.

A payment outlives its user. When a user is deleted, the customer and the bookings keep the user's
primary key as `former_user`, so that earlier payments still count: two rows without a user have the
same owner only if their `former_user` is equal. An open payment of a deleted user is outdated. No
other user gets the Stripe customer, even with the same e-mail address.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import money, operations, policy
from ..errors import (
    AmountError,
    ErrorCode,
    InvalidStateError,
    NotFoundError,
    PaymentError,
    ValidationError,
)
from ..models import (
    AbstractBooking,
    Operation,
    OperationKind,
    PaymentIntentStatus,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    balance,
    get_or_none,
    list_all_bookings,
)
from ..policy import Person

ACTOR = "system:bookings"


class OpenIntentFound(Exception):
    """Leaves the transaction because the booking already has an open payment."""

    def __init__(self, intent: StripePaymentIntent, wanted: "Wanted") -> None:
        self.intent = intent
        self.wanted = wanted


@dataclass(frozen=True)
class Wanted:
    """Decides whether the open payment can be reused. `amount` is in minor units. Empty values were
    not requested and match anything, as does the site's own metadata (`sites_keys`)."""

    customer: StripeCustomer
    amount: int
    currency: str
    capture_method: str
    setup_future_usage: str
    payment_method: StripePaymentMethod | None
    description: str = ""
    receipt_email: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    sites_keys: Collection[str] = ()

    def is_met_by(self, intent: StripePaymentIntent) -> bool:
        method = self.payment_method
        asked = self._leave_out_the_sites(self.metadata)
        return (
            intent.customer_id == self.customer.pk
            and (intent.amount, intent.currency) == (self.amount, self.currency)
            and intent.capture_method == self.capture_method
            and intent.setup_future_usage == self.setup_future_usage
            and (method is None or intent.payment_method_id == method.pk)
            and self.description in ("", intent.description)
            and self.receipt_email in (None, intent.receipt_email)
            and (not asked or self._leave_out_the_sites(intent.metadata) == asked)
        )

    def _leave_out_the_sites(self, metadata: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in metadata.items() if key not in self.sites_keys}


def refuse_other_users(booking: AbstractBooking, *, user: AbstractBaseUser) -> None:
    """Treats another user's booking as if it did not exist."""
    if user.pk is None or booking.user_id != user.pk:
        raise NotFoundError(_("There is no such booking."), path=("bookingId",))


def require_may_pay(booking: AbstractBooking, user: Person) -> None:
    """Checks the site's own rule, in addition to ours. Raises `PermissionDeniedError`."""
    may = policy.get_policy().may_pay(user, booking)
    policy.require(may, _("You are not allowed to pay for this booking."), path=("bookingId",))


def lock_booking(booking: AbstractBooking, *, user: AbstractBaseUser) -> AbstractBooking:
    """Returns the current booking, locked. Another user's booking looks as if it did not exist."""
    rows = list_all_bookings().for_user(user).select_for_update()
    locked: AbstractBooking | None = get_or_none(rows.filter(pk=booking.pk))
    if locked is None:
        raise NotFoundError(_("There is no such booking."), path=("bookingId",))
    return locked


def refuse_bad_price(booking: AbstractBooking) -> None:
    """Rejects an invalid price, which `QuerySet.update` and other programs can write without
    `save`. Afterwards, the currency of this object is upper-case."""
    try:
        booking.check_price()
    except PaymentError as error:
        raise ValidationError(
            _("The booking cannot be paid until its price is corrected: %(reason)s")
            % {"reason": error.message},
            code=error.code,
            path=("bookingId",),
        ) from error


def refuse_other_currency(booking: AbstractBooking) -> None:
    """Rejects a currency change after money was paid, since paid and due amounts would not be
    comparable. An open payment does not matter: it is canceled."""
    unpaid = (*PaymentIntentStatus.payable(), PaymentIntentStatus.CANCELED)
    if (
        StripePaymentIntent.objects.filter(booking_id=booking.pk)
        .exclude(status__in=unpaid)
        .exists()
    ):
        raise ValidationError(
            _(
                "The booking has payments in %(currency)s, so its currency cannot change. Create "
                "a new booking."
            )
            % {"currency": booking.currency},
            code=ErrorCode.AMOUNT_MISMATCH,
            path=("currency",),
        )


def price(
    booking: AbstractBooking, amount: int | None, currency: str | None, *, partial: bool
) -> tuple[int, str]:
    """Returns the minor units and the currency to charge: the amount due, or a part of it with
    `partial`."""
    refuse_bad_price(booking)
    if booking.canceled_at is not None:
        raise InvalidStateError(
            _("This booking was canceled and can no longer be paid."),
            path=("bookingId",),
            current_status="canceled",
        )
    if currency is not None and currency != booking.currency:
        raise ValidationError(
            _("Currency must be %(currency)s, the currency of the booking, not %(given)s.")
            % {"currency": booking.currency, "given": currency},
            code=ErrorCode.AMOUNT_MISMATCH,
            path=("currency",),
        )
    due = booking.amount_due
    if due <= 0:
        raise InvalidStateError(
            _("This booking is already paid."), path=("bookingId",), current_status="paid"
        )
    if amount is None or amount == due:
        return due, booking.currency
    if amount > due or not partial:
        message = (
            _("Amount must be at most %(due)s, the amount due for the booking.")
            if partial
            else _(
                "Amount must be %(due)s, the amount due for the booking. To pay less, set "
                "`partial` to true."
            )
        )
        raise AmountError(
            message % {"due": money.format_amount(due, booking.currency)},
            code=ErrorCode.AMOUNT_MISMATCH,
            path=("amount",),
            currency=booking.currency,
            maximum=money.to_decimal(due, booking.currency),
        )
    _refuse_unpayable_rest(due - amount, due, booking.currency)
    return amount, booking.currency


def _refuse_unpayable_rest(rest: int, due: int, currency: str) -> None:
    """Rejects a part that leaves a rest below Stripe's minimum, which could never be paid."""
    minimum = money.get_minimum(currency)
    if minimum is None or rest >= (least := money.to_minor_units(minimum, currency)):
        return
    maximum = due - least
    # If twice the minimum is too much, only the full amount can be paid.
    can_be_split = maximum >= least
    values = {
        "due": money.format_amount(due, currency),
        "maximum": money.format_amount(maximum, currency),
        "minimum": money.format_amount(least, currency),
    }
    raise AmountError(
        _(
            "Pay at most %(maximum)s, or the full %(due)s. A remaining amount below %(minimum)s "
            "could not be paid."
        )
        % values
        if can_be_split
        else _("Pay the full %(due)s. A remaining amount below %(minimum)s could not be paid.")
        % values,
        path=("amount",),
        currency=currency,
        maximum=money.to_decimal(maximum if can_be_split else due, currency),
    )


def refuse_second_open_intent(booking: AbstractBooking, *, wanted: Wanted) -> None:
    """Call it under the booking's lock. Raises `OpenIntentFound`."""
    intent = get_open_intent(booking)
    if intent is not None:
        raise OpenIntentFound(intent, wanted)


def is_outdated(intent: StripePaymentIntent, booking: AbstractBooking | None) -> bool:
    """Whether the payment is larger than the amount due or belongs to another owner. A smaller
    amount can be a requested part. See Note [A payment has an owner]."""
    if intent.customer.is_gone:
        return True
    return booking is not None and (
        booking.canceled_at is not None
        or not balance.is_of_booking(intent, booking)
        or intent.amount > booking.amount_due
    )


def get_open_intent(booking: AbstractBooking) -> StripePaymentIntent | None:
    """Includes a payment that Stripe has not accepted yet, and one of another user."""
    return (
        StripePaymentIntent.objects.ours()
        .filter(booking_id=booking.pk)
        .select_related("customer")
        .exclude(status__in=PaymentIntentStatus.terminal())
        .first()
    )


def settle_open_intent(found: OpenIntentFound) -> StripePaymentIntent | None:
    """Returns the open payment if it matches the request. Returns None after it was canceled."""
    intent = found.intent
    if intent.stripe_payment_intent_id is None:
        wait_for_creation(intent)
        return None
    if intent.is_payable and found.wanted.is_met_by(intent):
        return intent
    if not intent.is_payable:
        raise InvalidStateError(
            _(
                'This booking already has a payment with the status "%(status)s". Wait until it '
                "is finished: a bank payment can take several days."
            )
            % {"status": intent.get_status_display().lower()},
            path=("bookingId",),
            current_status=intent.status,
        )
    try:
        cancel_open_intent(intent)
    except InvalidStateError:
        intent.refresh_from_db()
        if intent.is_payable:
            raise
        # The mirror was outdated, for example after a lost response: try again.
    return None


def wait_for_creation(intent: StripePaymentIntent) -> None:
    """Waits until Stripe has accepted or rejected the payment. The reason of a rejection goes to
    the original caller. Raises the `PaymentError` that hides the result."""
    creation = Operation.objects.filter(
        payment_intent=intent, kind=OperationKind.CREATE_PAYMENT_INTENT
    ).first()
    if creation is not None and not creation.is_settled:
        try:
            operations.join(creation)
        except PaymentError:
            creation.refresh_from_db()
            if not creation.is_settled:
                raise


def cancel_open_intent(intent: StripePaymentIntent) -> None:
    """Raises `InvalidStateError` if the payment can no longer be paid. If the bank is already
    involved, staff must decide."""
    operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor=ACTOR,
        payment_intent=intent,
        parameters={"cancellation_reason": "abandoned"},
        check=_check_payable,
    )


def _check_payable(intent: StripePaymentIntent) -> None:
    if not intent.is_payable:
        raise InvalidStateError(
            _('The payment now has the status "%(status)s".') % {"status": intent.status},
            current_status=intent.status,
        )
