"""A charge belongs to its payment: the receipt, the card used, the end of an authorization."""

from collections.abc import Mapping
from typing import Any

from ..models import PaymentIntentStatus, RefundStatus, StripePaymentIntent, without_person
from .ownership import get_customer
from .payment_intents import lock_payment_intent, read_charge
from .payment_methods import record_charged_method
from .rows import find_differences, get_id, refuse_others, write
from .source import NotOurs, ReadRequired

__all__ = ["apply_charge"]


def apply_charge(payload: Mapping[str, Any]) -> StripePaymentIntent:
    """Applies what a charge adds to its payment. Status and amounts come from the payment itself.

    Call it inside a transaction. Raises `NotOurs`, or `ReadRequired` if the payment or one of the
    charge's refunds is unknown.
    """
    intent_id = get_id(payload.get("payment_intent"))
    if not intent_id:
        raise NotOurs("a charge without a payment intent")
    row = lock_payment_intent(intent_id)
    if row is None:
        if get_customer(get_id(payload.get("customer"))) is None:
            raise NotOurs("not a charge of one of our customers")
        raise ReadRequired("payment_intent", intent_id)
    refuse_others(row)
    # Nothing is charged after a success, so this is the latest charge.
    has_succeeded = payload["status"] == "succeeded"
    if has_succeeded or row.latest_charge_id in ("", payload["id"]):
        values: dict[str, Any] = {
            name: value for name, value in read_charge(payload).items() if value not in ("", None)
        }
        if payload.get("captured") or row.status == PaymentIntentStatus.SUCCEEDED:
            values["capture_before"] = None  # nothing is held anymore, even if this arrives late
        method = record_charged_method(payload, row)
        # A debit is pending while its payment is processing. Either may arrive first.
        is_pending = payload["status"] == "pending" and row.status == PaymentIntentStatus.PROCESSING
        if method is not None and (has_succeeded or is_pending):
            values["payment_method_id"] = method.pk
        differences = find_differences(
            row, without_person(StripePaymentIntent, values, row.customer)
        )
        if differences and row.as_of is not None:
            # Updates of the payment itself are ordered by their own times, so keep those.
            write(row, differences, as_of=row.as_of, earliest=row.as_of_earliest)
    refunded = _get_refunded(payload)
    if refunded and refunded > _sum_known_refunds(row):
        raise ReadRequired("payment_intent", intent_id)
    return row


def _sum_known_refunds(row: StripePaymentIntent) -> int:
    reserving = row.refunds.filter(status__in=RefundStatus.reserving())
    return sum(reserving.values_list("amount", flat=True))


def _get_refunded(charge: Mapping[str, Any]) -> int:
    """The refunded amount. Stripe also counts the uncaptured part of an authorization."""
    released: int = charge["amount"] - (charge.get("amount_captured") or 0)
    refunded: int = charge.get("amount_refunded") or 0
    return max(refunded - released, 0)
