"""How disputes end: by evidence, by acceptance, or without an answer in time.

https://docs.stripe.com/testing#disputes and https://docs.stripe.com/disputes/how-disputes-work
"""

from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import balance_transactions
from payments_graphql.sandbox.transaction import Transaction

CLOSED = frozenset({"lost", "prevented", "warning_closed", "won"})
UNDER_REVIEW = frozenset({"appeal_under_review", "under_review", "warning_under_review"})

_DAY = 24 * 60 * 60
_DAYS_TO_RESPOND = 8
# https://docs.stripe.com/disputes/how-disputes-work#inquiries
_LIFETIME_OF_INQUIRIES = 120 * _DAY
# Seconds until the bank decides, on the sandbox's clock; it takes a few in Stripe's test mode.
DECISION_TIME = 1
# The evidence texts of Stripe's test mode. With any other text the bank never decides.
_DECISIVE = frozenset({"winning_evidence", "losing_evidence", "escalate_inquiry_evidence"})


def due_by(tx: Transaction) -> int:
    """Return the last second of the eighth day, in UTC."""
    return (tx.now // _DAY + _DAYS_TO_RESPOND + 1) * _DAY - 1


def schedule_deadline(tx: Transaction, dispute: JsonObject) -> None:
    deadline = dispute["evidence_details"]["due_by"]
    if is_inquiry(dispute):
        deadline = tx.store.now() + _LIFETIME_OF_INQUIRIES
    tx.store.schedule("end_unanswered_dispute", dispute["id"], due=deadline)


def is_inquiry(dispute: JsonObject) -> bool:
    status: str = dispute["status"]
    return status.startswith("warning_")


def submit(tx: Transaction, dispute: JsonObject) -> None:
    """Send the evidence to the bank; the caller saves the dispute."""
    if dispute["status"] in UNDER_REVIEW:
        return
    details = dispute["evidence_details"]
    dispute["evidence_details"] = details | {
        "submission_count": details["submission_count"] + 1,
        "submission_method": "manual",
    }
    dispute["status"] = "warning_under_review" if is_inquiry(dispute) else "under_review"
    if dispute["evidence"]["uncategorized_text"] in _DECISIVE:
        tx.store.schedule("decide_dispute", dispute["id"], due=tx.store.now() + DECISION_TIME)


def decide(tx: Transaction, dispute_id: str) -> None:
    """Apply the bank's decision on the evidence."""
    dispute = tx.store.get("dispute", dispute_id)
    if dispute is None or dispute["status"] not in UNDER_REVIEW:
        return
    text = dispute["evidence"]["uncategorized_text"]
    match is_inquiry(dispute), text:
        case True, "escalate_inquiry_evidence":
            escalate(tx, dispute)
        case True, _:
            end(tx, dispute, "warning_closed")
        case False, "winning_evidence":
            win(tx, dispute)
        case False, "losing_evidence":
            end(tx, dispute, "lost")


def win(tx: Transaction, dispute: JsonObject) -> None:
    """Win the dispute: the money comes back, and the payment can be refunded again."""
    reinstated = balance_transactions.reinstate_dispute(tx, dispute)
    dispute |= {
        "balance_transactions": [*dispute["balance_transactions"], reinstated],
        "is_charge_refundable": True,
        "status": "won",
    }
    tx.store.save(dispute)
    emit(tx, "charge.dispute.funds_reinstated", dispute)
    emit(tx, "charge.dispute.closed", dispute)


def escalate(tx: Transaction, before: JsonObject) -> None:
    """Turn an inquiry into a chargeback, which takes the money and needs a new answer."""
    details = before["payment_method_details"]
    card = details["card"] | {"case_type": "chargeback", "network_reason_code": "10.4"}
    withdrawn = balance_transactions.withdraw_dispute(tx, before)
    dispute = before | {
        "balance_transactions": [*before["balance_transactions"], withdrawn],
        "evidence_details": before["evidence_details"] | {"due_by": due_by(tx)},
        "is_charge_refundable": False,
        "payment_method_details": details | {"card": card},
        "status": "needs_response",
    }
    tx.store.save(dispute)
    emit(tx, "charge.dispute.updated", dispute, before)
    emit(tx, "charge.dispute.funds_withdrawn", dispute)
    schedule_deadline(tx, dispute)


def accept(tx: Transaction, dispute: JsonObject) -> JsonObject:
    return end(tx, dispute, "warning_closed" if is_inquiry(dispute) else "lost")


def end_unanswered(tx: Transaction, dispute_id: str) -> None:
    """Lose a chargeback without an answer in time; close an old inquiry."""
    dispute = tx.store.get("dispute", dispute_id)
    if dispute is None or dispute["status"] in CLOSED:
        return
    if not is_inquiry(dispute) and dispute["evidence_details"]["due_by"] > tx.now:
        return  # the deadline of an earlier round
    if is_inquiry(dispute):
        end(tx, dispute, "warning_closed")
    elif dispute["status"] in {"needs_response", "appeal_needs_response"}:
        dispute["evidence_details"] = dispute["evidence_details"] | {"past_due": True}
        end(tx, dispute, "lost")


def end(tx: Transaction, dispute: JsonObject, status: str) -> JsonObject:
    dispute["status"] = status
    tx.store.save(dispute)
    emit(tx, "charge.dispute.closed", dispute)
    return dispute
