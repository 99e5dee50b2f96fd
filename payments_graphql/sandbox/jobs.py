"""Jobs that run at their time on the sandbox's clock."""

import threading
from collections.abc import Callable

from payments_graphql.sandbox.faults.rolling_forward import roll_forward
from payments_graphql.sandbox.forgetting import EVERY, forget_old
from payments_graphql.sandbox.resources import (
    bank_payments,
    capture,
    direct_charges,
    dispute_outcomes,
    payouts,
    refunds,
)
from payments_graphql.sandbox.store import Store, StoreClosedError
from payments_graphql.sandbox.transaction import Transaction, TransactionFactory

_JOBS: dict[str, Callable[[Transaction, str], None]] = {
    "answer_debit": bank_payments.answer_debit,
    "decide_dispute": dispute_outcomes.decide,
    "end_unanswered_dispute": dispute_outcomes.end_unanswered,
    "end_voucher": bank_payments.end_voucher,
    "expire_authorization": capture.expire_authorization,
    "expire_charge": direct_charges.expire,
    "fail_payout": payouts.fail,
    "fail_refund": refunds.fail,
    "pay_payout": payouts.pay,
    "roll_forward": roll_forward,
    "settle_refund": refunds.settle,
}
# Seconds after which an idle scheduler checks again, in case it missed a wake-up.
_LONGEST_NAP = 30.0


class Scheduler:
    """Runs the due jobs, earliest first."""

    def __init__(
        self, store: Store, new_transaction: TransactionFactory, on_change: Callable[[], None]
    ) -> None:
        self._store = store
        self._new_transaction = new_transaction
        self._on_change = on_change
        self._wake = threading.Event()
        self._is_stopping = False
        self._forgets_at = 0.0
        # Not after each request: a thread that wakes up without work slows down the next request.
        store.on_schedule = self.wake

    def start(self) -> None:
        threading.Thread(target=self._work, name="sandbox-scheduler", daemon=True).start()

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()

    def wake(self) -> None:
        """Check again after a job was added or the clock was moved."""
        self._wake.set()

    def run_due(self) -> None:
        """Run the due jobs, each in its own transaction."""
        while self._run_one():
            self._on_change()
        if (now := self._store.now()) >= self._forgets_at:
            self._forgets_at = now + EVERY
            forget_old(self._store)

    def run_now(self, name: str, object_id: str) -> None:
        """Run a job for an object now, whether or not it is scheduled.

        It does nothing if it doesn't fit the object's status.
        """
        with self._store.transaction():
            self._store.execute("DELETE FROM jobs WHERE name = ? AND object = ?", name, object_id)
            _JOBS[name](self._new_transaction(), object_id)
        self._on_change()

    def _run_one(self) -> bool:
        with self._store.transaction():
            job = self._store.first(
                "SELECT * FROM jobs WHERE due <= ? ORDER BY due, seq LIMIT 1", self._store.now()
            )
            if job is None:
                return False
            self._store.execute("DELETE FROM jobs WHERE seq = ?", job["seq"])
            _JOBS[job["name"]](self._new_transaction(), job["object"])
            return True

    def _work(self) -> None:
        try:
            while not self._is_stopping:
                self._wake.clear()
                self.run_due()
                self._wake.wait(self._seconds_to_next())
        except StoreClosedError:
            return

    def _seconds_to_next(self) -> float:
        due: float | None = self._store.one("SELECT min(due) AS due FROM jobs")["due"]
        if due is None:
            return _LONGEST_NAP
        return max(0.0, min(due - self._store.now(), _LONGEST_NAP))
