"""The domain's errors as GraphQL types: `as_payload_error` is the one place that maps them."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import strawberry

from payments_graphql import declines, errors
from payments_graphql.errors import ErrorCode

from .enums import describe_enum

describe_enum(
    ErrorCode,
    "What went wrong, for programs. The message beside it is for people.",
    {
        "INVALID_INPUT": "An input field is wrong.",
        "CURRENCY_UNSUPPORTED": "Stripe does not charge this currency.",
        "AMOUNT_INVALID": "The amount is not a finite number above zero.",
        "AMOUNT_PRECISION": "The amount has more decimals than its currency.",
        "AMOUNT_TOO_SMALL": "The amount is below Stripe's minimum.",
        "AMOUNT_TOO_LARGE": "The amount is more than is possible.",
        "AMOUNT_MISMATCH": "The amount or currency is not the booking's.",
        "CARD_DECLINED": "The card was declined.",
        "AUTHENTICATION_REQUIRED": "The bank wants the customer to confirm the payment: on the "
        "page, by Stripe.js with the `clientSecret`.",
        "INVALID_STATE": "The object's state does not allow this.",
        "ABANDONED": "It was never sent to Stripe, and it is too late to.",
        "NOT_FOUND": "No such object.",
        "PERMISSION_DENIED": "You may not do this.",
        "RATE_LIMITED": "Too many requests for now.",
        "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used for something else.",
        "OPERATION_IN_PROGRESS": "An operation is in progress. Retry with the same key.",
        "PROVIDER_ERROR": "Stripe could not do it.",
        "UNAVAILABLE": "The site itself cannot at the moment; try again with the same key.",
    },
    name="PaymentErrorCode",
)


ADVICE_CODE = (
    "How to go on, as the card's network says it: `do_not_try_again`, `try_again_later` or "
    "`confirm_card_data`; null when it says nothing, and for a `generic_decline`, unless you may "
    "see all payments."
)


@strawberry.interface(description="Why a request was not carried out.")
class PaymentError:
    code: ErrorCode = strawberry.field(description="What went wrong, for programs.")
    message: str = strawberry.field(description="What went wrong, for people.")
    path: list[str] | None = strawberry.field(
        description='The input field that is to blame, such as ["input", "amount"].'
    )
    retryable: bool = strawberry.field(
        description="Is it worth trying again, with the same input and key?"
    )


@strawberry.type(description="An input field is wrong; the message says what would be right.")
class ValidationError(PaymentError):
    pass


@strawberry.type(description="The card was declined. The payment can be tried with another.")
class CardError(PaymentError):
    decline_code: str | None = strawberry.field(
        description="The bank's reason, such as `insufficient_funds`; `generic_decline` also for "
        "what Stripe asks to keep from the customer. See https://docs.stripe.com/declines/codes"
    )
    advice: str | None = strawberry.field(description="What the customer can do about it.")
    advice_code: str | None = strawberry.field(description=ADVICE_CODE)


@strawberry.type(description="The object is in a state that does not allow this.")
class InvalidStateError(PaymentError):
    current_status: str | None = strawberry.field(description="The state that it is in.")
    allowed: list[str] = strawberry.field(description="The states that would allow it.")


@strawberry.type(description="The amount cannot be charged, captured or refunded.")
class AmountError(PaymentError):
    minimum: Decimal | None = strawberry.field(description="The least that is possible, if known.")
    maximum: Decimal | None = strawberry.field(description="The most that is possible, if known.")
    currency: str | None = strawberry.field(description="The currency of these limits.")


@strawberry.type(description="It does not exist, or is not yours: the two look alike.")
class NotFoundError(PaymentError):
    pass


@strawberry.type(
    name="PermissionError", description="You may see the object but not do this with it."
)
class PermissionDeniedError(PaymentError):
    pass


@strawberry.type(description="Too many requests, here or at Stripe.")
class RateLimitedError(PaymentError):
    retry_after: int | None = strawberry.field(
        description="Seconds until it is worth trying again."
    )


@strawberry.type(description="The idempotency key was used before for something else.")
class IdempotencyError(PaymentError):
    pass


@strawberry.type(
    description="An operation is in progress, and its outcome is not known yet. Retry with the "
    "same key."
)
class OperationInProgressError(PaymentError):
    pass


@strawberry.type(description="Stripe refused for a reason that is not yours, or was out of reach.")
class ProviderError(PaymentError):
    request_id: str | None = strawberry.field(
        description="The id of the request at Stripe, to ask the support about."
    )


_TYPES: dict[type[errors.PaymentError], type[PaymentError]] = {
    errors.ValidationError: ValidationError,
    errors.CardError: CardError,
    errors.InvalidStateError: InvalidStateError,
    errors.AmountError: AmountError,
    errors.NotFoundError: NotFoundError,
    errors.PermissionDeniedError: PermissionDeniedError,
    errors.RateLimitedError: RateLimitedError,
    errors.IdempotencyError: IdempotencyError,
    errors.OperationInProgressError: OperationInProgressError,
    errors.ProviderError: ProviderError,
}
ERROR_TYPES = tuple(_TYPES.values())
"""For the schema: GraphQL cannot find them through the interface alone."""


def as_payload_error(error: errors.PaymentError) -> PaymentError:
    error_type = _TYPES.get(type(error), ValidationError)
    values: dict[str, Any] = {
        field.name: getattr(error, field.name) for field in fields(error_type)
    }
    values["path"] = ["input", *error.path] if error.path else None
    if isinstance(error, errors.CardError):
        values["decline_code"] = declines.as_shown(error.decline_code)
        values["advice_code"] = declines.show_advice_code(error.decline_code, error.advice_code)
    for name in (
        "decline_code",
        "advice",
        "advice_code",
        "current_status",
        "currency",
        "request_id",
    ):
        if name in values:
            values[name] = values[name] or None
    if isinstance(error, errors.InvalidStateError):
        # As the enumerations write them, for a client that compares it with `status`.
        values["current_status"] = error.current_status.upper() or None
        values["allowed"] = [status.upper() for status in error.allowed]
    return error_type(**values)
