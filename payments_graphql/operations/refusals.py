"""Translates Stripe's errors to ours. https://docs.stripe.com/error-codes"""

from django.utils.translation import gettext as _

from .. import declines
from ..errors import (
    AmountError,
    CardError,
    CustomerGoneError,
    ErrorCode,
    InvalidStateError,
    NotFoundError,
    OperationInProgressError,
    PaymentError,
    ProviderError,
    RateLimitedError,
    UnaskedRefusedError,
    ValidationError,
)
from ..log_redaction import redact_text
from ..models import Operation, OperationKind
from ..money import get_minimum
from ..stripe_client import (
    StripeBusyError,
    StripeCallError,
    StripeCredentialsError,
    StripeDownError,
    StripeRefusedError,
)

_WRONG_STATE = {
    "payment_intent_unexpected_state",
    "setup_intent_unexpected_state",
    "charge_already_refunded",
    "charge_already_captured",
    "charge_disputed",
    "payment_intent_authentication_failure",
}
# Stripe has no error codes for these, such as a closed dispute or a refund that was sent.
_STATE_ALONE = {
    OperationKind.ACCEPT_DISPUTE,
    OperationKind.CANCEL_REFUND,
    OperationKind.SUBMIT_DISPUTE_EVIDENCE,
}
_AMOUNT = {
    "amount_too_small": ErrorCode.AMOUNT_TOO_SMALL,
    "amount_too_large": ErrorCode.AMOUNT_TOO_LARGE,
    "parameter_invalid_integer": ErrorCode.AMOUNT_INVALID,
}
_FIELDS = {
    "amount": "amount",
    "amount_to_capture": "amount",
    "currency": "currency",
    "description": "description",
    "evidence": "evidence",
    "file": "file",
    "metadata": "metadata",
    "payment_method": "paymentMethodId",
    "receipt_email": "receiptEmail",
    "return_url": "returnUrl",
}


def explain(error: StripeCallError, operation: Operation | None = None) -> PaymentError:
    """The error to show for a call that was not carried out or could not be made."""
    match error:
        case StripeRefusedError():
            return _explain_refusal(error, operation)
        case StripeCredentialsError():
            return ProviderError(
                _("Payments are not possible at the moment. Try again later."),
                retryable=True,
                request_id=error.request_id,
            )
        case StripeDownError() if operation is None:
            return ProviderError(
                _("Stripe cannot be reached at the moment. Try again in a few seconds."),
                retryable=True,
            )
        case StripeBusyError() if error.status == 429:
            return RateLimitedError(
                _("There are too many payments at the moment. Try again in a few seconds."),
                retry_after=error.retry_after,
            )
        case _ if operation is None:
            return ProviderError(
                _("Stripe could not be reached. Try again in a moment."),
                retryable=True,
                request_id=error.request_id,
            )
        case _:
            return OperationInProgressError(
                _(
                    "Stripe has not answered yet, so the result is not known. Retry with the same "
                    "idempotency key. Nothing is done twice."
                )
            )


def _explain_refusal(error: StripeCallError, operation: Operation | None) -> PaymentError:
    message = redact_text(error.message)
    if error.type == "card_error":
        decline_code = error.decline_code or error.code
        needs_customer = "authentication_required" in (error.code, decline_code)
        return CardError(
            declines.explain(decline_code, message),
            code=ErrorCode.AUTHENTICATION_REQUIRED if needs_customer else ErrorCode.CARD_DECLINED,
            decline_code=decline_code,
            advice=declines.advise(decline_code, error.advice_code),
            advice_code=error.advice_code,
        )
    unasked = _find_unasked(error, operation)
    if unasked:
        return UnaskedRefusedError(message, parameter=unasked)
    has_no_cause = not error.code and not error.param
    if has_no_cause and operation is not None and operation.kind in _STATE_ALONE:
        return InvalidStateError(message)
    path = tuple(filter(None, (_FIELDS.get(error.param.split("[")[0], ""),)))
    if error.code in _WRONG_STATE:
        status = (error.object or {}).get("status", "")
        return InvalidStateError(message, current_status=str(status))
    if error.code in _AMOUNT or path == ("amount",):
        currency = _get_currency(operation)
        return AmountError(
            message,
            code=_AMOUNT.get(error.code, ErrorCode.AMOUNT_INVALID),
            path=("amount",),
            currency=currency,
            minimum=get_minimum(currency) if currency else None,
        )
    if error.code == "resource_missing" and error.param == "customer":
        return CustomerGoneError(message, retryable=True)
    if path == ("paymentMethodId",):
        # Stripe distinguishes unknown methods from other customers' methods. We must not.
        return NotFoundError(
            _("There is no such payment method, or it cannot be used for this payment."), path=path
        )
    if error.code == "resource_missing":
        return NotFoundError(message, path=path)
    if path:
        return ValidationError(message, path=path)
    refused = _("Stripe rejected the request: %(message)s") % {"message": message}
    return ProviderError(refused, request_id=error.request_id)


def _find_unasked(error: StripeCallError, operation: Operation | None) -> str:
    """The refused parameter, if the caller did not ask for it. See Note [Nobody asked for it] in
    `services/unasked.py`."""
    names: list[str] = [] if operation is None else operation.unasked
    refused = error.param.split("[")[0]
    if not refused and error.code == "email_invalid":
        refused = next((name for name in names if "email" in name), "")
    return refused if refused in names else ""


def _get_currency(operation: Operation | None) -> str:
    if operation is None:
        return ""
    if operation.payment_intent is not None:
        return operation.payment_intent.currency
    return str(operation.parameters.get("currency", "")).upper()
