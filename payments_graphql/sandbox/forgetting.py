"""What Stripe no longer answers with is deleted, so that a sandbox can run for weeks."""

from payments_graphql.sandbox.events import LISTED_FOR
from payments_graphql.sandbox.idempotency import LIFETIME
from payments_graphql.sandbox.store import Store

EVERY = 60 * 60
"""Seconds of the sandbox's clock."""


def forget_old(store: Store) -> None:
    """Delete events that left the list, with their deliveries, and answers of keys that are old."""
    now = store.now()
    with store.transaction():
        store.execute("DELETE FROM idempotency_keys WHERE created < ?", now - LIFETIME)
        end = _first_kept(store, now - LISTED_FOR)
        old = "SELECT id FROM objects WHERE kind = 'event' AND seq < ?"
        deliveries = f"SELECT seq FROM deliveries WHERE event IN ({old})"
        store.execute(f"DELETE FROM attempts WHERE delivery IN ({deliveries})", end)
        store.execute(f"DELETE FROM deliveries WHERE event IN ({old})", end)
        store.execute("DELETE FROM objects WHERE kind = 'event' AND seq < ?", end)


def _first_kept(store: Store, since: float) -> int:
    """The position of the first event that stays: they were stored in the order of their times, so
    only the old ones are passed over."""
    kept = store.first(
        "SELECT seq FROM objects WHERE kind = 'event' AND created >= ? ORDER BY seq LIMIT 1", since
    )
    return int(kept["seq"]) if kept else store.count_made() + 1
