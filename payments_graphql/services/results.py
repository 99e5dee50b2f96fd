"""The results of the methods of `StripeService`. Check `success` first."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Literal, TypedDict

from ..errors import CardError, PaymentError
from ..models import (
    AbstractBooking,
    RefundRequest,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from .booking_changes import ReleaseOutcome
from .booking_writes import BookingOutcome


class Failure(TypedDict):
    """`error` is a message for people, `error_code` a code for programs. `advice` says what the
    customer can do about a declined card. `advice_code` is Stripe's code for it:
    `do_not_try_again`, `try_again_later` or `confirm_card_data`. A decline includes the payment."""

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
    """`requires_action`: the customer must act first, which takes minutes or days. `next_action` is
    Stripe's object; read it with `next_actions.read_next_action`. Only the status says whether the
    payment is paid: `processing` means not yet."""

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


class RefundRequestDone(TypedDict):
    success: Literal[True]
    refund_request: RefundRequest


class BookingReleased(TypedDict):
    """`outcome` is a `ReleaseOutcome`. `payment_intent` is the payment concerned, if any."""

    success: Literal[True]
    outcome: ReleaseOutcome
    payment_intent: StripePaymentIntent | None


class BookingPut(TypedDict):
    """`changed` contains the names of the changed fields, if `outcome` is `updated`.

    `released` says what was done about the open payment. None: no relevant field changed.
    `after_commit`: this is decided after your transaction is committed. `later`: Stripe could not
    be reached. `payment_intent` is the payment concerned, if any.
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


class DisputeDone(TypedDict):
    success: Literal[True]
    dispute: StripeDispute


class FileUploaded(TypedDict):
    success: Literal[True]
    file_id: str


class PaymentMethodDone(TypedDict):
    success: Literal[True]
    payment_method: StripePaymentMethod


def returning_failures[**P, Result](method: Callable[P, Result]) -> Callable[P, Result | Failure]:
    """Turns a `PaymentError` into a `Failure`, with the payment that the method was called with."""

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
