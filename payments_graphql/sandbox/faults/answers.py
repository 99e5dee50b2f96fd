"""The answers of faults: https://docs.stripe.com/api/errors."""

from collections.abc import Callable

from payments_graphql.sandbox.errors import ApiError, UnsavedError
from payments_graphql.sandbox.faults.kinds import FaultKind
from payments_graphql.sandbox.faults.registry import Disturbance, Fault
from payments_graphql.sandbox.idempotency import key_in_use
from payments_graphql.sandbox.messages import AnswerFate, HttpAnswer

_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


def unknown_error() -> ApiError:
    """Stripe's answer to an error on its side."""
    return ApiError("An unknown error occurred.", status=500, kind="api_error")


def unanswered(disturbance: Disturbance) -> HttpAnswer | None:
    """Return the answer to a request that a fault keeps from the API, if there is one."""
    match disturbance.kind:
        case FaultKind.HANG:
            return HttpAnswer(0, b"", fate=AnswerFate.HANG)
        case FaultKind.RESET:
            return HttpAnswer(0, b"", fate=AnswerFate.RESET)
        case FaultKind.BAD_GATEWAY:
            return HttpAnswer(502, _PAGE, "text/html")
    return None


def refusal(disturbance: Disturbance, key: str | None) -> ApiError | None:
    """Return the error for a request that is refused before its idempotency key is saved."""
    if disturbance.kind is FaultKind.KEY_IN_USE:
        return key_in_use(key or "")
    make = _REFUSALS.get(disturbance.kind) if disturbance.kind else None
    return make() if make else None


def _rate_limited() -> ApiError:
    """https://docs.stripe.com/rate-limits."""
    return UnsavedError(
        "Request rate limit exceeded. You can learn more about rate limits here "
        "https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
    )


def _unauthorized() -> ApiError:
    return UnsavedError("Invalid API Key provided: sk_test_****.", status=401)


def _forbidden() -> ApiError:
    return UnsavedError(
        "The provided key does not have the required permissions for this endpoint.", status=403
    )


_REFUSALS: dict[FaultKind, Callable[[], ApiError]] = {
    FaultKind.RATE_LIMITED: _rate_limited,
    FaultKind.UNAUTHORIZED: _unauthorized,
    FaultKind.FORBIDDEN: _forbidden,
}


def disturbed(answer: HttpAnswer, disturbance: Disturbance) -> HttpAnswer:
    """Return the answer that is sent: with extra headers, truncated, or not at all."""
    headers = answer.headers | _extra_headers(disturbance)
    match disturbance.kind:
        case FaultKind.HANG_AFTER_EFFECT:
            return HttpAnswer(answer.status, b"", fate=AnswerFate.HANG)
        case FaultKind.RESET_AFTER_EFFECT:
            return HttpAnswer(answer.status, b"", fate=AnswerFate.RESET)
        case FaultKind.TRUNCATED:
            return HttpAnswer(
                answer.status, answer.body, headers=headers, fate=AnswerFate.TRUNCATED
            )
        case FaultKind.NOT_JSON:
            return HttpAnswer(200, _PAGE, "text/html", headers)
        case FaultKind.GATEWAY_PAGE_AFTER_EFFECT if disturbance.outcome is not None:
            return HttpAnswer(disturbance.outcome.status, _PAGE, "text/html")
    return HttpAnswer(answer.status, answer.body, answer.content_type, headers)


def _extra_headers(disturbance: Disturbance) -> dict[str, str]:
    headers: dict[str, str] = {}
    if disturbance.should_retry is not None:
        headers["Stripe-Should-Retry"] = "true" if disturbance.should_retry else "false"
    outcome: Fault | None = disturbance.outcome
    if outcome is not None and outcome.kind is FaultKind.RATE_LIMITED:
        headers["Stripe-Rate-Limited-Reason"] = "global-rate"
        if outcome.retry_after is not None:
            headers["Retry-After"] = f"{outcome.retry_after:g}"
    return headers
