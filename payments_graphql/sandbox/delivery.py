"""Webhooks on their way: sent in the background, and sent again until they are taken.

https://docs.stripe.com/webhooks#behaviors
"""

import json
import threading
import time

from payments_graphql.sandbox.events import ENDPOINT_KINDS
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.faults.webhooks import DeliveryPlan
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store, StoreClosedError, load
from payments_graphql.sandbox.webhook_call import Outcome, call_endpoint, sign

# Seconds to wait after each failed attempt. Stripe goes on for three days with growing waits; the
# first ones are shorter here, because a server under development is often just restarting.
_WAITS = (1, 5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, *([12 * 3600] * 5))
_LONGEST_NAP = 30.0


class Deliverer:
    """One thread per endpoint: a slow endpoint holds up neither the API nor another endpoint."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._workers: dict[str, _Worker] = {}
        self._lock = threading.Lock()
        self._is_stopping = False

    def wake(self) -> None:
        """Look for deliveries: something was stored, or the clock was moved."""
        rows = self._store.all("SELECT id FROM objects WHERE kind IN (?, ?)", *ENDPOINT_KINDS)
        with self._lock:
            if self._is_stopping:
                return
            for row in rows:
                worker = self._workers.get(row["id"])
                if worker is None:
                    worker = _Worker(self._store, self._faults, row["id"])
                    self._workers[row["id"]] = worker
                worker.wake.set()

    def send_again(self, delivery: int) -> bool:
        """Send a delivery now, whatever became of it; return whether there is such a one."""
        found = self._store.execute(
            "UPDATE deliveries SET status = 'pending', due = ? WHERE seq = ?",
            self._store.now(),
            delivery,
        )
        self.wake()
        return found > 0

    def stop(self) -> None:
        """Start nothing more; what is under way is left to itself and, unrecorded, sent again."""
        with self._lock:
            self._is_stopping = True
            for worker in self._workers.values():
                worker.is_stopping = True
                worker.wake.set()


class _Worker:
    """Sends one endpoint's deliveries, one at a time and oldest first."""

    def __init__(self, store: Store, faults: Faults, endpoint_id: str) -> None:
        self._store = store
        self._faults = faults
        self._endpoint_id = endpoint_id
        # Deliveries that a fault holds back: how they are made when their time has come, and
        # which of them give way to the next one. A restart forgets the fault, not the delivery.
        self._held: dict[int, DeliveryPlan] = {}
        self._giving_way: set[int] = set()
        self.wake = threading.Event()
        self.is_stopping = False
        threading.Thread(
            target=self._work, name=f"sandbox-delivery-{endpoint_id}", daemon=True
        ).start()

    def _work(self) -> None:
        try:
            while not self.is_stopping:
                self.wake.clear()
                delivery = self._next()
                if delivery is None:
                    self.wake.wait(_LONGEST_NAP)
                elif delivery["due"] > self._store.now():
                    self.wake.wait(min(delivery["due"] - self._store.now(), _LONGEST_NAP))
                else:
                    self._deliver(delivery)
        except StoreClosedError:
            return

    def _next(self) -> JsonObject | None:
        return self._store.first(
            "SELECT * FROM deliveries WHERE endpoint = ? AND status = 'pending' "
            "ORDER BY due, seq LIMIT 1",
            self._endpoint_id,
        )

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
            self._record(delivery, call_endpoint(endpoint["url"], payload, signature))
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
            # It may just have been moved to another listener.
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
        """What gave way to this delivery is next."""
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

    def _record(self, delivery: JsonObject, outcome: Outcome) -> None:
        delivery["attempts"] += 1
        is_over = delivery["attempts"] > len(_WAITS)
        status = "succeeded" if outcome.was_taken else "failed" if is_over else "pending"
        wait = 0 if status != "pending" else _WAITS[delivery["attempts"] - 1]
        with self._store.transaction():
            changed = self._store.execute(
                "UPDATE deliveries SET status = ?, attempts = ?, due = ?, answer = ? "
                # Meanwhile it may have been moved to another listener, or deleted.
                "WHERE seq = ? AND endpoint = ?",
                status,
                delivery["attempts"],
                self._store.now() + wait,
                outcome.answer,
                delivery["seq"],
                self._endpoint_id,
            )
            if changed:
                self._store.execute(
                    "INSERT INTO attempts (delivery, made, answer, duration) VALUES (?, ?, ?, ?)",
                    delivery["seq"],
                    self._store.now(),
                    outcome.answer,
                    outcome.duration,
                )
                self._count_pending(delivery["event"])

    def _count_pending(self, event_id: str) -> None:
        event = self._store.get("event", event_id)
        pending: int = self._store.one(
            "SELECT count(*) AS count FROM deliveries WHERE event = ? AND status != 'succeeded'",
            event_id,
        )["count"]
        if event is not None and event["pending_webhooks"] != pending:
            self._store.save(event | {"pending_webhooks": pending})
