"""Payouts: what Stripe paid to the site's bank account, and which payments each of them contains.

Nothing of it is stored. It is read from Stripe with the current keys, each time that someone asks.
https://docs.stripe.com/payouts/reconciliation
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .. import operations, stripe_client
from ..errors import ProviderError
from ..models import StripeDispute, StripePaymentIntent, StripeRefund
from ..stripe_client import Answer, StripeCredentialsError

__all__ = [
    "MOST",
    "Payout",
    "Transaction",
    "fetch_payout",
    "fetch_payouts",
    "iterate_transactions",
]

MOST = 100
"""Payouts that are read at once: one page of Stripe's list."""


@dataclass(frozen=True)
class Payout:
    """The amount is in minor units. `is_itemized`: Stripe lists its transactions. It does so for
    automatic payouts, once it has put them together."""

    id: str
    arrives_on: datetime.date
    status: str
    amount: int
    currency: str
    description: str
    failure_code: str
    failure_message: str
    is_automatic: bool
    is_itemized: bool
    livemode: bool


@dataclass(frozen=True)
class Transaction:
    """A balance transaction. Amounts are in minor units. `source` is the id of the charge, refund,
    dispute or payout. `payment` is our row, if there is one.
    https://docs.stripe.com/api/balance_transactions/object"""

    id: str
    type: str
    created_at: datetime.datetime
    amount: int
    fee: int
    net: int
    currency: str
    description: str
    source: str
    payment: StripePaymentIntent | None


def fetch_payouts(first: datetime.date, last: datetime.date) -> tuple[list[Payout], bool]:
    """The newest `MOST` payouts that arrive on these days, and whether there are more.

    Call only outside of transactions. Raises `PaymentError`.
    """
    days = {"gte": _to_timestamp(first), "lt": _to_timestamp(last + datetime.timedelta(days=1))}
    answer = _read(stripe_client.list_payouts, {"arrival_date": days, "limit": MOST})
    return [_parse_payout(one) for one in answer.object["data"]], bool(answer.object["has_more"])


def fetch_payout(stripe_id: str) -> Payout:
    """Raises `PaymentError`, also if Stripe has no such payout."""
    return _parse_payout(_read(stripe_client.retrieve_payout, stripe_id).object)


def iterate_transactions(payout: Payout) -> Iterator[Transaction]:
    """All transactions of a payout that is itemized, newest first. The first is the payout's own.

    Each page of Stripe's list takes one call and three statements. Raises `PaymentError`.
    """
    page: dict[str, Any] = {"payout": payout.id, "limit": 100}
    while True:
        answer = _read(stripe_client.list_balance_transactions, page)
        listed = answer.object["data"]
        payments = _find_payments([str(one["source"]) for one in listed])
        for one in listed:
            yield _parse_transaction(one, payments)
        if not answer.object["has_more"]:
            return
        page["starting_after"] = listed[-1]["id"]


def _read[Argument](call: Callable[[Argument], Answer], argument: Argument) -> Answer:
    try:
        return operations.read(call, argument)
    except ProviderError as error:
        if isinstance(error.__cause__, StripeCredentialsError):
            raise ProviderError(
                _(
                    "The site's Stripe key is wrong, or may not read payouts and the balance. Run "
                    "`payments_doctor`, or give the key these permissions."
                ),
                request_id=error.request_id,
            ) from error
        raise


def _to_timestamp(day: datetime.date) -> int:
    """Stripe's dates of arrival are midnight in UTC, in every time zone."""
    return int(datetime.datetime.combine(day, datetime.time.min, datetime.UTC).timestamp())


def _to_time(timestamp: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(timestamp, datetime.UTC)


def _parse_payout(payload: Mapping[str, Any]) -> Payout:
    is_automatic = bool(payload["automatic"])
    return Payout(
        id=payload["id"],
        arrives_on=_to_time(payload["arrival_date"]).date(),
        status=payload["status"],
        amount=payload["amount"],
        currency=payload["currency"].upper(),
        description=payload["description"] or "",
        failure_code=payload["failure_code"] or "",
        failure_message=payload["failure_message"] or "",
        is_automatic=is_automatic,
        is_itemized=is_automatic and payload["reconciliation_status"] == "completed",
        livemode=bool(payload["livemode"]),
    )


def _parse_transaction(
    payload: Mapping[str, Any], payments: Mapping[str, StripePaymentIntent]
) -> Transaction:
    source = payload["source"] or ""
    return Transaction(
        id=payload["id"],
        type=payload["type"],
        created_at=_to_time(payload["created"]),
        amount=payload["amount"],
        fee=payload["fee"],
        net=payload["net"],
        currency=payload["currency"].upper(),
        description=payload["description"] or "",
        source=source,
        payment=payments.get(source),
    )


def _find_payments(sources: list[str]) -> dict[str, StripePaymentIntent]:
    """Our payments by the ids of their charges, refunds and disputes."""
    found: dict[str, StripePaymentIntent] = {}
    payments = StripePaymentIntent.objects.ours().select_related("booking")
    for payment in payments.filter(latest_charge_id__in=sources):
        found[payment.latest_charge_id] = payment
    refunds = StripeRefund.objects.ours().select_related("payment_intent__booking")
    for refund in refunds.filter(stripe_refund_id__in=sources):
        found[str(refund.stripe_refund_id)] = refund.payment_intent
    disputes = StripeDispute.objects.ours().select_related("payment_intent__booking")
    for dispute in disputes.filter(stripe_dispute_id__in=sources):
        found[dispute.stripe_dispute_id] = dispute.payment_intent
    return found
