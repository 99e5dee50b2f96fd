"""The functions that other rooms call, each in one line at the place that records the thing."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from .. import money
from ..logs import get_logger
from . import instruments
from .labels import OTHER, bound_code, bound_currency

if TYPE_CHECKING:
    from ..models import StatusChange

logger = get_logger(__name__)

_OUTCOMES = {
    "succeeded": "succeeded",
    "canceled": "canceled",
    "requires_capture": "authorized",
    "processing": "processing",
    "requires_action": "requires_action",
}
_CALL_OUTCOMES = {
    "StripeRefusedError": "refused",
    "StripeCredentialsError": "credentials",
    "StripeBusyError": "busy",
    "StripeDownError": "not_made",
    "StripeNoAnswerError": "no_answer",
    "StripeServerError": "server_error",
}


def count_change(change: "StatusChange") -> None:
    """Counts a recorded change of a payment, a refund, a dispute or a saved card."""
    if change.is_reminder:
        return
    if change.dispute is not None:
        _count_dispute(change, change.dispute.amount, bound_currency(change.dispute.currency))
    elif change.refund is not None:
        _count_refund(change, change.refund.amount, bound_currency(change.refund.currency))
    elif change.payment_intent is not None:
        _count_payment(change, bound_currency(change.payment_intent.currency))
    elif change.failure_code or change.to_status == "succeeded":
        _count(instruments.SETUPS, "failed" if change.failure_code else "succeeded")


def _count_payment(change: "StatusChange", currency: str) -> None:
    if not change.from_status:
        _count(instruments.PAYMENTS, "created", currency)
    if change.failure_code:
        _count(instruments.PAYMENTS, "declined", currency)
        _count(instruments.DECLINES, bound_code(change.failure_code), currency)
    elif change.to_status in _OUTCOMES:
        _count(instruments.PAYMENTS, _OUTCOMES[change.to_status], currency)
    if change.to_status == "succeeded" and change.payment_intent is not None:
        _count_amount("received", change.payment_intent.amount_received, currency)


def _count_refund(change: "StatusChange", amount: int, currency: str) -> None:
    _count(instruments.REFUNDS, change.to_status, currency)
    if change.to_status == "succeeded":
        _count_amount("refunded", amount, currency)
    elif change.from_status == "succeeded":
        _count_amount("refund_failed", amount, currency)


def _count_dispute(change: "StatusChange", amount: int, currency: str) -> None:
    _count(instruments.DISPUTES, change.to_status, currency)
    if not change.from_status:
        _count(instruments.DISPUTES, "opened", currency)
        _count_amount("disputed", amount, currency)


def _count_amount(flow: str, amount: int, currency: str) -> None:
    _count(instruments.AMOUNT, flow, currency, by=float(money.to_decimal(amount, currency)))


def count_stripe_call(call: str, seconds: float, error: Exception | None = None) -> None:
    """Counts one attempt. `call` is a name of ours, such as `payment_intents.create`."""
    outcome = "ok" if error is None else _CALL_OUTCOMES.get(type(error).__name__, OTHER)
    _try(instruments.STRIPE_CALLS.labels(call, outcome).inc)
    if outcome != "not_made":
        _try(instruments.STRIPE_SECONDS.labels(call).observe, seconds)


def count_received_webhook(result: str) -> None:
    """Counts one request, once its result is committed. See `labels.WEBHOOK_RESULTS`."""
    _count(instruments.WEBHOOKS, result)


def count_stored_event(source: str, seconds: float) -> None:
    """Counts an event that was stored, `seconds` after Stripe created it."""
    # Stripe's clock can be ahead of ours.
    _later(instruments.WEBHOOK_DELAY.labels(source).observe, max(seconds, 0))


def count_processed_events(state: str, events: int = 1) -> None:
    """Counts attempts to process events that ended in `state`."""
    _count(instruments.EVENTS, state, by=events)


def count_operation(kind: str, state: str) -> None:
    """Counts an operation that was settled or left to a person."""
    _count(instruments.OPERATIONS, kind, state)


def count_graphql(operation: str, type: str, outcome: str, seconds: float | None) -> None:
    """Counts one request. `operation` is a field of the schema, or "other"."""
    _try(instruments.GRAPHQL.labels(operation, type, outcome).inc)
    if seconds is not None:
        _try(instruments.GRAPHQL_SECONDS.labels(type).observe, seconds)


def count_payload_error(code: str) -> None:
    """Counts an error of ours that a mutation returned as data."""
    _try(instruments.PAYLOAD_ERRORS.labels(code).inc)


def count_unplanned(type: str, reason: str) -> None:
    """`type` is the name of an object type of the schema. `no_plan`: a selected field cannot be
    planned. `failed`: the plan could not write the values, as when a resolver fails."""
    _try(instruments.UNPLANNED.labels(type, reason).inc)


def show_open_streams(number: int) -> None:
    """Sets the number of streams of this process. Set and not added, so that a process that gets
    the id of a killed one begins at zero."""
    _try(instruments.STREAMS.labels("sse").set, number)


def count_limit(limit: str) -> None:
    """Counts a request refused by a limit, by the name of the limit."""
    _try(instruments.LIMITS.labels(limit).inc)


def count_card_testing(action: str) -> None:
    """`refused`: a new payment was not started. `canceled`: an open payment was canceled."""
    _try(instruments.CARD_TESTING.labels(action).inc)


def count_sign_in_refusal(reason: str) -> None:
    _try(instruments.SIGN_INS.labels(reason).inc)


def _count(counter: Any, *labels: str, by: float = 1) -> None:
    if by > 0:
        _later(counter.labels(*labels).inc, by)


def _later(count: Callable[..., None], *arguments: float) -> None:
    """Counts after the commit, and not if the transaction is rolled back."""
    _try(transaction.on_commit, partial(_try, count, *arguments))


def _try(count: Callable[..., None], *arguments: Any) -> None:
    """See the end of Note [Bounded labels]."""
    try:
        count(*arguments)
    except Exception:
        logger.exception("metrics_not_counted")
