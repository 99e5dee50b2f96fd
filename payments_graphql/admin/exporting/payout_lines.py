"""The columns of a file of payouts: a row for each transaction that a payout contains."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext

from ... import money
from ...errors import PaymentError
from ...services.payouts import Payout, Transaction, iterate_transactions
from .. import columns

# Not translated, so that programs can read the file.
_OF_PAYOUT = ("payout", "payout_arrival", "payout_status", "payout_currency", "payout_amount")
_OF_TRANSACTION = (
    *("transaction", "type", "created", "amount", "fee", "net", "currency"),
    *("payment", "booking", "description", "source"),
)


def list_lines(payouts: Iterable[Payout]) -> Iterator[list[Any]]:
    """A payout that is not itemized has one row, without a transaction. Raises `PaymentError`."""
    yield [*_OF_PAYOUT, *_OF_TRANSACTION]
    for payout in payouts:
        of_payout = list(_describe_payout(payout))
        if not payout.is_itemized:
            yield [*of_payout, *("" for _name in _OF_TRANSACTION)]
            continue
        for transaction in iterate_transactions(payout):
            yield [*of_payout, *_describe_transaction(transaction)]


def end_with_error(lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """For a file that is sent while Stripe is read: if Stripe fails, the last row says so."""
    try:
        yield from lines
    except PaymentError as error:
        incomplete = gettext("This file is not complete. %(problem)s")
        yield [incomplete % {"problem": error.message}]


def _describe_payout(payout: Payout) -> Iterator[Any]:
    yield payout.id
    yield payout.arrives_on
    yield payout.status
    yield payout.currency
    yield money.to_decimal(payout.amount, payout.currency)


def _describe_transaction(transaction: Transaction) -> Iterator[Any]:
    payment = transaction.payment
    yield transaction.id
    yield transaction.type
    yield transaction.created_at.replace(tzinfo=None)  # UTC: spreadsheets have no zones
    for amount in (transaction.amount, transaction.fee, transaction.net):
        yield money.to_decimal(amount, transaction.currency)
    yield transaction.currency
    yield "" if payment is None else payment.stripe_payment_intent_id or ""
    yield "" if payment is None or payment.booking is None else columns.mask(payment.booking)
    yield columns.mask(transaction.description)
    yield transaction.source
