"""Does to a dispute what only a bank or a network can do, and no API call.

https://docs.stripe.com/disputes/how-disputes-work and
https://docs.stripe.com/disputes/prevention/dispute-resolution
"""

from collections.abc import Callable

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import balance_transactions, dispute_outcomes
from payments_graphql.sandbox.resources.dispute_outcomes import CLOSED, UNDER_REVIEW, is_inquiry
from payments_graphql.sandbox.transaction import Transaction

type _Turn = Callable[[Transaction, JsonObject], object]


def turn(tx: Transaction, dispute: JsonObject, action: str) -> JsonObject:
    """Do `action`, one of `list_turns()`; return the dispute as it is afterwards."""
    found = _TURNS.get(action)
    if found is None:
        raise InvalidParameterError(
            f"action must be one of {', '.join(list_turns())}.", param="action"
        )
    statuses, act = found
    if dispute["status"] not in statuses:
        raise InvalidParameterError(
            f"A dispute that is {dispute['status']} can't {action}: it must be "
            f"{', '.join(sorted(statuses))}.",
            param="action",
        )
    act(tx, dispute)
    return tx.find("dispute", dispute["id"], param="dispute", in_path=True)


def list_turns(status: str | None = None) -> list[str]:
    """Return all actions, or those that a dispute with this status allows."""
    return sorted(name for name, (on, _) in _TURNS.items() if status is None or status in on)


def _reopen(tx: Transaction, before: JsonObject) -> None:
    """The bank requires another answer, and withdraws what it had returned."""
    _ask_again(tx, before, "warning_needs_response" if is_inquiry(before) else "needs_response")


def _appeal(tx: Transaction, before: JsonObject) -> None:
    _ask_again(tx, before, "appeal_needs_response")


def _ask_again(tx: Transaction, before: JsonObject, status: str) -> None:
    dispute = before | {
        "evidence_details": before["evidence_details"]
        | {"due_by": dispute_outcomes.due_by(tx), "past_due": False},
        "status": status,
    }
    takes_money = not is_inquiry(dispute) and not _is_withdrawn(before)
    if takes_money:
        _withdraw(tx, dispute)
    tx.store.save(dispute)
    emit(tx, "charge.dispute.updated", dispute, before)
    if takes_money:
        emit(tx, "charge.dispute.funds_withdrawn", dispute)
    dispute_outcomes.schedule_deadline(tx, dispute)


def _review_appeal(tx: Transaction, before: JsonObject) -> None:
    dispute = before | {"status": "appeal_under_review"}
    tx.store.save(dispute)
    emit(tx, "charge.dispute.updated", dispute, before)


def _prevent(tx: Transaction, before: JsonObject) -> None:
    """The network refunds the cardholder before a chargeback, which withdraws the money."""
    dispute = before | {"status": "prevented"}
    takes_money = not _is_withdrawn(before)
    if takes_money:
        _withdraw(tx, dispute)
    dispute["is_charge_refundable"] = False
    tx.store.save(dispute)
    if takes_money:
        emit(tx, "charge.dispute.funds_withdrawn", dispute)
    emit(tx, "charge.dispute.closed", dispute)


def _withdraw(tx: Transaction, dispute: JsonObject) -> None:
    withdrawn = balance_transactions.withdraw_dispute(tx, dispute)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], withdrawn]
    dispute["is_charge_refundable"] = False


def _is_withdrawn(dispute: JsonObject) -> bool:
    net: int = sum(move["amount"] for move in dispute["balance_transactions"])
    return net < 0


def _lose(tx: Transaction, dispute: JsonObject) -> None:
    dispute_outcomes.end(tx, dispute, "lost")


_OPEN = frozenset(
    {"needs_response", "appeal_needs_response", "appeal_under_review", "under_review"}
)
_INQUIRIES = frozenset({"warning_needs_response", "warning_under_review"})

_TURNS: dict[str, tuple[frozenset[str], _Turn]] = {
    "appeal": (frozenset({"won", "lost"}), _appeal),
    "escalate": (_INQUIRIES | {"warning_closed"}, dispute_outcomes.escalate),
    "lose": (_OPEN, _lose),
    "prevent": (_INQUIRIES | {"needs_response"}, _prevent),
    "reopen": (CLOSED, _reopen),
    "review_appeal": (frozenset({"appeal_needs_response"}), _review_appeal),
    "win": (_OPEN | UNDER_REVIEW - _INQUIRIES, dispute_outcomes.win),
}
