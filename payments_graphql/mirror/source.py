"""Where a piece of news comes from, and whether it may overwrite what is known.

Note [Order of news]
An event says what was at its `created`. An answer's `Date` is written last: the object may have
been read a while before, though not before we asked, so that an answer says what was at some time
from `as_of_earliest`, its Date less the time that the call took, to `as_of`, its Date. All are in
whole seconds. Time alone therefore orders only what does not overlap: news that ends before the
row's begins is dropped, and news that begins after the row's ends is applied. Where they overlap
and contradict each other the object is read: what was read after the row was seen is newer than
the row, as long as the row's version has not moved meanwhile. So an event that happened while an
answer was on its way is never dropped for the answer's later Date.

Nothing that a bank decides is final: no state of a dispute is. So an older event that contradicts a
dispute's row is not dropped by the clocks alone, of which one may be wrong. It is settled by
reading too, which for disputes is rare enough.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from ..models import CauseKind, MirroredModel, StatusChange


@dataclass
class Held:
    """The row of the operation that asked. See Note [The operation's row].

    `replaced_by` is the row that has its place now; `contradictions` are for people.
    """

    pk: UUID
    replaced_by: MirroredModel | None = None
    contradictions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """Who says it and when. `version` is the row's when the answer was asked for.

    `held`: the answer is an operation's, and belongs to this row. Without it nothing but the object
    itself says whose it is.
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
    as_of_earliest: datetime | None = None
    held: Held | None = field(default=None, compare=False)
    recorded: list[StatusChange] = field(default_factory=list, compare=False, repr=False)

    @property
    def earliest(self) -> datetime:
        return self.as_of_earliest or self.as_of

    def has_seen(self, row: MirroredModel) -> bool:
        """Was it asked for after the row became what it is?"""
        is_another = self.held is not None and self.held.pk != row.pk
        return self.version is not None and self.version == row.version and not is_another


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
    if source.has_seen(row):
        return Decision.APPLY
    if source.earliest > row.as_of:
        return Decision.APPLY
    if not differs or source.is_creation:
        return Decision.STALE
    is_older = source.as_of < (row.as_of_earliest or row.as_of)
    return Decision.STALE if is_older and not is_read_in_doubt else Decision.READ


class ReadRequired(Exception):
    """What Stripe must be asked before this can be applied: an object's kind and id."""

    def __init__(self, kind: str, stripe_id: str) -> None:
        super().__init__(f"{kind} {stripe_id} must be read from Stripe")
        self.kind = kind
        self.stripe_id = stripe_id


class WrongAnswer(Exception):
    """An operation's answer is about another object than its row; the message says which."""


class NotOurs(Exception):
    """The object is of no customer of ours; the message says why."""
