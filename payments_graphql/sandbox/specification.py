"""What each operation takes, read from the OpenAPI document beside this file.

`openapi.json` is Stripe's own description (github.com/stripe/openapi, MIT licence), cut down to
the structure of the operations and objects used here. It is the document of 2026-08-26; what
`API_VERSION` added since is in `_ADDED_SINCE`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from payments_graphql.sandbox.json_object import JsonObject

API_VERSION = "2026-10-28.endive"

# (method, path template, parameter): what a newer API version takes beyond the document.
_ADDED_SINCE: dict[tuple[str, str, str], JsonObject] = {
    ("post", "/v1/webhook_endpoints", "api_version"): {"type": "string", "maxLength": 5000},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """The parameters of one operation, as an OpenAPI object schema."""

    parameters: JsonObject


@cache
def load_operations() -> dict[tuple[str, str], Operation]:
    """Every operation of the document by method ("GET") and path template."""
    document = json.loads((Path(__file__).parent / "openapi.json").read_text())
    return {
        (method.upper(), template): Operation(_parameters(method, template, description))
        for template, methods in document["paths"].items()
        for method, description in methods.items()
    }


def _parameters(method: str, template: str, description: JsonObject) -> JsonObject:
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
    for (added_method, added_template, name), schema in _ADDED_SINCE.items():
        if (added_method, added_template) == (method, template):
            properties[name] = schema
    return {"type": "object", "properties": properties, "required": required}
