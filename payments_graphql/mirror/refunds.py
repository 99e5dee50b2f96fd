from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from ..models import RefundReason, RefundStatus, StripePaymentIntent, StripeRefund, balance
from .changes import record_change
from .fitting import insert_row
from .held_rows import choose_row, note_contradictions
from .ownership import get_claimed_row
from .payment_intents import lock_payment_intent
from .rows import backdate, find_news, get_id, write
from .source import NotOurs, ReadRequired, Source

__all__ = ["apply_refund"]


def apply_refund(payload: Mapping[str, Any], source: Source) -> StripeRefund:
    """Call it inside a transaction. No state is final, since a refund can fail after success."""
    intent_id = get_id(payload.get("payment_intent"))
    if not intent_id:
        raise NotOurs("a refund without a payment intent")
    intent = lock_payment_intent(intent_id)
    if intent is None:
        raise ReadRequired("payment_intent", intent_id)
    row = _find(payload, intent, source) or _adopt(payload, intent)
    status = payload["status"]
    values: dict[str, Any] = {
        "stripe_refund_id": payload["id"],
        "status": status if status in RefundStatus.values else RefundStatus.UNKNOWN,
        "amount": payload["amount"],
        "currency": payload["currency"].upper(),
        "failure_reason": payload.get("failure_reason") or "",
        # Our own value, limited to the amount that Stripe refunded, which may be lower.
        "amount_due_reduction": min(row.amount_due_reduction, payload["amount"]),
    }
    news = find_news(row, values, source, read=("refund", payload["id"]))
    if news is not None:
        _apply(row, news, source)
    return row


def _find(
    payload: Mapping[str, Any], intent: StripePaymentIntent, source: Source
) -> StripeRefund | None:
    """See Note [The operation's row]."""
    stripe_id = payload["id"]
    written = source.held.pk if source.held else get_claimed_row(payload, "refund")
    which = Q(stripe_refund_id=stripe_id) | Q(pk=written)
    rows = list(StripeRefund.objects.select_for_update().filter(which).order_by("pk"))
    row = choose_row(rows, "stripe_refund_id", stripe_id, source)
    answered = _describe(payload["amount"], payload["currency"], intent)
    if source.held is None:
        return row or next(
            (one for one in rows if one.stripe_refund_id is None and _asked(one) == answered), None
        )
    if row is not None and row.stripe_refund_id is None:
        note_contradictions(row, source, asked=_asked(row), answered=answered)
    return row


def _asked(row: StripeRefund) -> dict[str, Any]:
    return _describe(row.amount, row.currency, row.payment_intent)


def _describe(amount: int, currency: str, intent: StripePaymentIntent) -> dict[str, Any]:
    return {"amount": amount, "currency": currency.upper(), "payment": intent.pk}


def _adopt(payload: Mapping[str, Any], intent: StripePaymentIntent) -> StripeRefund:
    """Adopts a refund that we did not request, for example from the Dashboard. Its effect on the
    booking is unknown. The caller writes the other values."""
    reason = payload.get("reason")
    reason = reason if reason in RefundReason.values else ""
    amount = payload["amount"]
    row = insert_row(
        StripeRefund,
        payment_intent=intent,
        livemode=intent.livemode,
        account=intent.account,
        amount=amount,
        reason=reason,
        amount_due_reduction=balance.get_reduction(intent, amount, reason=reason, asked=None),
    )
    backdate(row, payload)
    return row


def _apply(row: StripeRefund, differences: dict[str, Any], source: Source) -> None:
    from_status = row.status if row.as_of is not None else ""
    write(row, differences, as_of=source.as_of, earliest=source.earliest)
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
