"""The moments at which a process dies."""

from enum import StrEnum


class Step(StrEnum):
    """In the order of a request. See Note [No transaction around Stripe]: a record is written as
    claimed already, so that there is no moment between the two."""

    BEFORE_RECORD = "before_record"
    """Within the first transaction, with the local row written."""
    RECORDED = "recorded"
    """The operation is in the database, and nothing was sent."""
    SENT = "sent"
    """The request is on its way and never arrives."""
    WORKING = "working"
    """Stripe has the request, and carries it out after the death."""
    ANSWERING = "answering"
    """Stripe has done it, and the answer is on its way."""
    ANSWERED = "answered"
    """The answer is here, and nothing of it is in the database."""
    SETTLED = "settled"
    """Everything is in the database; no signal was sent, and the caller was not told."""
    BEFORE_ANSWER = "before_answer"
    """The answer to the browser is made, and not sent."""

    @property
    def has_effect(self) -> bool:
        return self not in (Step.BEFORE_RECORD, Step.RECORDED, Step.SENT)
