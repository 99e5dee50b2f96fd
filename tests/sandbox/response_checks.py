"""Compares the objects of an answer with the SDK's classes and with Stripe's OpenAPI document.

Required fields must be present, unknown fields absent, and all values must have their types.
"""

import json
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe._stripe_object import UntypedStripeObject

from payments_graphql.sandbox import specification

type Json = dict[str, Any]

_CLASSES: dict[str, type] = {
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "card": stripe.Card,
    "mandate": stripe.Mandate,
    "charge": stripe.Charge,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "file": stripe.File,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "radar.early_fraud_warning": stripe.radar.EarlyFraudWarning,
    "refund": stripe.Refund,
    "setup_attempt": stripe.SetupAttempt,
    "setup_intent": stripe.SetupIntent,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
# The document was reduced to the operations of the sandbox, without these objects.
_NOT_IN_DOCUMENT = {
    *("balance_transaction", "card", "file", "mandate", "payout", "radar.early_fraud_warning"),
}

# Where the sandbox differs from one of the two on purpose, and why.
REVIEWED = {
    "charge.source is not in the document": "what is older than payment methods was cut out of it",
    "payment_intent.source is not in the document": "the same",
    "dispute.evidence_details.submission_method is not in the document": "newer than the document",
}


def differences(shown: Json) -> set[str]:
    """Return the unexpected differences of an answer."""
    return all_differences(shown) - REVIEWED.keys()


def all_differences(shown: Json) -> set[str]:
    return {found for one in _objects(shown) for found in _of_object(one)}


def _objects(shown: object) -> Iterator[Json]:
    """Every object in an answer, expanded ones and list entries included."""
    if isinstance(shown, dict):
        if _is_object(shown) and shown["object"] not in _LISTS:
            yield shown
        for value in shown.values():
            yield from _objects(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from _objects(value)


def _is_object(value: object) -> bool:
    """Return whether this is a separate object, which is checked on its own."""
    return isinstance(value, dict) and isinstance(value.get("object"), str)


_LISTS = {"list", "search_result"}


def _of_object(shown: Json) -> list[str]:
    name = shown["object"]
    if name not in _CLASSES:
        return [f"{name} is unknown"]
    if shown.get("deleted"):
        return [] if shown.keys() == {"id", "object", "deleted"} else [f"a deleted {name} has more"]
    found = _against_class(_CLASSES[name], shown, name)
    if name not in _NOT_IN_DOCUMENT:
        found += _against_schema(_schemas()[name], shown, name)
    return found


def _against_class(kind: type, shown: Json, path: str) -> list[str]:
    known = {
        name: hint
        for name, hint in kind.__annotations__.items()
        if not name.startswith("_") and name != "OBJECT_NAME"
    }
    if not known:
        return []
    found = [f"{path}.{name} is not in the SDK" for name in shown.keys() - known.keys()]
    for name, hint in known.items():
        if name not in shown:
            if not _is_optional(hint) and name != "deleted":
                found.append(f"{path}.{name} is missing")
        else:
            found += _against_hint(hint, shown[name], f"{path}.{name}")
    return found


def _options(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _is_optional(hint: object) -> bool:
    return type(None) in _options(hint)


def _against_hint(hint: object, value: object, path: str) -> list[str]:
    options = _options(hint)
    if value is None:
        return [] if type(None) in options else [f"{path} is null"]
    if isinstance(value, dict):
        if _is_object(value):
            return []
        inner = [one for one in options if isinstance(one, type) and issubclass(one, _OBJECT)]
        is_free = any(get_origin(one) in {dict, _FREE_OBJECT} for one in options)
        if inner and not is_free:
            return _against_class(inner[0], value, path)
        return [] if is_free else [f"{path} is an object"]
    if isinstance(value, list):
        entries = [get_args(one)[0] for one in options if get_origin(one) is list]
        if not entries:
            return [f"{path} is a list"]
        return [found for one in value for found in _against_hint(entries[0], one, path)]
    return _refusal(options, value, path)


_OBJECT = stripe.StripeObject
_FREE_OBJECT = UntypedStripeObject


def _refusal(options: tuple[object, ...], value: object, path: str) -> list[str]:
    return [] if any(_fits(one, value) for one in options) else [f"{path} has the wrong type"]


def _fits(option: object, value: object) -> bool:
    if get_origin(option) is Literal:
        return value in get_args(option)
    if option is Any:
        return True
    if option is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is option


@cache
def _schemas() -> Json:
    path = Path(specification.__file__).with_name("openapi.json")
    schemas: Json = json.loads(path.read_text())["components"]["schemas"]
    return schemas


def _against_schema(schema: Json, value: object, path: str) -> list[str]:
    if value is None:
        is_free = not schema or schema.get("nullable")
        return [] if is_free else [f"{path} is null, against the document"]
    if "$ref" in schema:
        return _against_schema(_schemas()[schema["$ref"].rpartition("/")[2]], value, path)
    if "anyOf" in schema:
        if _is_object(value):
            return []
        found = [_against_schema(one, value, path) for one in schema["anyOf"]]
        return min(found, key=len)
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path} is none of the document's values: {value}"]
    expected = schema.get("type")
    if expected is not None and not isinstance(value, _TYPES[expected]):
        return [f"{path} has not the document's type"]
    if isinstance(value, bool) and expected not in {None, "boolean"}:
        return [f"{path} has not the document's type"]
    if isinstance(value, list):
        return [
            found for one in value for found in _against_schema(schema.get("items", {}), one, path)
        ]
    return _against_properties(schema, value, path) if isinstance(value, dict) else []


_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def _against_properties(schema: Json, value: Json, path: str) -> list[str]:
    known = schema.get("properties")
    if known is None:
        return []
    found = [f"{path}.{name} is not in the document" for name in value.keys() - known.keys()]
    found += [
        f"{path}.{name} is missing, against the document"
        for name in schema.get("required", [])
        if name not in value
    ]
    for name in value.keys() & known.keys():
        if not _is_object(value[name]):
            found += _against_schema(known[name], value[name], f"{path}.{name}")
    return found


def error_differences(body: Json) -> set[str]:
    """Return the differences of an error answer."""
    if body.keys() != {"error"}:
        return {"an error has one key, error"}
    found = _against_schema(_schemas()["api_errors"], body["error"], "error")
    return {*found, *differences(body)}
