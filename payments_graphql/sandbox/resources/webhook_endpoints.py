"""Webhook endpoints: https://docs.stripe.com/api/webhook_endpoints."""

from urllib.parse import urlsplit

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.transaction import Transaction


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Create an endpoint. Only this answer shows its signing secret."""
    _check_url(params["url"])
    _check_events(params["enabled_events"])
    secret = tx.new_id("whsec")
    endpoint: JsonObject = {
        "id": tx.new_id("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": tx.now,
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merge_metadata({}, params),
        "status": "enabled",
        "url": params["url"],
        "_secret": secret,
    }
    tx.store.insert("webhook_endpoint", endpoint)
    return endpoint | {"secret": secret}


def retrieve(tx: Transaction, params: JsonObject, endpoint_id: str) -> JsonObject:
    del params
    return tx.find("webhook_endpoint", endpoint_id, in_path=True)


def update(tx: Transaction, params: JsonObject, endpoint_id: str) -> JsonObject:
    endpoint = tx.find("webhook_endpoint", endpoint_id, in_path=True)
    if "url" in params:
        _check_url(params["url"])
    if "enabled_events" in params:
        _check_events(params["enabled_events"])
    for name in ("description", "enabled_events", "url"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
        endpoint.pop("_failing_since", None)  # start to count the days again
    endpoint["metadata"] = merge_metadata(endpoint["metadata"], params)
    tx.store.save(endpoint)
    return endpoint


def delete(tx: Transaction, params: JsonObject, endpoint_id: str) -> JsonObject:
    """Delete an endpoint. Its pending deliveries are never sent."""
    del params
    tx.find("webhook_endpoint", endpoint_id, in_path=True)
    tx.store.delete(endpoint_id)
    tx.store.execute(
        "DELETE FROM deliveries WHERE endpoint = ? AND status != 'succeeded'", endpoint_id
    )
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    return list_objects(tx, Filter("webhook_endpoint"), params, "/v1/webhook_endpoints")


def _check_url(url: str) -> None:
    """Check the address: any http or https one, as in Stripe's test mode, and also a local one."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not url.isascii() or " " in url:
        raise InvalidParameterError(
            "Invalid URL: URL must be an absolute http or https address.",
            code="url_invalid",
            param="url",
        )


def _check_events(names: list[str]) -> None:
    if not names:
        raise InvalidParameterError(
            "You must specify at least one event, or `*` for all of them.",
            param="enabled_events",
        )
