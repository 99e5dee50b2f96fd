"""The one way to change something at Stripe from this side.

Note [No transaction around Stripe]
An operation lives in two short transactions with the call between them. The first checks, writes
down exactly what will be sent, and the local row that it will make; the second applies Stripe's
answer. Nothing is held while Stripe is asked: no transaction, no lock, no connection. Whatever
happens in between, the record stays, and with it the idempotency key under which Stripe knows the
call, so that it can be settled later without doing it twice.

    waiting ── a place and a deadline, or refused before anything is recorded
    perform ── record (T1: claimed as it is written) ── call, and call again ── settle (T2)
    resume  ── claim (lease over, fence + 1) ── send with the same key, or only read ── settle
    resolve ── a person decides what could not be found out in a day

Answer of Stripe's         becomes
2xx                        succeeded
402, 4xx                   failed; the caller's key repeats that answer. A gateway's page is none
401, 403                   pending: our keys are wrong, the caller's key is not spent
409, 429, not reachable    the same key again while the caller waits, then pending
no answer                  the same key again while the caller waits, then unknown
5xx                        unknown, found out by reading; not found after the lease it has failed,
                           except a refund, which needs_review after 24 h
an impossible one          needs_review, with the finding
Stripe is down             not called; pending where it was recorded already

A confirm is never sent by anybody but its caller. What Stripe does once only, or what costs nobody
anything, does not outlive its lease unknown: see Note [What may be repeated] in `kinds.py`. Whose
row an answer is: Note [The operation's row] in `mirror/held_rows.py`.
"""

from .one_at_a_time import perform_alone, perform_move, refuse_second
from .performing import Performed, actor_of, check_key, join, perform, random_key, record_answer
from .resuming import resolve, resume, resume_due
from .transactions import is_in_transaction, read, refuse_open_transaction, refuse_others, sync
from .waiting import on_behalf_of, waiting

__all__ = [
    "Performed",
    "actor_of",
    "check_key",
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
    "sync",
    "waiting",
]
