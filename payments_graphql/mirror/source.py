"""Where a piece of news comes from, and whether it may overwrite what is known.

Note [Order of news]
Stripe's events and answers carry whole seconds, so time alone cannot order them. News older than
the row is dropped, newer news is applied, and a tie that contradicts the row is settled by reading
the object: what was read after the row was seen is newer than the row, as long as the row's version
has not moved meanwhile.

Nothing that a bank decides is final: no state of a dispute is. So an older event that contradicts a
dispute's row is not dropped by the clock alone, as the Date of an answer may be later than what it
says. It is settled by reading too, which for disputes is rare enough.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from ..models import CauseKind, MirroredModel, StatusChange


@dataclass(frozen=True)
class Source:
    """Who says it and when. `version` is the row's when the answer was asked for.

    `is_comparison`: what differs is wanted, older or not; for rehearsals alone.
    `is_history`: it happened before its customer was known here. An object that is new to us is
    recorded then, and nobody is told of it.
    `recorded` are the changes of status that were made because of it, and are to be told of.
    """

    kind: CauseKind
    id: str
    as_of: datetime
    version: int | None = None
    is_creation: bool = False
    is_comparison: bool = False
    is_history: bool = False
    recorded: list[StatusChange] = field(default_factory=list, compare=False, repr=False)


class Decision(Enum):
    APPLY = auto()
    STALE = auto()
    READ = auto()


def decide(
    row: MirroredModel,
    source: Source,
    *,
    differs: bool,
    row_is_final: bool = False,
    news_is_final: bool = False,
    is_read_in_doubt: bool = False,
) -> Decision:
    """`final` is a state that Stripe never takes back: it wins whatever the clocks say.

    `is_read_in_doubt`: what contradicts the row is never dropped because it seems older.
    """
    if row.as_of is None:
        return Decision.APPLY
    if source.is_comparison:
        moved = source.version not in (None, row.version)
        return Decision.READ if moved else Decision.APPLY
    if row_is_final and not news_is_final:
        return Decision.STALE
    if news_is_final and not row_is_final:
        return Decision.APPLY
    if source.version is not None and source.version == row.version:
        return Decision.APPLY
    if source.as_of > row.as_of:
        return Decision.APPLY
    if not differs or source.is_creation:
        return Decision.STALE
    if source.as_of < row.as_of and not is_read_in_doubt:
        return Decision.STALE
    return Decision.READ


class ReadRequired(Exception):
    """What Stripe must be asked before this can be applied: an object's kind and id."""

    def __init__(self, kind: str, stripe_id: str) -> None:
        super().__init__(f"{kind} {stripe_id} must be read from Stripe")
        self.kind = kind
        self.stripe_id = stripe_id


class NotOurs(Exception):
    """The object is of no customer of ours; the message says why."""
