"""Sends webhooks in the background, and retries them until the endpoint accepts them.

https://docs.stripe.com/webhooks#behaviors
"""

import json
import threading
import time

from payments_graphql.sandbox.back_off import (
    DISABLES_AFTER,
    GIVES_UP_AFTER,
    Silence,
    wait_after,
)
from payments_graphql.sandbox.events import ENDPOINT_KINDS, is_of_account
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.faults.webhooks import DeliveryPlan
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store, StoreClosedError, load
from payments_graphql.sandbox.webhook_call import Outcome, call_endpoint, sign

# Seconds after which an idle worker checks again, in case it missed a wake-up.
_LONGEST_NAP = 30.0


class Deliverer:
    """One thread per endpoint, so that a slow endpoint delays neither the API nor the others."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._workers: dict[str, _Worker] = {}
        self._lock = threading.Lock()
        self._is_stopping = False

    def wake(self) -> None:
        """Check for deliveries after something was stored or the clock was moved."""
        with self._lock:
            if self._is_stopping:
                return
            rows = self._store.all("SELECT id FROM objects WHERE kind IN (?, ?)", *ENDPOINT_KINDS)
            ids = {row["id"] for row in rows}
            for endpoint_id in self._workers.keys() - ids:
                self._workers.pop(endpoint_id).stop()
            for endpoint_id in ids:
                if endpoint_id not in self._workers:
                    self._workers[endpoint_id] = _Worker(self._store, self._faults, endpoint_id)
                self._workers[endpoint_id].wake.set()

    def send_again(self, delivery: int) -> bool:
        """Send a delivery now, whatever its status; return whether it exists."""
        row = self._store.first("SELECT endpoint FROM deliveries WHERE seq = ?", delivery)
        if row is None:
            return False
        self._store.execute(
            "UPDATE deliveries SET status = 'pending', due = ? WHERE seq = ?",
            self._store.now(),
            delivery,
        )
        self._end_silence(row["endpoint"])
        self.wake()
        return True

    def send_pending(self, endpoint_id: str) -> None:
        """Send all pending deliveries of this endpoint now."""
        self._store.execute(
            "UPDATE deliveries SET due = ? WHERE endpoint = ? AND status = 'pending'",
            self._store.now(),
            endpoint_id,
        )
        self._end_silence(endpoint_id)
        self.wake()

    def end_silences(self) -> None:
        """Forget that endpoints did not answer, since the clock has been set back."""
        with self._lock:
            endpoint_ids = list(self._workers)
        for endpoint_id in endpoint_ids:
            self._end_silence(endpoint_id)

    def _end_silence(self, endpoint_id: str) -> None:
        with self._lock:
            worker = self._workers.get(endpoint_id)
        if worker is not None:
            worker.silence.end()

    def stop(self) -> None:
        """Start nothing more. Deliveries in progress aren't awaited; they will be sent again."""
        with self._lock:
            self._is_stopping = True
            for worker in self._workers.values():
                worker.stop()


class _Worker:
    """Sends one endpoint's deliveries, one at a time and oldest first.

    See Note [Silent endpoints].
    """

    def __init__(self, store: Store, faults: Faults, endpoint_id: str) -> None:
        self._store = store
        self._faults = faults
        self._endpoint_id = endpoint_id
        # Deliveries that a fault delays: how to send them later, and which of them are sent after
        # the next one. A restart forgets the fault but not the delivery.
        self._held: dict[int, DeliveryPlan] = {}
        self._giving_way: set[int] = set()
        self.silence = Silence()
        self.wake = threading.Event()
        self._is_stopping = False
        threading.Thread(
            target=self._work, name=f"sandbox-delivery-{endpoint_id}", daemon=True
        ).start()

    def stop(self) -> None:
        self._is_stopping = True
        self.wake.set()

    def _work(self) -> None:
        try:
            while not self._is_stopping:
                self.wake.clear()
                delivery, due = self._next()
                wait = due - self._store.now()
                if delivery is None or wait > 0:
                    self.wake.wait(min(wait, _LONGEST_NAP))
                else:
                    self._deliver(delivery)
        except StoreClosedError:
            return

    def _next(self) -> tuple[JsonObject | None, float]:
        """Return the next delivery and when to send it, or None and when to check again."""
        is_silent = self._store.now() < self.silence.until
        only_new = "AND attempts = 0" if is_silent else ""
        delivery = self._store.first(
            "SELECT * FROM deliveries WHERE endpoint = ? AND status = 'pending' "
            f"{only_new} ORDER BY due, seq LIMIT 1",
            self._endpoint_id,
        )
        if delivery is None:
            return None, self.silence.until if is_silent else float("inf")
        not_before = self.silence.new_from if is_silent else 0.0
        return delivery, max(delivery["due"], not_before)

    def _deliver(self, delivery: JsonObject) -> None:
        endpoint = self._endpoint()
        event = self._store.get("event", delivery["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            self._give_up(delivery, "endpoint disabled or deleted")
            return
        plan = self._held.pop(delivery["seq"], None)
        if plan is None:
            plan = DeliveryPlan(self._faults.for_delivery(event["type"]))
            if delivery["attempts"] == 0 and plan.is_dropped:
                self._give_up(delivery, "dropped by a fault")
                return
            if delivery["attempts"] == 0 and plan.delay:
                self._hold(delivery, plan)
                return
        shaped = plan.shape(self._store, event, endpoint.get("api_version"))
        payload = json.dumps(shaped, indent=2).encode()
        for _ in range(plan.copies):
            # Real time, not the sandbox's: the receiver compares it with its own clock.
            signature = sign(payload, plan.secrets(endpoint["_secret"]), int(time.time()))
            self._record(delivery, event, call_endpoint(endpoint["url"], payload, signature))
        self._let_pass(delivery["seq"])

    def _endpoint(self) -> JsonObject | None:
        row = self._store.first(
            "SELECT body FROM objects WHERE id = ? AND kind IN (?, ?)",
            self._endpoint_id,
            *ENDPOINT_KINDS,
        )
        return None if row is None else load(row["body"])

    def _give_up(self, delivery: JsonObject, reason: str) -> None:
        self._store.execute(
            "UPDATE deliveries SET status = 'failed', answer = ? "
            # It may have been moved to another listener in the meantime.
            "WHERE seq = ? AND endpoint = ?",
            reason,
            delivery["seq"],
            self._endpoint_id,
        )

    def _hold(self, delivery: JsonObject, plan: DeliveryPlan) -> None:
        self._held[delivery["seq"]] = plan
        if plan.is_reordered:
            self._giving_way.add(delivery["seq"])
        self._set_due(delivery["seq"], self._store.now() + plan.delay)

    def _let_pass(self, seq: int) -> None:
        """Send the delivery that was held back for this one."""
        self._giving_way.discard(seq)
        for waiting in [one for one in self._giving_way if one < seq]:
            self._giving_way.discard(waiting)
            self._set_due(waiting, 0.0)

    def _set_due(self, seq: int, due: float) -> None:
        self._store.execute(
            "UPDATE deliveries SET due = ? WHERE seq = ? AND endpoint = ?",
            due,
            seq,
            self._endpoint_id,
        )

    def _record(self, delivery: JsonObject, event: JsonObject, outcome: Outcome) -> None:
        now = self._store.now()
        delivery["attempts"] += 1
        is_over = now - event["created"] >= GIVES_UP_AFTER
        status = "succeeded" if outcome.was_taken else "failed" if is_over else "pending"
        with self._store.transaction():
            changed = self._store.execute(
                "UPDATE deliveries SET status = ?, attempts = ?, due = ?, answer = ? "
                # It may have been moved to another listener or deleted in the meantime.
                "WHERE seq = ? AND endpoint = ?",
                status,
                delivery["attempts"],
                now + wait_after(delivery["attempts"]),
                outcome.answer,
                delivery["seq"],
                self._endpoint_id,
            )
            if changed:
                self._store.execute(
                    "INSERT INTO attempts (delivery, made, answer, duration) VALUES (?, ?, ?, ?)",
                    delivery["seq"],
                    now,
                    outcome.answer,
                    outcome.duration,
                )
                self._count_pending(delivery["event"])
            self._note_answer(outcome, now)
            self._note_health(outcome, now)

    def _note_answer(self, outcome: Outcome, now: float) -> None:
        if not outcome.was_answered:
            if self.silence.continue_at(now):
                self._give_up_old(now)
        elif self.silence.end():
            self._store.execute(
                "UPDATE deliveries SET due = ? WHERE endpoint = ? AND status = 'pending' "
                # Deliveries without an attempt are already due, or delayed by a fault.
                "AND attempts > 0 AND due > ?",
                now,
                self._endpoint_id,
                now,
            )

    def _give_up_old(self, now: float) -> None:
        """Give up old deliveries, including those that were not retried during the silence."""
        self._store.execute(
            "UPDATE deliveries SET status = 'failed' WHERE endpoint = ? AND status = 'pending' "
            "AND (SELECT created FROM objects WHERE id = deliveries.event) <= ?",
            self._endpoint_id,
            now - GIVES_UP_AFTER,
        )

    def _note_health(self, outcome: Outcome, now: float) -> None:
        """Disable an account's endpoint after days without a success, as Stripe does."""
        endpoint = self._endpoint()
        if endpoint is None or (outcome.was_taken and "_failing_since" not in endpoint):
            return
        if outcome.was_taken:
            del endpoint["_failing_since"]
        elif "_failing_since" not in endpoint:
            endpoint["_failing_since"] = now
        elif is_of_account(endpoint) and now - endpoint["_failing_since"] >= DISABLES_AFTER:
            endpoint["status"] = "disabled"
        else:
            return
        self._store.save(endpoint)

    def _count_pending(self, event_id: str) -> None:
        event = self._store.get("event", event_id)
        pending: int = self._store.one(
            "SELECT count(*) AS count FROM deliveries WHERE event = ? AND status != 'succeeded'",
            event_id,
        )["count"]
        if event is not None and event["pending_webhooks"] != pending:
            self._store.save(event | {"pending_webhooks": pending})
