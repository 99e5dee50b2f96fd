"""Finds out from Stripe whether an operation was carried out, without sending it again.

Each `find_*` returns the object as it is now, or `Missing` with what Stripe shows instead.

If Stripe's own state prevents a second effect, a new request may follow once a read shows that the
first was not carried out. See Note [What may be repeated].
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from .. import mirror, stripe_client
from ..models import (
    DisputeStatus,
    Operation,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
)
from ..stripe_client import Answer


@dataclass(frozen=True)
class Missing:
    """Nothing shows that the operation was carried out. `shows` says what Stripe shows, for people.

    `answer` is the object that it was about. `is_over`: the object is in another final state, so
    the operation will never be carried out.
    """

    shows: str
    answer: Answer | None = None
    is_over: bool = False


type Sight = Answer | Missing


def _id_of(row: Any, field: str) -> str:
    stripe_id = getattr(row, field, None)
    if not stripe_id:
        raise RuntimeError(f"The operation's {field} is not known.")
    return str(stripe_id)


def get_intent_id(operation: Operation) -> str:
    return _id_of(operation.payment_intent, "stripe_payment_intent_id")


def get_customer_id(operation: Operation) -> str:
    return _id_of(operation.customer, "stripe_customer_id")


def get_method_id(operation: Operation) -> str:
    return _id_of(operation.payment_method, "stripe_payment_method_id")


def get_refund_id(operation: Operation) -> str:
    return _id_of(operation.refund, "stripe_refund_id")


def get_setup_id(operation: Operation) -> str:
    return _id_of(operation.setup_intent, "stripe_setup_intent_id")


def get_dispute_id(operation: Operation) -> str:
    return _id_of(operation.dispute, "stripe_dispute_id")


def _find_in(pages: Iterable[tuple[dict[str, Any], Answer]], operation: Operation) -> Sight:
    """Finds our id in the metadata. Uses lists, since Stripe's Search lags."""
    for item, page in pages:
        if mirror.get_operation_id(item) == str(operation.pk):
            return replace(page, object=item)
    return Missing("Stripe lists no object with the id of this operation.")


def _judge(answer: Answer, is_done: bool, *, is_over: bool = False) -> Sight:
    """Decides by the state of the operation's object."""
    if is_done:
        return answer
    found = answer.object
    shows = f"The {found['object']} {found['id']} is {found.get('status') or 'unchanged'}."
    return Missing(shows, answer, is_over)


def _since(operation: Operation) -> dict[str, int]:
    """A little before the record was created, since the two clocks may differ."""
    return {"gte": int((operation.created_at - timedelta(minutes=15)).timestamp())}


def find_customer(operation: Operation) -> Sight:
    created = {"created": _since(operation)}
    return _find_in(mirror.iterate_list(stripe_client.list_customers, created), operation)


def find_payment_intent(operation: Operation) -> Sight:
    mine = {"customer": get_customer_id(operation), "created": _since(operation)}
    found = _find_in(mirror.iterate_list(stripe_client.list_payment_intents, mine), operation)
    if isinstance(found, Missing):
        return found
    return stripe_client.retrieve_payment_intent(found.object["id"])


def find_refund(operation: Operation) -> Sight:
    of_intent = {"payment_intent": get_intent_id(operation)}
    return _find_in(mirror.iterate_list(stripe_client.list_refunds, of_intent), operation)


def find_move(*done: PaymentIntentStatus) -> Callable[[Operation], Sight]:
    def find(operation: Operation) -> Sight:
        answer = stripe_client.retrieve_payment_intent(get_intent_id(operation))
        return _judge_intent(answer, answer.object["status"] in done)

    return find


def _judge_intent(answer: Answer, is_done: bool) -> Sight:
    is_over = answer.object["status"] in PaymentIntentStatus.terminal()
    return _judge(answer, is_done, is_over=is_over)


def find_default(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_customer(get_customer_id(operation))
    settings = answer.object.get("invoice_settings") or {}
    is_default = settings.get("default_payment_method") == get_method_id(operation)
    return _judge(answer, is_default, is_over=bool(answer.object.get("deleted")))


def find_deleted(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_customer(get_customer_id(operation))
    return _judge(answer, bool(answer.object.get("deleted")))


def find_detached(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_payment_method(get_method_id(operation))
    return _judge(answer, not answer.object.get("customer"))


def find_updated(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_payment_intent(get_intent_id(operation))
    asked = dict(operation.parameters)
    metadata = asked.pop("metadata", {})
    is_done = _has(answer.object["metadata"], metadata) and _has(answer.object, asked)
    return _judge_intent(answer, is_done)


def _has(found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """A value that was cleared is null or missing afterwards."""
    return all((found.get(name) or "") == value for name, value in asked.items())


def find_canceled_refund(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_refund(get_refund_id(operation))
    status = answer.object["status"]
    is_over = status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED)
    return _judge(answer, status == RefundStatus.CANCELED, is_over=is_over)


def find_setup_intent(operation: Operation) -> Sight:
    mine = {"customer": get_customer_id(operation), "created": _since(operation)}
    found = _find_in(mirror.iterate_list(stripe_client.list_setup_intents, mine), operation)
    if isinstance(found, Missing):
        return found
    return stripe_client.retrieve_setup_intent(found.object["id"])


def find_canceled_setup(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_setup_intent(get_setup_id(operation))
    status = answer.object["status"]
    is_over = status == SetupIntentStatus.SUCCEEDED
    return _judge(answer, status == SetupIntentStatus.CANCELED, is_over=is_over)


def find_evidence(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_dispute(get_dispute_id(operation))
    evidence = answer.object.get("evidence") or {}
    asked = operation.parameters["evidence"]
    is_there = _has(evidence, asked)
    was_submitted = answer.object["evidence_details"]["submission_count"] > 0
    is_done = is_there and (was_submitted or not operation.parameters.get("submit", True))
    is_over = answer.object["status"] not in DisputeStatus.answerable()
    return _judge(answer, is_done, is_over=is_over)


def find_accepted(operation: Operation) -> Sight:
    answer = stripe_client.retrieve_dispute(get_dispute_id(operation))
    status = answer.object["status"]
    is_won = status == DisputeStatus.WON
    return _judge(answer, status in DisputeStatus.closed() and not is_won, is_over=is_won)
