from collections.abc import Mapping
from typing import Any

from ..models import PaymentIntentStatus, StripePaymentIntent
from .changes import get_failure_code, read_error, record_change
from .ownership import (
    get_claimed_row,
    get_customer,
    is_of_this_installation,
    link_creation,
    without_ours,
)
from .payment_methods import apply_expanded_method, get_known_method
from .rows import backdate, find_news, get_id, insert_once, parse_timestamp, write
from .source import NotOurs, Source

__all__ = ["apply_payment_intent", "lock_payment_intent", "read_charge"]


def apply_payment_intent(payload: Mapping[str, Any], source: Source) -> StripePaymentIntent:
    """Bring the mirror to what `payload`, a payment intent of Stripe's, says.

    Within a transaction. Raises `NotOurs`, or `ReadRequired` when only Stripe can tell.
    """
    row = _find(payload) or _adopt(payload)
    values = _read_values(payload, row)
    news = find_news(
        row,
        values,
        source,
        read=("payment_intent", payload["id"]),
        row_is_final=row.is_terminal,
        news_is_final=values["status"] in PaymentIntentStatus.terminal(),
    )
    if news is not None:
        _apply(row, news, payload, source)
    return row


def _find(payload: Mapping[str, Any]) -> StripePaymentIntent | None:
    row = lock_payment_intent(payload["id"])
    if row is None and is_of_this_installation(payload):
        # Once more: while the row's lock was waited for, somebody else may have attached it.
        row = _attach(payload) or lock_payment_intent(payload["id"])
    return row


def lock_payment_intent(stripe_id: str) -> StripePaymentIntent | None:
    return (
        StripePaymentIntent.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(stripe_payment_intent_id=stripe_id)
        .first()
    )


def _attach(payload: Mapping[str, Any]) -> StripePaymentIntent | None:
    """The row that was written before Stripe was asked, when the answer has not been stored."""
    return (
        StripePaymentIntent.objects.select_for_update(of=("self",))
        .filter(
            pk=get_claimed_row(payload, "payment_intent"),
            stripe_payment_intent_id=None,
            amount=payload["amount"],
            currency=payload["currency"].upper(),
            customer__stripe_customer_id=get_id(payload.get("customer")),
        )
        .first()
    )


def _adopt(payload: Mapping[str, Any]) -> StripePaymentIntent:
    """A payment of our customer's that we did not ask for, such as one made in the dashboard."""
    customer = get_customer(get_id(payload.get("customer")))
    if customer is None:
        raise NotOurs("not a payment of one of our customers")
    insert_once(
        StripePaymentIntent(
            customer=customer,
            livemode=customer.livemode,
            account=customer.account,
            stripe_payment_intent_id=payload["id"],
            amount=payload["amount"],
            currency=payload["currency"].upper(),
        )
    )
    row = lock_payment_intent(payload["id"])
    assert row is not None
    link_creation(payload, row)
    backdate(row, payload)
    return row


def _read_values(payload: Mapping[str, Any], row: StripePaymentIntent) -> dict[str, Any]:
    status = payload["status"]
    values: dict[str, Any] = {
        "stripe_payment_intent_id": payload["id"],
        "status": status if status in PaymentIntentStatus.values else PaymentIntentStatus.UNKNOWN,
        "amount": payload["amount"],
        "amount_capturable": payload.get("amount_capturable") or 0,
        "amount_received": payload.get("amount_received") or 0,
        "currency": payload["currency"].upper(),
        "description": payload.get("description") or "",
        "capture_method": payload.get("capture_method") or "",
        "setup_future_usage": payload.get("setup_future_usage") or "",
        "metadata": without_ours(payload.get("metadata")),
        "receipt_email": payload.get("receipt_email") or "",
        "last_error": read_error(payload.get("last_payment_error")),
        "cancellation_reason": payload.get("cancellation_reason") or "",
        "canceled_at": parse_timestamp(payload.get("canceled_at")),
        "latest_charge_id": get_id(payload.get("latest_charge")),
    }
    charge = payload.get("latest_charge")
    if isinstance(charge, Mapping):
        values |= read_charge(charge)
    if status == PaymentIntentStatus.SUCCEEDED:
        values["capture_before"] = None
    known = get_known_method(get_id(payload.get("payment_method")), row.customer_id)
    values["payment_method_id"] = known.pk if known else None
    return values


def read_charge(charge: Mapping[str, Any]) -> dict[str, Any]:
    """What a payment's row keeps of its latest charge."""
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return {
        "receipt_url": charge.get("receipt_url") or "",
        "capture_before": parse_timestamp(card.get("capture_before")),
    }


def _apply(
    row: StripePaymentIntent,
    differences: dict[str, Any],
    payload: Mapping[str, Any],
    source: Source,
) -> None:
    was_accepted = row.as_of is not None
    from_status = row.status if was_accepted else ""
    method = apply_expanded_method(payload, source, owner=row.customer)
    if method is not None and row.payment_method_id != method.pk:
        differences["payment_method_id"] = method.pk
    write(row, differences, as_of=source.as_of)
    failure = get_failure_code(differences.get("last_error"))
    if from_status != row.status or failure:
        record_change(
            source,
            stripe_id=row.stripe_payment_intent_id,
            from_status=from_status,
            to_status=row.status,
            failure_code=failure,
            payment_intent=row,
        )
