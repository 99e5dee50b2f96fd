"""Addresses that receive every event, as with `stripe listen --forward-to`.

https://docs.stripe.com/webhooks#local-listener
"""

from urllib.parse import urlsplit

from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.store import Store, load


def add_listener(
    store: Store, ids: IdentifierFactory, url: str, secret: str, *, replace: bool
) -> None:
    """Add a listener or update its secret.

    With `replace` all others are removed, and this one receives their pending deliveries.
    """
    with store.transaction():
        known = store.list_kind("listener")
        listener = next((one for one in known if one["url"] == url), None)
        if listener is None:
            listener = {
                "id": ids.new("wh"),
                "created": int(store.now()),
                "enabled_events": ["*"],
                "status": "enabled",
                "url": url,
                "_secret": secret,
            }
            store.insert("listener", listener)
        else:
            store.save(listener | {"_secret": secret})
        if replace:
            for other in known:
                if other["id"] != listener["id"]:
                    _move_deliveries(store, other["id"], listener["id"])


def _move_deliveries(store: Store, from_id: str, to_id: str) -> None:
    store.execute(
        "UPDATE deliveries SET endpoint = ?, due = ? WHERE endpoint = ? AND status = 'pending'",
        to_id,
        store.now(),
        from_id,
    )
    store.delete(from_id)


def find_site(store: Store) -> str | None:
    """Return the origin of the newest listener: the address of the site that uses the sandbox."""
    listener = store.first("SELECT body FROM objects WHERE kind = 'listener' ORDER BY seq DESC")
    if listener is None:
        return None
    parts = urlsplit(load(listener["body"])["url"])
    is_web = parts.scheme in {"http", "https"} and parts.netloc
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" if is_web else None
