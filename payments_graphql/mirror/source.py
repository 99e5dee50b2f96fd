"""Where an update comes from, and whether it may overwrite a row.

Note [Order of updates]
An event describes the object at the event's `created`. An API answer describes it at some time
between `as_of_earliest` and `as_of`: its `Date` is written last, and the object may have been read
a while before, but not before the request was sent. So `as_of` is the Date, and `as_of_earliest` is
the Date less the duration of the call. All times are in whole seconds. Times alone only order
periods that do not overlap: an update that ends before the row's period begins is dropped, and one
that begins after the row's period ends is applied. If they overlap and differ, the object is read
from Stripe: a read that started after the row was loaded is newer than the row, provided that the
row's version is still the same. So an event that happened while an answer was in transit is never
dropped because of the answer's later Date.

A bank can change any decision, so no state of a dispute is final. An older event that contradicts a
dispute's row is therefore not dropped because of its time alone, since a clock may be wrong. It is
also settled by a read, which is rare enough for disputes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from ..models import CauseKind, MirroredModel, StatusChange


@dataclass
class Held:
    """The row of the operation that made the call. See Note [The operation's row].

    `replaced_by` is the row that replaced it. `contradictions` are sentences for people.
    """

    pk: UUID
    replaced_by: MirroredModel | None = None
    contradictions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """Where an update comes from and its time. `version` is the row's version before the read.

    `held`: the update is an operation's answer and belongs to this row. Without it, only the object
    itself says which row it belongs to.
    `is_comparison`: find all differences, whether older or newer. Only for rehearsals.
    `is_history`: it happened before its customer was known here. New objects are then recorded
    without sending signals.
    `recorded`: the changes of status that it caused, whose signals must be sent.
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
        """Whether the read started after the row reached its current version."""
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
    """A final state is one that Stripe never takes back: it always wins.

    `is_read_in_doubt`: never drop an update that contradicts the row just because it seems older.
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
    """The object, by type and id, must be read from Stripe before the update can be applied."""

    def __init__(self, kind: str, stripe_id: str) -> None:
        super().__init__(f"{kind} {stripe_id} must be read from Stripe")
        self.kind = kind
        self.stripe_id = stripe_id


class WrongAnswer(Exception):
    """An operation's answer is about another object than its row. The message says which."""


class NotOurs(Exception):
    """The object belongs to none of our customers. The message says why."""
