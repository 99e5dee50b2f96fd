"""The only way to change something at Stripe from this side.

Note [No transaction around Stripe]
An operation consists of two short transactions with the call between them. The first checks the
request, and stores exactly what will be sent and the local row that it creates. The second applies
Stripe's answer. During the call nothing is held: no transaction, no lock, no connection. Whatever
happens in between, the record remains, with the idempotency key by which Stripe knows the call. So
the operation can be settled later without doing it twice.

    waiting ── get a place and a deadline, or be refused before anything is recorded
    perform ── record (T1: created as claimed) ── call, and retry ── settle (T2)
    resume  ── claim (lease over, fence + 1) ── send with the same key, or only read ── settle
    resolve ── a person decides what is still unknown after a day

Stripe's answer            result
2xx                        succeeded
402, 4xx                   failed; the caller's key repeats that answer. A gateway's page is not an
                           answer
401, 403                   pending: our keys are wrong, the caller's key is not used up
409, 429, not reachable    retried with the same key while the caller waits, then pending
no answer                  retried with the same key while the caller waits, then unknown
5xx                        unknown, settled by reading. If nothing is found after the lease: failed,
                           except a refund, which is needs_review after 24 h
an impossible answer       needs_review, with the finding
Stripe is down             not called; pending if it was recorded already

A confirm is only ever sent by its own caller. Operations that Stripe carries out only once, or that
cost nobody anything, do not stay unknown after their lease: see Note [What may be repeated] in
`kinds.py`. Which row an answer belongs to: Note [The operation's row] in `mirror/held_rows.py`.
"""

from .one_at_a_time import perform_alone, perform_move, refuse_second
from .performing import (
    Performed,
    actor_of,
    check_key,
    hash_input,
    join,
    perform,
    random_key,
    record_answer,
)
from .resuming import resolve, resume, resume_due
from .sending import send_harmless
from .transactions import is_in_transaction, read, refuse_open_transaction, refuse_others, sync
from .waiting import on_behalf_of, waiting

__all__ = [
    "Performed",
    "actor_of",
    "check_key",
    "hash_input",
    "is_in_transaction",
    "join",
    "on_behalf_of",
    "perform",
    "perform_alone",
    "perform_move",
    "random_key",
    "read",
    "record_answer",
    "refuse_open_transaction",
    "refuse_others",
    "refuse_second",
    "resolve",
    "resume",
    "resume_due",
    "send_harmless",
    "sync",
    "waiting",
]
