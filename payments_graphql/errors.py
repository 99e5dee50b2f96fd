"""Errors as data: each says what happened, which field is invalid, and whether to retry.

Services raise them, `StripeService` returns their text, and GraphQL shows them in the payload. A
failed operation keeps its error as JSON, so that a retry gets the same response.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

__all__ = [
    "AmountError",
    "ApprovalRequiredError",
    "CardError",
    "ErrorCode",
    "IdempotencyError",
    "InvalidStateError",
    "NotFoundError",
    "OperationInProgressError",
    "PaymentError",
    "PermissionDeniedError",
    "ProviderError",
    "RateLimitedError",
    "TransactionOpenError",
    "ValidationError",
]


class ErrorCode(StrEnum):
    """Stable codes for programs. The message of the error is for people."""

    INVALID_INPUT = "invalid_input"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_PRECISION = "amount_precision"
    AMOUNT_TOO_SMALL = "amount_too_small"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_MISMATCH = "amount_mismatch"
    CARD_DECLINED = "card_declined"
    AUTHENTICATION_REQUIRED = "authentication_required"
    INVALID_STATE = "invalid_state"
    ABANDONED = "abandoned"
    NOT_FOUND = "not_found"
    PERMISSION_DENIED = "permission_denied"
    APPROVAL_REQUIRED = "approval_required"
    RATE_LIMITED = "rate_limited"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    OPERATION_IN_PROGRESS = "operation_in_progress"
    PROVIDER_ERROR = "provider_error"
    UNAVAILABLE = "unavailable"


@dataclass(eq=False)
class PaymentError(Exception):
    """A request that was not carried out. `path` names the invalid input field, if any."""

    message: str
    code: ErrorCode = ErrorCode.INVALID_INPUT
    path: tuple[str, ...] = ()
    retryable: bool = False

    registry: ClassVar[dict[str, type["PaymentError"]]] = {}

    def __init_subclass__(cls) -> None:
        cls.registry[cls.__name__] = cls

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        values = {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in asdict(self).items()
        }
        return {"type": type(self).__name__, **values}

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "PaymentError":
        values = dict(stored)
        cls = PaymentError.registry[values.pop("type")]
        values["code"] = ErrorCode(values["code"])
        for name in ("path", "allowed"):
            if name in values:
                values[name] = tuple(values[name])
        for name in ("minimum", "maximum"):
            if values.get(name) is not None:
                values[name] = Decimal(values[name])
        return cls(**values)


PaymentError.registry[PaymentError.__name__] = PaymentError


@dataclass(eq=False)
class ValidationError(PaymentError):
    """An input field is invalid. The message says what is allowed."""


@dataclass(eq=False)
class UnaskedRefusedError(ValidationError):
    """Stripe rejected a parameter that the caller did not give. Services retry without it, so
    callers never see this error."""

    parameter: str = ""


@dataclass(eq=False)
class AmountError(PaymentError):
    """An amount that cannot be charged, captured or refunded. Limits are in major units."""

    code: ErrorCode = ErrorCode.AMOUNT_INVALID
    currency: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(eq=False)
class CardError(PaymentError):
    """The card was declined. https://docs.stripe.com/declines/codes"""

    code: ErrorCode = ErrorCode.CARD_DECLINED
    decline_code: str = ""
    advice: str = ""
    advice_code: str = ""


@dataclass(eq=False)
class InvalidStateError(PaymentError):
    """The status of the object does not allow this. `allowed` contains the statuses that do."""

    code: ErrorCode = ErrorCode.INVALID_STATE
    current_status: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(eq=False)
class NotFoundError(PaymentError):
    """The object does not exist, or belongs to another user. The error does not say which."""

    code: ErrorCode = ErrorCode.NOT_FOUND


@dataclass(eq=False)
class CustomerGoneError(NotFoundError):
    """The customer was deleted at Stripe. Services create another and retry, so callers never see
    this error."""


@dataclass(eq=False)
class PermissionDeniedError(PaymentError):
    """The user does not have the permission for this."""

    code: ErrorCode = ErrorCode.PERMISSION_DENIED


@dataclass(eq=False)
class ApprovalRequiredError(PaymentError):
    """A second person must approve the refund. `refund_request_id` is the key of the recorded
    `RefundRequest`. Once it is approved, the same request with the same key returns the refund."""

    code: ErrorCode = ErrorCode.APPROVAL_REQUIRED
    retryable: bool = True
    refund_request_id: str = ""


@dataclass(eq=False)
class IdempotencyError(PaymentError):
    """The idempotency key was used for a different request."""

    code: ErrorCode = ErrorCode.IDEMPOTENCY_KEY_REUSED


@dataclass(eq=False)
class OperationInProgressError(PaymentError):
    """An operation is in progress and its result is not known yet. Retry with the same key."""

    code: ErrorCode = ErrorCode.OPERATION_IN_PROGRESS
    retryable: bool = True


@dataclass(eq=False)
class RateLimitedError(PaymentError):
    """Too many requests, to this site or to Stripe. Retry after `retry_after` seconds."""

    code: ErrorCode = ErrorCode.RATE_LIMITED
    retryable: bool = True
    retry_after: int | None = None


@dataclass(eq=False)
class ProviderError(PaymentError):
    """Stripe could not be reached, or rejected the request for a reason the caller cannot
    change."""

    code: ErrorCode = ErrorCode.PROVIDER_ERROR
    request_id: str = ""


class TransactionOpenError(RuntimeError):
    """A payment service was called inside the caller's own database transaction.

    A rollback would delete the record of the call to Stripe, although the money has moved. Call the
    service after the `atomic` block, or with `transaction.on_commit`.
    """

    def __init__(self) -> None:
        super().__init__(
            "Call payment services outside of a transaction: a rollback would delete the record "
            "of what was done at Stripe. Call the service after your `atomic` block, or with "
            "`transaction.on_commit`. For views under ATOMIC_REQUESTS, use "
            "`@transaction.non_atomic_requests`."
        )
