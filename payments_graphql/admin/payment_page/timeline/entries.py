from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Entry:
    """`who` is a name, or empty if Stripe or the bank acted. `tone` is one of the tones of
    `columns.format_status`. `text` is what a person wrote. `links` and `confirmed_by` are HTML."""

    at: datetime
    title: str
    who: str = ""
    tone: str = "waiting"
    details: list[str] = field(default_factory=list)
    text: str = ""
    links: list[str] = field(default_factory=list)
    confirmed_by: list[str] = field(default_factory=list)
    occurred_at: datetime | None = None
    """When it happened at Stripe, if that was clearly earlier than we heard of it."""


@dataclass(frozen=True)
class Timeline:
    """`older` is the query string of the page with older entries, or empty."""

    entries: Sequence[Entry]
    older: str = ""
    is_newest: bool = True
