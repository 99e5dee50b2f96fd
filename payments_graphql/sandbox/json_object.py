"""The one type that Stripe's objects, parameters and errors have here."""

from typing import Any

type JsonObject = dict[str, Any]


def without_private_fields(stored: JsonObject) -> JsonObject:
    """What the outside may see: fields that begin with an underscore are the sandbox's own notes.

    They keep what Stripe knows and never shows, such as which test card a payment method is.
    """
    return {name: value for name, value in stored.items() if not name.startswith("_")}


def changed_fields(before: JsonObject, after: JsonObject) -> JsonObject:
    """The old values of what differs, as in an event's `previous_attributes`; null for what is new.

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
