"""Tells viewers of a payment that it has changed, whichever process changed it.

Note [Live updates]
The mirror announces each change of a payment, its refunds and its disputes. On PostgreSQL this is a
NOTIFY in the transaction that writes the change. PostgreSQL delivers it on commit, to one
connection of each process that has viewers (`listening`). SQLite has no NOTIFY: there, the process
that made the change wakes its own viewers.

An announcement only says that something changed. A viewer that is woken reads the row, so many
announcements may lead to one read, and no queue grows. It reads the newest committed state, so it
never goes back to an older one. A state overwritten before it is read is skipped; `StatusChange`
records all of them.

An announcement can be lost: the connection breaks, a pooler swallows LISTEN, another process writes
to SQLite. So a query every two seconds, and after every connect, reads the versions of all payments
that viewers of this process follow (`hub`). A viewer is registered before its first read, so no
change is missed between the two.
"""

from .hub import RE_READ_EVERY, Hub, Watch
from .writing import announcing, wake_watchers

__all__ = ["RE_READ_EVERY", "Hub", "Watch", "announcing", "wake_watchers"]
