"""What each operation takes, read from the OpenAPI document beside this file.

`openapi.json` is Stripe's own description (github.com/stripe/openapi, MIT licence), cut down to
the structure of the operations and objects used here. It is the document of 2026-08-26; what
it lacks for `API_VERSION` or for Stripe.js is added by `_complete`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from payments_graphql.sandbox.json_object import JsonObject

API_VERSION = "2026-10-28.endive"

# The document's list of versions ends before ours.
_ANY_VERSION: JsonObject = {"type": "string", "maxLength": 5000}


@dataclass(frozen=True, slots=True)
class Operation:
    """The parameters of one operation, as an OpenAPI object schema."""

    parameters: JsonObject


@cache
def load_operations() -> dict[tuple[str, str], Operation]:
    """Every operation of the document by method ("GET") and path template."""
    document = json.loads((Path(__file__).parent / "openapi.json").read_text())
    operations = {
        (method.upper(), template): Operation(_parameters(description))
        for template, methods in document["paths"].items()
        for method, description in methods.items()
    }
    _complete(operations)
    return operations


def _complete(operations: dict[tuple[str, str], Operation]) -> None:
    """Stripe.js sends card numbers inside `payment_method_data`, which the document conceals."""
    methods = operations["POST", "/v1/payment_methods"].parameters["properties"]
    for template in ("", "/{intent}", "/{intent}/confirm"):
        intents = operations["POST", f"/v1/payment_intents{template}"].parameters["properties"]
        data = intents["payment_method_data"]["properties"]
        data |= {"card": methods["card"], "type": methods["type"]}
    endpoints = operations["POST", "/v1/webhook_endpoints"].parameters["properties"]
    endpoints["api_version"] = _ANY_VERSION


def _parameters(description: JsonObject) -> JsonObject:
    properties: JsonObject = {}
    required: list[str] = []
    for parameter in description.get("parameters", []):
        if parameter["in"] == "query":
            properties[parameter["name"]] = parameter["schema"]
            if parameter.get("required"):
                required.append(parameter["name"])
    if "requestBody" in description:
        content = description["requestBody"]["content"]
        schema = content["application/x-www-form-urlencoded"]["schema"]
        properties |= schema["properties"]
        required += schema.get("required", [])
    return {"type": "object", "properties": properties, "required": required}
