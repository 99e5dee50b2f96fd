from collections.abc import Mapping
from typing import Any

from ..logs import get_logger
from ..models import DisputeStatus, StripeDispute, StripePaymentIntent
from .changes import record_change
from .payment_intents import lock_payment_intent
from .rehearsal import is_rehearsing
from .rows import backdate, find_news, get_id, parse_timestamp, write
from .source import NotOurs, ReadRequired, Source

__all__ = ["apply_dispute"]

logger = get_logger(__name__)


def apply_dispute(payload: Mapping[str, Any], source: Source) -> StripeDispute:
    """Within a transaction. Raises `NotOurs`, or `ReadRequired` when only Stripe can tell."""
    intent_id = get_id(payload.get("payment_intent"))
    if not intent_id:
        raise NotOurs("a dispute without a payment intent")
    intent = lock_payment_intent(intent_id)
    if intent is None:
        raise ReadRequired("payment_intent", intent_id)
    row = _get(payload, intent)
    values = _read_values(payload)
    news = find_news(
        row,
        values,
        source,
        read=("dispute", payload["id"]),
        row_is_final=row.is_closed,
        news_is_final=values["status"] in DisputeStatus.closed(),
    )
    if news is not None:
        from_status = row.status if row.as_of is not None else ""
        write(row, news, as_of=source.as_of, earliest=source.earliest)
        if from_status != row.status:
            record_change(
                source,
                stripe_id=row.stripe_dispute_id,
                from_status=from_status,
                to_status=row.status,
                payment_intent=intent,
                dispute=row,
            )
        is_over = source.is_history and row.is_closed
        if not from_status and not is_over and not is_rehearsing():
            _warn(row)
    return row


def _warn(dispute: StripeDispute) -> None:
    """For people: an answer in time can save the money."""
    logger.warning(
        "dispute_opened",
        stripe_id=dispute.stripe_dispute_id,
        payment_intent=str(dispute.payment_intent_id),
        status=str(dispute.status),
        reason=dispute.reason,
        amount=dispute.amount,
        currency=dispute.currency,
        evidence_due_by=dispute.evidence_due_by and dispute.evidence_due_by.isoformat(),
    )


def _get(payload: Mapping[str, Any], intent: StripePaymentIntent) -> StripeDispute:
    row = (
        StripeDispute.objects.select_for_update(of=("self",))
        .filter(stripe_dispute_id=payload["id"])
        .first()
    )
    if row is None:
        row = StripeDispute.objects.create(
            payment_intent=intent,
            livemode=intent.livemode,
            account=intent.account,
            stripe_dispute_id=payload["id"],
            amount=payload["amount"],
            currency=payload["currency"].upper(),
        )
        backdate(row, payload)
    return row


def _read_values(payload: Mapping[str, Any]) -> dict[str, Any]:
    status = payload["status"]
    details = payload.get("evidence_details") or {}
    return {
        "stripe_charge_id": get_id(payload.get("charge")),
        "status": status if status in DisputeStatus.values else DisputeStatus.UNKNOWN,
        "amount": payload["amount"],
        "currency": payload["currency"].upper(),
        "reason": payload.get("reason") or "",
        "evidence_due_by": parse_timestamp(details.get("due_by")),
        "has_evidence": bool(details.get("has_evidence")),
        "submission_count": details.get("submission_count") or 0,
        "is_charge_refundable": bool(payload.get("is_charge_refundable")),
    }
