"""The moments at which a process dies."""

from enum import StrEnum


class Step(StrEnum):
    """In the order of a request. See Note [No transaction around Stripe]: a record is created as
    claimed, so there is no moment between the two."""

    BEFORE_RECORD = "before_record"
    """In the first transaction, after writing the local row."""
    RECORDED = "recorded"
    """The operation is in the database, but nothing was sent."""
    SENT = "sent"
    """The request is sent but never arrives."""
    WORKING = "working"
    """Stripe has the request, and carries it out after the death."""
    ANSWERING = "answering"
    """Stripe has carried it out, and the answer is on its way."""
    ANSWERED = "answered"
    """The answer is here, but nothing of it is in the database."""
    SETTLED = "settled"
    """Everything is in the database, but no signal was sent and the caller has no answer."""
    BEFORE_ANSWER = "before_answer"
    """The answer to the browser is ready, but not sent."""

    @property
    def has_effect(self) -> bool:
        return self not in (Step.BEFORE_RECORD, Step.RECORDED, Step.SENT)
