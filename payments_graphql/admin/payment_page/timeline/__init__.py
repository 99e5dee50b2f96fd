"""Everything that happened to a payment, newest first: one entry for each happening.

reading ─── the newest rows of each kind, within bounds
merging ─── a request, the changes of status that it caused, and the events that confirm it are
            one entry
sentences ─ what each entry says; requests, about refunds that need a second person
"""

from .entries import Entry, Timeline
from .merging import merge
from .reading import Cursor, read_operations, read_rows

__all__ = ["Cursor", "Entry", "Timeline", "merge", "read_operations", "read_rows"]
