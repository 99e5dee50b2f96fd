"""Merges metadata like Stripe: https://docs.stripe.com/metadata."""

from payments_graphql.sandbox.json_object import JsonObject


def merge_metadata(current: JsonObject, params: JsonObject) -> JsonObject:
    """Return the metadata after an update: keys are merged, an empty value removes its key, and an
    empty `metadata` removes all keys.
    """
    if "metadata" not in params:
        return current
    change = params["metadata"]
    if change is None:
        return {}
    merged = current | change
    return {key: value for key, value in merged.items() if value is not None}
