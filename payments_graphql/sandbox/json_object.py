"""The type of all Stripe objects, parameters and errors in the sandbox."""

from typing import Any

type JsonObject = dict[str, Any]


def without_private_fields(stored: JsonObject) -> JsonObject:
    """Return the public fields. Those that begin with an underscore are private.

    Private fields hold what Stripe knows but never shows, such as the test card of a payment
    method.
    """
    return {name: value for name, value in stored.items() if not name.startswith("_")}


def changed_fields(before: JsonObject, after: JsonObject) -> JsonObject:
    """Return the old values of changed fields for `previous_attributes`; null for new fields.

    https://docs.stripe.com/api/events/object#event_object-data-previous_attributes
    """
    changes: JsonObject = {}
    for name, old in (dict.fromkeys(after) | before).items():
        new = after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changes[name] = changed_fields(old, new)
        else:
            changes[name] = old
    return changes
