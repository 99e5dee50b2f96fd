"""Who looks at a payment learns that it has changed, whichever process changed it.

Note [Live updates]
The mirror announces each change of a payment, of its refunds and of its disputes. On PostgreSQL
that is a NOTIFY in the transaction that writes the change: it is delivered when that commits, to
one connection of each process that has somebody who looks (`listening`). SQLite has nothing of the
kind: there the process that wrote wakes its own.

An announcement says only that there is news. Whoever is woken reads the row, so that any number of
announcements may become one reading, and no queue grows. What is read is committed and newest, so
that nobody sees an older state after a newer one. A state that was overwritten before it could be
read is not seen; `StatusChange` has them all.

An announcement can be lost: the connection breaks, a pooler swallows LISTEN, another process writes
to SQLite. So one query every two seconds reads the versions of all the payments that anybody of the
process looks at (`hub`), and after each connecting as well. Whoever looks is registered before the
first reading, so that no change falls between the two.
"""

from .hub import RE_READ_EVERY, Hub, Watch
from .writing import announcing, wake_watchers

__all__ = ["RE_READ_EVERY", "Hub", "Watch", "announcing", "wake_watchers"]
