"""The parameters of each operation, from the OpenAPI document in this folder.

`openapi.json` is Stripe's own description (github.com/stripe/openapi, MIT license), reduced to the
operations and objects used here. It is the document of 2026-08-26. `_complete` adds what is missing
for `API_VERSION` and for Stripe.js.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from payments_graphql.sandbox.json_object import JsonObject

API_VERSION = "2026-10-28.endive"
RELEASE = API_VERSION.partition(".")[2]
"""The name of the release, which is also in the address of its Stripe.js."""

_TEXT: JsonObject = {"type": "string", "maxLength": 5000}
# The document's list of versions ends before `API_VERSION`.
_ANY_VERSION = _TEXT
# Operations that the reduced document lacks, as the SDK declares them: the parameters other than
# `expand`, and the required ones.
_PAGE = ("created", "ending_before", "limit", "starting_after")
_MISSING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "/v1/balance_transactions": ((*_PAGE, "currency", "payout", "source", "type"), ()),
    "/v1/balance_transactions/{id}": ((), ()),
    "/v1/files": ((*_PAGE, "purpose"), ()),
    "/v1/files/{file}": ((), ()),
    "/v1/customers/search": (("limit", "page", "query"), ("query",)),
    "/v1/mandates/{mandate}": ((), ()),
    "/v1/payouts": ((*_PAGE, "arrival_date", "destination", "status"), ()),
    "/v1/payouts/{payout}": ((), ()),
    "/v1/radar/early_fraud_warnings": ((*_PAGE, "charge", "payment_intent"), ()),
    "/v1/radar/early_fraud_warnings/{early_fraud_warning}": ((), ()),
    "/v1/setup_attempts": ((*_PAGE, "setup_intent"), ("setup_intent",)),
}

# https://docs.stripe.com/api/files/create
_PURPOSES = (
    *("account_requirement", "additional_verification", "business_icon", "business_logo"),
    *("customer_signature", "dispute_evidence", "identity_document"),
    *("issuing_regulatory_reporting", "pci_document", "platform_terms_of_service"),
    *("tax_document_user_upload", "terminal_android_apk", "terminal_reader_splashscreen"),
    *("terminal_wifi_certificate", "terminal_wifi_private_key"),
)
_UPLOAD: JsonObject = {
    "file": {"type": "string"},
    "file_link_data": {"type": "object"},
    "purpose": {"enum": list(_PURPOSES), "type": "string"},
}

# https://docs.stripe.com/api/payouts/create
_PAYOUT: JsonObject = {
    "amount": {"type": "integer"},
    "currency": {"format": "currency", "type": "string"},
    "description": _TEXT,
    "destination": _TEXT,
    "method": {"enum": ["instant", "standard"], "type": "string"},
    "payout_method": _TEXT,
    "source_type": {"enum": ["bank_account", "card", "fpx"], "type": "string"},
    "statement_descriptor": {"type": "string", "maxLength": 22},
}

_MICRODEPOSITS: JsonObject = {
    "amounts": {"items": {"type": "integer"}, "type": "array"},
    "descriptor_code": _TEXT,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """The parameters of one operation, as an OpenAPI object schema."""

    parameters: JsonObject


@cache
def load_operations() -> dict[tuple[str, str], Operation]:
    """Return all operations by method ("GET") and path template."""
    document = json.loads((Path(__file__).parent / "openapi.json").read_text())
    operations = {
        (method.upper(), template): Operation(_parameters(description))
        for template, methods in document["paths"].items()
        for method, description in methods.items()
    }
    _complete(operations)
    return operations


def _complete(operations: dict[tuple[str, str], Operation]) -> None:
    methods = operations["POST", "/v1/payment_methods"].parameters["properties"]
    for template in ("payment_intents", "setup_intents"):
        for ending in ("", "/{intent}", "/{intent}/confirm"):
            intents = operations["POST", f"/v1/{template}{ending}"].parameters["properties"]
            # Stripe.js sends card numbers here; the document doesn't mention them.
            data = intents["payment_method_data"]["properties"]
            data |= {"card": methods["card"], "type": methods["type"]}
    endpoints = operations["POST", "/v1/webhook_endpoints"].parameters["properties"]
    endpoints["api_version"] = _ANY_VERSION
    known = operations["GET", "/v1/refunds"].parameters["properties"]
    # A condition on a time.
    known = known | {"arrival_date": known["created"]}
    for template, (names, required) in _MISSING.items():
        properties = {name: known.get(name, _TEXT) for name in ("expand", *names)}
        schema = {"type": "object", "properties": properties, "required": list(required)}
        operations["GET", template] = Operation(schema)
    operations["POST", "/v1/files"] = Operation(
        {
            "type": "object",
            "properties": {"expand": known["expand"], **_UPLOAD},
            "required": ["file", "purpose"],
        }
    )
    metadata = operations["POST", "/v1/refunds"].parameters["properties"]["metadata"]
    operations["POST", "/v1/payouts"] = Operation(
        {
            "type": "object",
            "properties": {"expand": known["expand"], "metadata": metadata, **_PAYOUT},
            "required": ["amount", "currency"],
        }
    )
    for kind in ("payment_intents", "setup_intents"):
        template = f"/v1/{kind}/{{intent}}/verify_microdeposits"
        properties = {"expand": known["expand"], "client_secret": _TEXT, **_MICRODEPOSITS}
        operations["POST", template] = Operation({"type": "object", "properties": properties})


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
