"""What the entries of the timeline say."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ....models import (
    DisputeStatus,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    RefundStatus,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from ... import columns
from ..words import describe_code, describe_dispute_reason

__all__ = ["describe_change", "describe_event", "describe_operation"]

type _Text = str | Promise

_KIND = OperationKind
_DONE: Mapping[str, _Text] = {
    _KIND.CREATE_PAYMENT_INTENT: _("Started the payment of %(amount)s"),
    _KIND.CONFIRM_PAYMENT_INTENT: _("Confirmed the payment"),
    _KIND.CAPTURE_PAYMENT_INTENT: _("Captured %(amount)s"),
    _KIND.CANCEL_PAYMENT_INTENT: _("Canceled the payment"),
    _KIND.UPDATE_PAYMENT_INTENT: _("Changed the payment"),
    _KIND.CREATE_REFUND: _("Refunded %(amount)s"),
    _KIND.CANCEL_REFUND: _("Canceled the refund of %(amount)s"),
    _KIND.SUBMIT_DISPUTE_EVIDENCE: _("Sent evidence for the dispute of %(amount)s"),
    _KIND.ACCEPT_DISPUTE: _("Accepted the dispute of %(amount)s"),
    _KIND.CREATE_SETUP_INTENT: _("Started to save a card"),
    _KIND.CANCEL_SETUP_INTENT: _("Stopped saving a card"),
}
_RETURNED = _("Returned to the payment")
"""The open payment of a booking was asked for again, as when its page is loaded once more."""
_FAILED: Mapping[str, _Text] = {
    _KIND.CREATE_PAYMENT_INTENT: _("The payment of %(amount)s could not be started"),
    _KIND.CONFIRM_PAYMENT_INTENT: _("The payment method could not be charged"),
    _KIND.CAPTURE_PAYMENT_INTENT: _("%(amount)s could not be captured"),
    _KIND.CANCEL_PAYMENT_INTENT: _("The payment could not be canceled"),
    _KIND.UPDATE_PAYMENT_INTENT: _("The payment could not be changed"),
    _KIND.CREATE_REFUND: _("%(amount)s could not be refunded"),
    _KIND.CANCEL_REFUND: _("The refund of %(amount)s could not be canceled"),
    _KIND.SUBMIT_DISPUTE_EVIDENCE: _("Evidence for the dispute of %(amount)s could not be sent"),
    _KIND.ACCEPT_DISPUTE: _("The dispute of %(amount)s could not be accepted"),
}
_OPEN: Mapping[str, _Text] = {
    OperationState.PENDING: _("Not sent to Stripe yet. It is tried again by itself."),
    OperationState.CALLING: _("Stripe is being asked."),
    OperationState.UNKNOWN: _("Stripe's answer was lost. The result is read by itself."),
    OperationState.NEEDS_REVIEW: _("The result is not known. A person must resolve it."),
}
_TONES = {
    OperationState.SUCCEEDED: "good",
    OperationState.FAILED: "bad",
    OperationState.NEEDS_REVIEW: "bad",
}


def describe_operation(operation: Operation, intent: StripePaymentIntent) -> tuple[str, str]:
    """The title and the tone."""
    texts = _FAILED if operation.state == OperationState.FAILED else _DONE
    text = texts.get(operation.kind)
    tone = _TONES.get(OperationState(operation.state), "waiting")
    if not operation.is_settled or text is None:
        return operation.get_kind_display(), tone
    is_new = operation.attempts or operation.kind != _KIND.CREATE_PAYMENT_INTENT
    if texts is _DONE and not is_new:
        text = _RETURNED
    return str(text) % {"amount": _get_amount(operation, intent)}, tone


def _get_amount(operation: Operation, intent: StripePaymentIntent) -> str:
    row = operation.refund or operation.dispute or intent
    minor_units = row.amount
    if operation.kind == _KIND.CAPTURE_PAYMENT_INTENT:
        minor_units = operation.parameters.get("amount_to_capture") or intent.amount
    elif operation.kind in (_KIND.CREATE_PAYMENT_INTENT, _KIND.CREATE_REFUND):
        # The row of a rejected refund is gone, and the amount of a payment can change later.
        minor_units = operation.parameters.get("amount") or row.amount
    return columns.format_amount(minor_units, row.currency)


def describe_operation_details(operation: Operation) -> list[str]:
    said: list[str] = []
    if not operation.is_settled:
        said.append(str(_OPEN[OperationState(operation.state)]))
    if operation.error:
        said.append(_describe_error(operation.error))
    refund = operation.refund
    if operation.kind == _KIND.CREATE_REFUND and refund is not None:
        if refund.reason:
            said.append(
                gettext("Reason: %(reason)s.") % {"reason": refund.get_reason_display().lower()}
            )
        if refund.description:
            said.append(columns.mask(refund.description))
    if operation.parameters.get("off_session"):
        said.append(gettext("The customer was away."))
    if operation.finding:
        said.append(
            gettext("Found at Stripe: %(text)s") % {"text": columns.mask(operation.finding)}
        )
    return said


def _describe_error(error: Mapping[str, Any]) -> str:
    code = error.get("decline_code") or ""
    if not code:
        return columns.mask(error.get("message") or "")
    return gettext("Reason: %(reason)s.") % {"reason": describe_code(code)}


_PAYMENT: Mapping[str, _Text] = {
    PaymentIntentStatus.REQUIRES_PAYMENT_METHOD: _("The payment waits for a payment method"),
    PaymentIntentStatus.REQUIRES_CONFIRMATION: _("The payment waits to be confirmed"),
    PaymentIntentStatus.REQUIRES_ACTION: _("The customer must act to pay"),
    PaymentIntentStatus.PROCESSING: _("The bank is processing the payment"),
    PaymentIntentStatus.REQUIRES_CAPTURE: _("The amount is authorized"),
    PaymentIntentStatus.SUCCEEDED: _("The payment succeeded"),
    PaymentIntentStatus.CANCELED: _("The payment was canceled"),
}
_REFUND: Mapping[str, _Text] = {
    RefundStatus.PENDING: _("The refund of %(amount)s is on its way"),
    RefundStatus.REQUIRES_ACTION: _("The refund of %(amount)s waits for the customer"),
    RefundStatus.SUCCEEDED: _("The refund of %(amount)s succeeded"),
    RefundStatus.FAILED: _("The refund of %(amount)s failed"),
    RefundStatus.CANCELED: _("The refund of %(amount)s was canceled"),
}
_DISPUTE: Mapping[str, _Text] = {
    DisputeStatus.NEEDS_RESPONSE: _("The customer's bank disputes %(amount)s"),
    DisputeStatus.WARNING_NEEDS_RESPONSE: _("The customer's bank asks about %(amount)s"),
    DisputeStatus.UNDER_REVIEW: _("The bank reviews the dispute of %(amount)s"),
    DisputeStatus.WON: _("The dispute of %(amount)s is won"),
    DisputeStatus.LOST: _("The dispute of %(amount)s is lost"),
}
_GOOD = ("succeeded", "requires_capture", "won", "prevented", "warning_closed")
_BAD = ("failed", "lost", "needs_response", "warning_needs_response", "appeal_needs_response")


def describe_change(change: StatusChange) -> tuple[str, str]:
    """The title and the tone. Needs `refund` and `dispute` to be loaded."""
    if change.dispute is not None:
        title = _describe_dispute(change, change.dispute)
    elif change.refund is not None:
        title = _describe_refund(change, change.refund)
    else:
        title = _describe_payment(change)
    is_bad = change.to_status in _BAD or bool(change.failure_code)
    tone = "bad" if is_bad else "good" if change.to_status in _GOOD else "waiting"
    return title, tone


def _describe_payment(change: StatusChange) -> str:
    if change.failure_code:
        return gettext("An attempt to pay failed: %(reason)s") % {
            "reason": describe_code(change.failure_code)
        }
    known = _PAYMENT.get(change.to_status)
    return str(known) if known is not None else _show_status(change)


def _describe_refund(change: StatusChange, refund: StripeRefund) -> str:
    known = _REFUND.get(change.to_status)
    if known is None:
        return _show_status(change)
    title = str(known) % {"amount": columns.format_amount(refund.amount, refund.currency)}
    if change.failure_code:
        reason = describe_code(change.failure_code)
        return gettext("%(title)s: %(reason)s") % {"title": title, "reason": reason}
    return title


def _describe_dispute(change: StatusChange, dispute: StripeDispute) -> str:
    amount = columns.format_amount(dispute.amount, dispute.currency)
    if change.is_reminder:
        return gettext("The answer to the dispute of %(amount)s is due soon") % {"amount": amount}
    known = _DISPUTE.get(change.to_status)
    if known is None:
        status = columns.mask(change.to_status.replace("_", " "))
        return gettext("The dispute of %(amount)s: %(status)s") % {
            "amount": amount,
            "status": status,
        }
    title = str(known) % {"amount": amount}
    if change.to_status in DisputeStatus.answerable():
        reason = describe_dispute_reason(dispute.reason)
        return gettext("%(title)s: %(reason)s") % {"title": title, "reason": reason}
    return title


def _show_status(change: StatusChange) -> str:
    return gettext("New status at Stripe: %(status)s") % {
        "status": columns.mask(change.to_status.replace("_", " "))
    }


_EVENT_STATES: Mapping[str, _Text] = {
    EventState.PENDING: _("Stripe reported %(type)s, not processed yet"),
    EventState.PROCESSING: _("Stripe reported %(type)s, being processed"),
    EventState.FAILED: _("Stripe reported %(type)s, processing failed and is tried again"),
    EventState.DEAD: _("Stripe reported %(type)s, processing failed for good"),
}


def describe_event(event: StripeWebhookEvent) -> tuple[str, str]:
    """For an event that caused no change of status. The title and the tone."""
    text = _EVENT_STATES.get(event.state, _("Stripe reported %(type)s"))
    is_bad = event.state in (EventState.FAILED, EventState.DEAD)
    tone = "bad" if is_bad else "idle" if event.state not in EventState.open() else "waiting"
    return str(text) % {"type": columns.mask(event.type)}, tone
