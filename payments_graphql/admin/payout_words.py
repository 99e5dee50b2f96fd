"""The status of a payout, and why it failed, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import columns
from .list_columns import put_in_words

STATUSES: dict[str, str | Promise] = {
    "paid": _("Paid"),
    "pending": _("Not sent yet"),
    "in_transit": _("On its way to the bank"),
    "canceled": _("Canceled"),
    "failed": _("Failed"),
}
# https://docs.stripe.com/api/payouts/failures
FAILURES: dict[str, str | Promise] = {
    "account_closed": _("The bank account was closed. Enter another one at Stripe."),
    "account_frozen": _("The bank account is frozen. Contact your bank."),
    "bank_account_restricted": _("The bank account does not accept payouts. Contact your bank."),
    "bank_ownership_changed": _("The bank account belongs to someone else. Check it at Stripe."),
    "could_not_process": _("The bank could not process the payout. Contact your bank."),
    "debit_not_authorized": _("The bank does not allow debits by Stripe. Contact your bank."),
    "declined": _("The bank declined the payout. Contact your bank."),
    "insufficient_funds": _("The balance at Stripe was too low."),
    "invalid_account_number": _("The account number is wrong. Correct it at Stripe."),
    "incorrect_account_holder_address": _(
        "The bank has another address of the account's holder. Correct it at Stripe."
    ),
    "incorrect_account_holder_name": _(
        "The bank has another name of the account's holder. Correct it at Stripe."
    ),
    "incorrect_account_holder_tax_id": _(
        "The bank has another tax number of the account's holder. Correct it at Stripe."
    ),
    "invalid_currency": _("The bank account does not take this currency. Enter another one."),
    "no_account": _("There is no such bank account. Correct it at Stripe."),
    "unsupported_card": _("The card does not take payouts. Enter another one at Stripe."),
}


def describe_status(status: str) -> str:
    """Stripe adds statuses, so an unknown one is shown as it reads."""
    return str(STATUSES.get(status) or put_in_words(status))


def describe_failure(code: str, message: str) -> str:
    """Stripe's own words for a new code."""
    return str(FAILURES.get(code) or columns.mask(message) or put_in_words(code))
