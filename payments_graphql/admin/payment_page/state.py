"""The amount and the state of a payment in words, and the next step."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from ...models import (
    DisputeStatus,
    PaymentIntentStatus,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)
from .. import columns
from .case import Case
from .words import describe_cancellation, join_sentences

__all__ = ["describe_next_step", "describe_state", "describe_sums", "format_moment"]

_STATUS = PaymentIntentStatus


def format_moment(moment: datetime) -> str:
    """In the site's time zone and the reader's language."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def describe_state(case: Case) -> str:
    """ "Paid 310.00 EUR on Nov. 29, 2026, 12:00 p.m." """
    intent = case.intent
    describe = _STATES.get(intent.status)
    if intent.stripe_payment_intent_id is None:
        text = gettext("%(amount)s: Stripe has not accepted this payment yet")
    elif describe is not None:
        return describe(case)
    else:
        text = gettext("%(amount)s: unknown status at Stripe")
    return text % {"amount": _amount(intent)}


def _amount(intent: StripePaymentIntent) -> str:
    return columns.format_amount(intent.amount, intent.currency)


def _describe_paid(case: Case) -> str:
    intent = case.intent
    amount = columns.format_amount(intent.amount_received, intent.currency)
    change = case.find_paid_change()
    if change is None:  # imported
        return gettext("Paid %(amount)s") % {"amount": amount}
    moment = format_moment(change.occurred_at)
    return gettext("Paid %(amount)s on %(moment)s") % {"amount": amount, "moment": moment}


def _describe_canceled(case: Case) -> str:
    intent = case.intent
    values = {
        "amount": _amount(intent),
        "reason": describe_cancellation(intent.cancellation_reason),
    }
    if intent.canceled_at is None:
        return gettext("Canceled, %(amount)s were not charged") % values
    values["moment"] = format_moment(intent.canceled_at)
    text = (
        gettext("Canceled on %(moment)s (%(reason)s), %(amount)s were not charged")
        if intent.cancellation_reason
        else gettext("Canceled on %(moment)s, %(amount)s were not charged")
    )
    return text % values


def _describe_unpaid(case: Case) -> str:
    text = (
        gettext("%(amount)s not paid, the last attempt failed")
        if case.intent.last_error
        else gettext("%(amount)s not paid yet")
    )
    return text % {"amount": _amount(case.intent)}


def _describe_action(case: Case) -> str:
    text = (
        gettext("%(amount)s not paid yet, waiting for the customer's transfer or voucher")
        if case.intent.is_waiting_for_customer
        else gettext("%(amount)s not paid yet, the customer must confirm with the bank")
    )
    return text % {"amount": _amount(case.intent)}


def _describe_hold(case: Case) -> str:
    held = columns.format_amount(case.intent.amount_capturable, case.intent.currency)
    return gettext("Authorized %(amount)s, not captured yet") % {"amount": held}


_STATES: dict[str, Callable[[Case], str]] = {
    _STATUS.REQUIRES_PAYMENT_METHOD: _describe_unpaid,
    _STATUS.REQUIRES_CONFIRMATION: _describe_unpaid,
    _STATUS.REQUIRES_ACTION: _describe_action,
    _STATUS.PROCESSING: lambda case: (
        gettext("%(amount)s: the bank is processing the payment") % {"amount": _amount(case.intent)}
    ),
    _STATUS.REQUIRES_CAPTURE: _describe_hold,
    _STATUS.SUCCEEDED: _describe_paid,
    _STATUS.CANCELED: _describe_canceled,
}


def describe_sums(case: Case) -> str:
    """ "12.00 EUR refunded. 298.00 EUR kept." Empty if nothing was returned or is disputed."""
    sums, intent = case.sums, case.intent
    parts = [
        (sums.refunded, gettext("%(amount)s refunded.")),
        (sums.returning, gettext("%(amount)s on the way back to the customer.")),
        (sums.taken, gettext("%(amount)s lost in a dispute.")),
        (sums.disputed, gettext("%(amount)s disputed.")),
        (sums.unreturned, gettext("%(amount)s of a dispute that was won not returned yet.")),
    ]
    said = [
        text % {"amount": columns.format_amount(minor_units, intent.currency)}
        for minor_units, text in parts
        if minor_units
    ]
    if said:
        is_open = sums.disputed or sums.unreturned
        kept = columns.format_amount(sums.free if is_open else sums.standing, intent.currency)
        text = gettext("%(amount)s kept in any case.") if is_open else gettext("%(amount)s kept.")
        said.append(text % {"amount": kept})
    partial = intent.amount - intent.amount_received
    if intent.status == _STATUS.SUCCEEDED and partial > 0:
        released = columns.format_amount(partial, intent.currency)
        said.insert(0, gettext("%(amount)s released to the customer.") % {"amount": released})
    return join_sentences(said)


def describe_next_step(case: Case) -> str:
    """One sentence: what a member of staff should do, or whom the payment waits for."""
    if not case.is_ours:
        return gettext(
            "The payment belongs to another mode or Stripe account than the current keys. Nothing "
            "can be done here."
        )
    if case.intent.stripe_payment_intent_id is None:
        return gettext("Wait a moment: Stripe's answer to the request is not known yet.")
    urgent = _find_urgent(case)
    return urgent or _STEPS.get(case.intent.status, _do_nothing)(case)


def _find_urgent(case: Case) -> str:
    """What staff must do, whatever the status of the payment."""
    awaited = [one for one in case.disputes if one.status in DisputeStatus.awaiting_response()]
    if awaited:
        return _describe_deadline(awaited[0])
    if any(one.state == "needs_review" for one in case.operations):
        return gettext("Resolve the operation whose result is not known.")
    return ""


def _describe_deadline(dispute: StripeDispute) -> str:
    if dispute.evidence_due_by is None:
        return gettext("Answer or accept the dispute.")
    moment = format_moment(dispute.evidence_due_by)
    return gettext("Answer or accept the dispute (by %(moment)s).") % {"moment": moment}


def _do_nothing(case: Case) -> str:
    return gettext("Nothing to do.")


def _wait_for_payment(case: Case) -> str:
    intent = case.intent
    if intent.last_error:
        text = gettext("The customer can try again, or pay in another way.")
    elif intent.status == _STATUS.REQUIRES_ACTION and intent.is_waiting_for_customer:
        text = gettext("Wait for the customer's money.")
        if intent.next_action_expires_at is not None:
            moment = format_moment(intent.next_action_expires_at)
            text = gettext("Wait for the customer's money (until %(moment)s).") % {"moment": moment}
    else:
        text = gettext("Wait for the customer to pay.")
    if intent.abandoned_at is None:
        return text
    moment = format_moment(intent.abandoned_at)
    after = gettext("If nobody pays, it is canceled by itself (after %(moment)s).") % {
        "moment": moment
    }
    return f"{text} {after}"


def _capture_or_cancel(case: Case) -> str:
    booking = case.booking
    if booking is not None and booking.canceled_at is not None:
        return gettext("The booking was canceled: cancel the payment to release the money.")
    if case.intent.capture_before is None:
        return gettext("Capture or cancel it.")
    moment = format_moment(case.intent.capture_before)
    if case.intent.capture_before < timezone.now():
        return gettext("The authorization expired on %(moment)s: read the payment from Stripe.") % {
            "moment": moment
        }
    return gettext("Authorized until %(moment)s: capture or cancel it.") % {"moment": moment}


def _check_afterwards(case: Case) -> str:
    failed = [one for one in case.refunds if one.status == "failed"]
    if failed and case.sums.standing > 0:
        return _describe_failed_refund(failed[0])
    sums = case.booking_sums
    if sums is not None and sums.overpaid > 0 and case.booking is not None:
        amount = columns.format_amount(sums.overpaid, case.booking.currency)
        return gettext("The booking is overpaid by %(amount)s: refund the overpayment.") % {
            "amount": amount
        }
    if any(one.status == "requires_action" for one in case.refunds):
        return gettext("A refund waits for the customer's bank details.")
    if case.sums.returning:
        return gettext("Nothing to do: a refund is on its way.")
    return _do_nothing(case)


def _describe_failed_refund(refund: StripeRefund) -> str:
    amount = columns.format_amount(refund.amount, refund.currency)
    return gettext(
        "The refund of %(amount)s failed: try again, or return the money in another way."
    ) % {"amount": amount}


_STEPS: dict[str, Callable[[Case], str]] = {
    _STATUS.REQUIRES_PAYMENT_METHOD: _wait_for_payment,
    _STATUS.REQUIRES_CONFIRMATION: _wait_for_payment,
    _STATUS.REQUIRES_ACTION: _wait_for_payment,
    _STATUS.PROCESSING: lambda case: gettext(
        "Wait for the bank, which can take several days. Nothing to do."
    ),
    _STATUS.REQUIRES_CAPTURE: _capture_or_cancel,
    _STATUS.SUCCEEDED: _check_afterwards,
    _STATUS.UNKNOWN: lambda case: gettext("Open the payment at Stripe to see what it waits for."),
}
