from collections.abc import Mapping
from typing import Any

from ..models import RefundReason, RefundStatus, StripePaymentIntent, StripeRefund, balance
from .changes import record_change
from .ownership import get_claimed_row
from .payment_intents import lock_payment_intent
from .rows import backdate, find_news, get_id, write
from .source import NotOurs, ReadRequired, Source

__all__ = ["apply_refund"]


def apply_refund(payload: Mapping[str, Any], source: Source) -> StripeRefund:
    """Within a transaction. A refund can fail after it has succeeded, so no state is final here."""
    intent_id = get_id(payload.get("payment_intent"))
    if not intent_id:
        raise NotOurs("a refund without a payment intent")
    intent = lock_payment_intent(intent_id)
    if intent is None:
        raise ReadRequired("payment_intent", intent_id)
    row = _get(payload, intent) or _adopt(payload, intent)
    status = payload["status"]
    values = {
        "stripe_refund_id": payload["id"],
        "status": status if status in RefundStatus.values else RefundStatus.UNKNOWN,
        "amount": payload["amount"],
        "currency": payload["currency"].upper(),
        "failure_reason": payload.get("failure_reason") or "",
    }
    news = find_news(row, values, source, read=("refund", payload["id"]))
    if news is not None:
        _apply(row, news, source)
    return row


def _get(payload: Mapping[str, Any], intent: StripePaymentIntent) -> StripeRefund | None:
    refunds = StripeRefund.objects.select_for_update(of=("self",)).filter(payment_intent=intent)
    return (
        refunds.filter(stripe_refund_id=payload["id"]).first()
        or refunds.filter(
            pk=get_claimed_row(payload, "refund"),
            stripe_refund_id=None,
            amount=payload["amount"],
        ).first()
    )


def _adopt(payload: Mapping[str, Any], intent: StripePaymentIntent) -> StripeRefund:
    """A refund that we did not ask for, such as one made in the dashboard, where nothing is said
    about what it means for the booking."""
    reason = payload.get("reason") or ""
    amount = payload["amount"]
    row = StripeRefund.objects.create(
        payment_intent=intent,
        livemode=intent.livemode,
        account=intent.account,
        stripe_refund_id=payload["id"],
        amount=amount,
        currency=payload["currency"].upper(),
        reason=reason if reason in RefundReason.values else "",
        amount_due_reduction=balance.get_reduction(intent, amount, reason=reason, asked=None),
    )
    backdate(row, payload)
    return row


def _apply(row: StripeRefund, differences: dict[str, Any], source: Source) -> None:
    from_status = row.status if row.as_of is not None else ""
    write(row, differences, as_of=source.as_of)
    if from_status == row.status:
        return
    record_change(
        source,
        stripe_id=row.stripe_refund_id,
        from_status=from_status,
        to_status=row.status,
        failure_code=row.failure_reason,
        payment_intent=row.payment_intent,
        refund=row,
    )
