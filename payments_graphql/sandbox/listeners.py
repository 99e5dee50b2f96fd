"""Addresses that get every event, as with `stripe listen --forward-to`.

https://docs.stripe.com/webhooks#local-listener
"""

from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.store import Store


def add_listener(
    store: Store, ids: IdentifierFactory, url: str, secret: str, *, replace: bool
) -> None:
    """Add or renew a listener; `replace` moves what older ones hadn't taken to this one."""
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
