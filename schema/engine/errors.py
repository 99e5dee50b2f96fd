"""The domain's errors as GraphQL types. Only `as_payload_error` converts them."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import strawberry

from payments_graphql import declines, errors
from payments_graphql.errors import ErrorCode

from .enums import describe_enum

describe_enum(
    ErrorCode,
    "A stable error code for programs. The message of the error is for people.",
    {
        "INVALID_INPUT": "An input field is invalid.",
        "CURRENCY_UNSUPPORTED": "Stripe does not support this currency.",
        "AMOUNT_INVALID": "The amount is not a number greater than zero.",
        "AMOUNT_PRECISION": "The amount has more decimals than the currency allows.",
        "AMOUNT_TOO_SMALL": "The amount is below Stripe's minimum.",
        "AMOUNT_TOO_LARGE": "The amount is larger than allowed.",
        "AMOUNT_MISMATCH": "The amount or the currency does not match the booking.",
        "CARD_DECLINED": "The card was declined.",
        "AUTHENTICATION_REQUIRED": "The bank requires the customer to confirm the payment. "
        "Confirm it in the browser, with Stripe.js and the `clientSecret`.",
        "INVALID_STATE": "The status of the object does not allow this.",
        "ABANDONED": "The request was not carried out, and will not be. Send a new one.",
        "NOT_FOUND": "The object does not exist, or belongs to another user.",
        "PERMISSION_DENIED": "You do not have the permission.",
        "APPROVAL_REQUIRED": "A second person must approve it. The request was recorded.",
        "RATE_LIMITED": "Too many requests. Retry after `retryAfter` seconds.",
        "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used for a different request.",
        "OPERATION_IN_PROGRESS": "An operation is in progress. Retry with the same key.",
        "PROVIDER_ERROR": "Stripe rejected the request, or could not be reached.",
        "UNAVAILABLE": "The site is temporarily unavailable. Retry with the same key.",
    },
    name="PaymentErrorCode",
)


ADVICE_CODE = (
    "The card network's advice: `do_not_try_again`, `try_again_later` or `confirm_card_data`. "
    "Null if there is none. Hidden (null) for a `generic_decline`, unless you may see all "
    "payments."
)


@strawberry.interface(description="An error that stopped a request.")
class PaymentError:
    code: ErrorCode = strawberry.field(description="A stable error code for programs.")
    message: str = strawberry.field(
        description="A message for people, in the language of the request."
    )
    path: list[str] | None = strawberry.field(
        description='The path of the invalid input field, such as ["input", "amount"]. Null if no '
        "field is invalid."
    )
    retryable: bool = strawberry.field(
        description="Whether the same request, with the same idempotency key, can succeed later."
    )


@strawberry.type(description="An input field is invalid. The message says what is allowed.")
class ValidationError(PaymentError):
    pass


@strawberry.type(description="The card was declined. The customer can try another card.")
class CardError(PaymentError):
    decline_code: str | None = strawberry.field(
        description="The bank's reason, such as `insufficient_funds`. Reasons that Stripe asks to "
        "hide from customers are shown as `generic_decline`. See "
        "https://docs.stripe.com/declines/codes"
    )
    advice: str | None = strawberry.field(description="What the customer can do next.")
    advice_code: str | None = strawberry.field(description=ADVICE_CODE)


@strawberry.type(description="The status of the object does not allow this.")
class InvalidStateError(PaymentError):
    current_status: str | None = strawberry.field(description="The current status.")
    allowed: list[str] = strawberry.field(description="The statuses that allow it.")


@strawberry.type(description="The amount cannot be charged, captured or refunded.")
class AmountError(PaymentError):
    minimum: Decimal | None = strawberry.field(description="The smallest allowed amount, if known.")
    maximum: Decimal | None = strawberry.field(description="The largest allowed amount, if known.")
    currency: str | None = strawberry.field(description="The currency of `minimum` and `maximum`.")


@strawberry.type(
    description="The object does not exist, or belongs to another user. The error does not say "
    "which."
)
class NotFoundError(PaymentError):
    pass


@strawberry.type(name="PermissionError", description="You do not have the permission for this.")
class PermissionDeniedError(PaymentError):
    pass


@strawberry.type(
    description="A second person must approve the refund. The payload shows the recorded request. "
    "Once it is approved, the same request with the same key returns the refund."
)
class ApprovalRequiredError(PaymentError):
    pass


@strawberry.type(description="Too many requests, to this site or to Stripe.")
class RateLimitedError(PaymentError):
    retry_after: int | None = strawberry.field(
        description="The number of seconds to wait before retrying."
    )


@strawberry.type(description="The idempotency key was used for a different request.")
class IdempotencyError(PaymentError):
    pass


@strawberry.type(
    description="An operation is in progress and its result is not known yet. Retry with the same "
    "key."
)
class OperationInProgressError(PaymentError):
    pass


@strawberry.type(
    description="Stripe could not be reached, or rejected the request for a reason that you "
    "cannot change."
)
class ProviderError(PaymentError):
    request_id: str | None = strawberry.field(
        description="The id of the request at Stripe, for questions to Stripe's support."
    )


_TYPES: dict[type[errors.PaymentError], type[PaymentError]] = {
    errors.ValidationError: ValidationError,
    errors.CardError: CardError,
    errors.InvalidStateError: InvalidStateError,
    errors.AmountError: AmountError,
    errors.NotFoundError: NotFoundError,
    errors.PermissionDeniedError: PermissionDeniedError,
    errors.ApprovalRequiredError: ApprovalRequiredError,
    errors.RateLimitedError: RateLimitedError,
    errors.IdempotencyError: IdempotencyError,
    errors.OperationInProgressError: OperationInProgressError,
    errors.ProviderError: ProviderError,
}
ERROR_TYPES = tuple(_TYPES.values())
"""For the schema, since GraphQL cannot find them through the interface."""


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
        # In the form of the enumerations, so that clients can compare it with `status`.
        values["current_status"] = error.current_status.upper() or None
        values["allowed"] = [status.upper() for status in error.allowed]
    return error_type(**values)
