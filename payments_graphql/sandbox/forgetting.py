"""Deletes what Stripe no longer shows, so that a sandbox can run for weeks; or everything."""

from payments_graphql.sandbox.events import ENDPOINT_KINDS, LISTED_FOR
from payments_graphql.sandbox.idempotency import LIFETIME
from payments_graphql.sandbox.store import Store, load

EVERY = 60 * 60
"""Seconds of the sandbox's clock."""


def forget_old(store: Store) -> None:
    """Delete events that are no longer listed, their deliveries, and old idempotency keys."""
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
    """Return the position of the first event to keep. Events are stored in the order of their
    times, so the query reads only the old ones."""
    kept = store.first(
        "SELECT seq FROM objects WHERE kind = 'event' AND created >= ? ORDER BY seq LIMIT 1", since
    )
    return int(kept["seq"]) if kept else store.count_made() + 1


def forget_all(store: Store) -> None:
    """Delete everything but the webhook endpoints, and set the clock back to the real time.

    Ids are never reused, since a site may still know the old ones.
    """
    with store.transaction():
        for table in ("attempts", "deliveries", "jobs", "idempotency_keys"):
            store.execute(f"DELETE FROM {table}")
        store.execute("DELETE FROM objects WHERE kind NOT IN (?, ?)", *ENDPOINT_KINDS)
        for row in store.all("SELECT body FROM objects"):
            endpoint = load(row["body"])
            endpoint.pop("_failing_since", None)
            store.save(endpoint)
        store.reset_clock()
