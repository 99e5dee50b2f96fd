"""Disputes. See Note [Order of updates] for why none of their states is final."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import money
from ..conf import conf
from ..logs import get_logger
from ..models import CauseKind, DisputeStatus, StripeDispute, StripePaymentIntent
from .changes import record_change
from .fitting import insert_row
from .outbox import send_signals
from .payment_intents import lock_payment_intent
from .rehearsal import is_rehearsing
from .rows import backdate, find_news, get_id, parse_timestamp, write
from .source import NotOurs, ReadRequired, Source

__all__ = ["apply_dispute", "remind_of_due_disputes"]

logger = get_logger(__name__)


def apply_dispute(payload: Mapping[str, Any], source: Source) -> StripeDispute:
    """Call it inside a transaction. Raises `NotOurs`, or `ReadRequired` if the object must be read
    from Stripe."""
    intent_id = get_id(payload.get("payment_intent"))
    if not intent_id:
        raise NotOurs("a dispute without a payment intent")
    intent = lock_payment_intent(intent_id)
    if intent is None:
        raise ReadRequired("payment_intent", intent_id)
    row = _get(payload, intent)
    values = _read_values(payload)
    if source.kind is CauseKind.EVENT and row.is_closed and _is_open(values["status"]):
        # A late event looks the same as a reopened dispute. Only a read can tell.
        raise ReadRequired("dispute", payload["id"])
    news = find_news(
        row,
        values,
        source,
        read=("dispute", payload["id"]),
        is_read_in_doubt=True,
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
            _log_for_people(row, from_status, source)
    return row


def _is_open(status: str) -> bool:
    return status not in DisputeStatus.closed()


def remind_of_due_disputes(*, limit: int = 200) -> int:
    """Records, once per due date, that evidence is due soon. Returns how many were recorded.

    For `payments_reconcile`. If several machines run it, the first to write `reminded_of` wins.
    """
    now = timezone.now()
    unreminded = Q(reminded_of=None) | ~Q(reminded_of=F("evidence_due_by"))
    due = (
        StripeDispute.objects.ours()
        .filter(
            unreminded,
            status__in=DisputeStatus.awaiting_response(),
            evidence_due_by__gt=now,
            evidence_due_by__lte=now + conf.PAYMENTS_DISPUTE_DUE_SOON,
        )
        .order_by("evidence_due_by")
    )
    reminded = 0
    for dispute in list(due.select_related("payment_intent")[:limit]):
        source = Source(CauseKind.READ, "", now)
        with transaction.atomic():
            still = StripeDispute.objects.filter(
                unreminded,
                pk=dispute.pk,
                status=dispute.status,
                evidence_due_by=dispute.evidence_due_by,
            )
            if not still.update(reminded_of=dispute.evidence_due_by):
                continue
            record_change(
                source,
                stripe_id=dispute.stripe_dispute_id,
                from_status=dispute.status,
                to_status=dispute.status,
                is_reminder=True,
                payment_intent=dispute.payment_intent,
                dispute=dispute,
            )
        _warn("dispute_due_soon", dispute)
        send_signals(source.recorded)
        reminded += 1
    return reminded


def _log_for_people(dispute: StripeDispute, from_status: str, source: Source) -> None:
    """Logs what needs a response, which may still save the money, and what lost it."""
    if is_rehearsing() or (source.is_history and not from_status and dispute.is_closed):
        return
    if not from_status:
        _warn("dispute_opened", dispute)
    elif dispute.status in (DisputeStatus.LOST, DisputeStatus.PREVENTED):
        _warn("dispute_lost", dispute)
    elif dispute.status in DisputeStatus.awaiting_response():
        _warn("dispute_needs_response_again", dispute)


def _warn(message: str, dispute: StripeDispute) -> None:
    logger.warning(
        message,
        stripe_id=dispute.stripe_dispute_id,
        payment_intent=str(dispute.payment_intent_id),
        status=str(dispute.status),
        reason=dispute.reason,
        amount=dispute.amount,
        amount_withdrawn=dispute.amount_withdrawn,
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
        row = insert_row(
            StripeDispute,
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
        "amount_withdrawn": _read_withdrawn(payload),
        "currency": payload["currency"].upper(),
        "reason": payload.get("reason") or "",
        "evidence_due_by": parse_timestamp(details.get("due_by")),
        "has_evidence": bool(details.get("has_evidence")),
        "submission_count": details.get("submission_count") or 0,
        "is_charge_refundable": bool(payload.get("is_charge_refundable")),
    }


def _read_withdrawn(payload: Mapping[str, Any]) -> int:
    """The withdrawn amount less what was reinstated, in the dispute's currency. The dispute fee is
    the site's cost, and is not part of what the customer owes or has paid.

    https://docs.stripe.com/api/disputes/object#dispute_object-balance_transactions
    """
    moves = payload.get("balance_transactions")
    if isinstance(moves, list) and all(isinstance(move, Mapping) for move in moves):
        return max(-sum(_in_currency_of(payload, move) for move in moves), 0)
    # The payload does not say: derive it from the status.
    is_taken = payload["status"] in (
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.UNDER_REVIEW,
        DisputeStatus.LOST,
        DisputeStatus.PREVENTED,
    )
    return int(payload["amount"]) if is_taken else 0


def _in_currency_of(dispute: Mapping[str, Any], move: Mapping[str, Any]) -> int:
    """Converts a balance transaction, which is in the account's settlement currency, to the
    payment's. `exchange_rate` is the value of one major unit of the payment's currency.

    https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-exchange_rate
    """
    amount: int = move["amount"]
    currency, settled_in = dispute["currency"].upper(), str(move.get("currency", "")).upper()
    if settled_in == currency:
        return amount
    whole: int = dispute["amount"] if amount > 0 else -dispute["amount"]
    if not move.get("exchange_rate"):
        return whole
    rate = Decimal(str(move["exchange_rate"]))
    scale = money.get_exponent(currency) - money.get_exponent(settled_in)
    converted = int((Decimal(amount).scaleb(scale) / rate).to_integral_value())
    # A rate has few digits: a difference below one percent counts as the whole amount.
    return whole if abs(converted - whole) * 100 <= abs(whole) else converted
