"""What a refund or a setup intent is about, in words: what, when, why, and the next step."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import people
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    RefundStatus,
    SetupIntentStatus,
    StripeRefund,
    StripeSetupIntent,
)
from . import columns
from .payment_page.declined import describe_decline
from .payment_page.state import format_moment
from .payment_page.words import describe_cancellation, describe_code

__all__ = ["tell_refund", "tell_setup"]

_REFUND_STEPS: Mapping[str, str | Promise] = {
    RefundStatus.PENDING: _("The bank is returning the money. Nothing to do."),
    RefundStatus.REQUIRES_ACTION: _(
        "Stripe has asked the customer for bank details. Wait for them, or cancel the refund."
    ),
    RefundStatus.SUCCEEDED: _("The customer gets the money within some days. Nothing to do."),
    RefundStatus.FAILED: _("Try again, or return the money in another way."),
    RefundStatus.CANCELED: _("The customer does not get the money. Nothing to do."),
}
_SETUP_STEPS: Mapping[str, str | Promise] = {
    SetupIntentStatus.REQUIRES_PAYMENT_METHOD: _("Wait for the customer to enter a card."),
    SetupIntentStatus.REQUIRES_CONFIRMATION: _("Wait for the customer to confirm."),
    SetupIntentStatus.REQUIRES_ACTION: _("Wait for the customer to confirm with the bank."),
    SetupIntentStatus.PROCESSING: _("The bank is checking the card. Nothing to do."),
    SetupIntentStatus.SUCCEEDED: _("The card is saved. Nothing to do."),
    SetupIntentStatus.CANCELED: _("No card was saved. Nothing to do."),
}


def tell_refund(refund: StripeRefund) -> SafeString:
    amount = columns.format_amount(refund.amount, refund.currency)
    operation = _find_request(refund)
    said = [
        format_html(
            "<strong>{}</strong> {}",
            gettext("Refund of %(amount)s") % {"amount": amount},
            columns.format_status(refund.status, refund.get_status_display()),
        ),
        _describe_request(refund, operation),
    ]
    if refund.failure_reason:
        reason = describe_code(refund.failure_reason)
        said.append(gettext("It failed: %(reason)s.") % {"reason": reason})
    if refund.stripe_refund_id is None and operation is not None:
        said.append(_describe_held(amount, operation))
    else:
        said.append(str(_REFUND_STEPS.get(refund.status, "")))
    return _join(said)


def _find_request(refund: StripeRefund) -> Operation | None:
    made = Operation.objects.filter(refund=refund, kind=OperationKind.CREATE_REFUND)
    return made.order_by().first()


def _describe_request(refund: StripeRefund, operation: Operation | None) -> str:
    values = {"moment": format_moment(refund.created_at)}
    if operation is None:
        return gettext("Made at Stripe, not here (%(moment)s).") % values
    values["who"] = people.describe_actors([operation.actor])[operation.actor]
    return gettext("Requested by %(who)s (%(moment)s).") % values


def _describe_held(amount: str, operation: Operation) -> SafeString:
    text = (
        gettext("Its result is not known. %(amount)s stay reserved until it is resolved.")
        if operation.state == OperationState.NEEDS_REVIEW
        else gettext("Stripe has not confirmed it yet. %(amount)s are reserved.")
    )
    said = text % {"amount": amount}
    return format_html("{} {}", said, columns.link(operation, gettext("Request")))


def tell_setup(setup: StripeSetupIntent) -> SafeString:
    said = [
        format_html(
            "<strong>{}</strong> {}",
            gettext("Saving a card without a payment"),
            columns.format_status(setup.status, setup.get_status_display()),
        ),
        gettext("Started: %(moment)s") % {"moment": format_moment(setup.created_at)},
    ]
    decline = describe_decline(setup)
    if decline is not None:
        reason = gettext("The last attempt failed: %(reason)s.") % {"reason": decline.reason}
        said += [f"{reason} {decline.secrecy} {decline.retry}"]
    if setup.cancellation_reason:
        reason = describe_cancellation(setup.cancellation_reason)
        said.append(gettext("Reason: %(reason)s.") % {"reason": reason})
    said.append(str(_SETUP_STEPS.get(setup.status, "")))
    return _join(said)


def _join(lines: list[str]) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))
