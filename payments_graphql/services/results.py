"""What the methods of `StripeService` return: `success` tells which."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Literal, TypedDict

from ..errors import CardError, PaymentError
from ..models import (
    AbstractBooking,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from .booking_changes import ReleaseOutcome
from .booking_writes import BookingOutcome


class Failure(TypedDict):
    """`error` is text for people, `error_code` for programs; `advice` is what can be done about a
    declined card, if anything, and `advice_code` Stripe's word for it: `do_not_try_again`,
    `try_again_later` or `confirm_card_data`. A decline carries the payment too."""

    success: Literal[False]
    error: str
    error_code: str
    advice: str
    advice_code: str
    retryable: bool
    payment_intent: StripePaymentIntent | None


class PaymentIntentCreated(TypedDict):
    success: Literal[True]
    payment_intent: StripePaymentIntent
    client_secret: str
    replayed: bool


class PaymentIntentDone(TypedDict):
    success: Literal[True]
    payment_intent: StripePaymentIntent


class PaymentIntentConfirmed(TypedDict):
    """`requires_action`: the customer must do something first, in minutes or in days.
    `next_action` is Stripe's; `next_actions.read_next_action` reads it. Only the payment's status
    tells whether it is paid: `processing` is not."""

    success: Literal[True]
    payment_intent: StripePaymentIntent
    requires_action: bool
    next_action: Mapping[str, object] | None


class ClientSecret(TypedDict):
    success: Literal[True]
    client_secret: str


class RefundCreated(TypedDict):
    success: Literal[True]
    refund: StripeRefund
    replayed: bool


class RefundDone(TypedDict):
    success: Literal[True]
    refund: StripeRefund


class BookingReleased(TypedDict):
    """`outcome` is one of `ReleaseOutcome`; `payment_intent` what it is about, if anything."""

    success: Literal[True]
    outcome: ReleaseOutcome
    payment_intent: StripePaymentIntent | None


class BookingPut(TypedDict):
    """`changed` are the names of the booking's fields, when `outcome` is `updated`.

    `released` says what is done about its open payment: None when nothing that it depends on has
    changed, `after_commit` when that is decided once your transaction is committed, `later` when
    Stripe could not be asked. `payment_intent` is what it is about, if anything.
    """

    success: Literal[True]
    booking: AbstractBooking
    outcome: BookingOutcome
    changed: tuple[str, ...]
    released: ReleaseOutcome | None
    payment_intent: StripePaymentIntent | None


class OverpaymentRefunded(TypedDict):
    success: Literal[True]
    refunds: list[StripeRefund]


class SetupIntentCreated(TypedDict):
    success: Literal[True]
    setup_intent: StripeSetupIntent
    client_secret: str
    replayed: bool


class CustomerFound(TypedDict):
    success: Literal[True]
    customer: StripeCustomer


class PaymentMethodDone(TypedDict):
    success: Literal[True]
    payment_method: StripePaymentMethod


def returning_failures[**P, Result](method: Callable[P, Result]) -> Callable[P, Result | Failure]:
    """Makes a `PaymentError` a `Failure`, with the payment that the method was called with."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Result | Failure:
        try:
            return method(*args, **kwargs)
        except PaymentError as error:
            given = (*args, *kwargs.values())
            intents = (one for one in given if isinstance(one, StripePaymentIntent))
            return _describe(error, next(intents, None))

    return call


def _describe(error: PaymentError, payment_intent: StripePaymentIntent | None) -> Failure:
    code = error.decline_code if isinstance(error, CardError) else ""
    if payment_intent is not None:
        payment_intent.refresh_from_db()
    return {
        "success": False,
        "error": error.message,
        "error_code": code or error.code.value,
        "advice": error.advice if isinstance(error, CardError) else "",
        "advice_code": error.advice_code if isinstance(error, CardError) else "",
        "retryable": error.retryable,
        "payment_intent": payment_intent,
    }
