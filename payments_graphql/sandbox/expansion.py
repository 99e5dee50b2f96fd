"""`expand[]`: ids replaced by the objects they name. https://docs.stripe.com/api/expanding_objects."""

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources import balance_transactions, disputes
from payments_graphql.sandbox.store import Store, load

_MAX_DEPTH = 4

# Attribute (with dots if nested) to the kind of object that it names. None if the attribute is
# always empty here: expanding it is allowed and changes nothing.
_EXPANDABLE: dict[str, dict[str, str | None]] = {
    "payment_intent": {
        "application": None,
        "customer": "customer",
        "latest_charge": "charge",
        "on_behalf_of": None,
        "payment_method": "payment_method",
        "review": None,
        "source": None,
        "transfer_data.destination": None,
    },
    "charge": {
        "application": None,
        "application_fee": None,
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": None,
        "on_behalf_of": None,
        "payment_intent": "payment_intent",
        "refunds": "refund",
        "review": None,
        "source_transfer": None,
        "transfer": None,
        "transfer_data.destination": None,
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "source_transfer_reversal": None,
        "transfer_reversal": None,
    },
    "payment_method": {"customer": "customer"},
    "setup_intent": {
        "application": None,
        "customer": "customer",
        "latest_attempt": "setup_attempt",
        "mandate": "mandate",
        "on_behalf_of": None,
        "payment_method": "payment_method",
        "single_use_mandate": None,
    },
    "mandate": {"payment_method": "payment_method"},
    "balance": {},
    "balance_transaction": {"source": "source"},
    "payout": {
        "application_fee": None,
        "balance_transaction": "balance_transaction",
        "destination": None,
        "failure_balance_transaction": "balance_transaction",
        "original_payout": None,
        "reversed_by": None,
    },
    # The source of a balance transaction: a charge, a refund, a dispute or a payout.
    "source": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "payment_intent": "payment_intent",
    },
    "dispute": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        **{f"evidence.{name}": "file" for name in disputes.FILES},
    },
    "file": {"links": None},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "setup_attempt": {
        "application": None,
        "customer": "customer",
        "on_behalf_of": None,
        "payment_method": "payment_method",
        "setup_intent": "setup_intent",
    },
    "customer": {
        "cash_balance": None,
        "default_source": None,
        "invoice_settings.default_payment_method": "payment_method",
        "sources": None,
        "subscriptions": None,
        "tax": None,
        "tax_ids": None,
        "test_clock": None,
    },
    "event": {},
    "webhook_endpoint": {},
}


def check_expansions(paths: list[str], kind: str, *, is_list: bool) -> None:
    """Refuse paths that can't be expanded, before anything is done."""
    for path in paths:
        parts = path.split(".")
        if is_list:
            if parts[0] != "data":
                raise InvalidParameterError(
                    f"This property cannot be expanded ({path}). You may want to try expanding "
                    f"'data.{path}' instead.",
                    param="expand",
                )
            parts = parts[1:]
        if len(parts) > _MAX_DEPTH:
            raise InvalidParameterError(
                f"You cannot expand more than {_MAX_DEPTH} levels of a property. Property: {path}",
                param="expand",
            )
        _check_path(parts, kind, path)


def check_publishable_expansions(paths: list[str]) -> None:
    """Refuse what a page must not see: it may expand the payment method but not the customer."""
    for path in paths:
        if path != "payment_method":
            raise InvalidParameterError(
                f"This property cannot be expanded ({path}) with a publishable API key.",
                param="expand",
            )


def _check_path(parts: list[str], kind: str | None, path: str) -> None:
    while parts:
        name = _attribute(parts, kind)
        if name is None:
            raise InvalidParameterError(
                f"This property cannot be expanded ({path}).",
                param="expand",
            )
        kind = _EXPANDABLE[kind or ""][name]
        parts = parts[name.count(".") + 1 :]
        if name == "refunds" and parts[:1] == ["data"]:
            parts = parts[1:]


def _attribute(parts: list[str], kind: str | None) -> str | None:
    """Return the expandable attribute at the beginning of a path."""
    known = _EXPANDABLE.get(kind or "", {})
    return next((name for name in (parts[0], ".".join(parts[:2])) if name in known), None)


def expand(store: Store, answer: JsonObject, paths: list[str]) -> None:
    """Replace ids in an answer by objects; the paths were checked by `check_expansions`."""
    for path in paths:
        parts = path.split(".")
        if answer.get("object") in {"list", "search_result"}:
            for entry in answer["data"]:
                _expand_path(store, entry, parts[1:])
        else:
            _expand_path(store, answer, parts)


def _expand_path(store: Store, subject: JsonObject, parts: list[str]) -> None:
    name = _attribute(parts, subject.get("object")) if parts else None
    if name is None:
        return
    *outer, attribute = name.split(".")
    holder = subject
    for step in outer:
        holder = holder.get(step) or {}
    rest = parts[name.count(".") + 1 :]
    if name == "refunds":
        refunds = holder.setdefault("refunds", _list_refunds(store, subject["id"]))
        for refund in refunds["data"]:
            _expand_path(store, refund, rest[1:])
        return
    value = holder.get(attribute)
    if isinstance(value, str):
        kind = _EXPANDABLE[subject["object"]][name]
        value = holder[attribute] = _fetch(store, kind, value)
    if isinstance(value, dict):
        _expand_path(store, value, rest)


def _fetch(store: Store, kind: str | None, object_id: str) -> JsonObject | str:
    """Return the object with this id, even if it was deleted; the id itself if it is missing."""
    if kind is None:
        return object_id
    row = store.first("SELECT body FROM objects WHERE id = ?", object_id)
    if row is None:
        return object_id
    found = without_private_fields(load(row["body"]))
    if kind == "balance_transaction":
        return balance_transactions.as_of_now(store, found)
    return found


def _list_refunds(store: Store, charge_id: str) -> JsonObject:
    rows = store.all(
        "SELECT body FROM objects WHERE kind = 'refund' AND json_extract(body, '$.charge') = ? "
        "ORDER BY seq DESC LIMIT 11",
        charge_id,
    )
    data = [without_private_fields(load(row["body"])) for row in rows[:10]]
    url = f"/v1/charges/{charge_id}/refunds"
    return {"object": "list", "data": data, "has_more": len(rows) > 10, "url": url}
