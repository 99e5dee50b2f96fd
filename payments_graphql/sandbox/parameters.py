"""Checks parameters against the specification and converts them, with Stripe's error messages.

A value that unsets something (an empty string) becomes None. Parameters that weren't sent are
absent.
"""

import json
import re

from payments_graphql.sandbox.currencies import check_currency
from payments_graphql.sandbox.errors import (
    InvalidParameterError,
    empty_parameter,
    missing_parameter,
    unknown_parameters,
)
from payments_graphql.sandbox.form import FormValue
from payments_graphql.sandbox.json_object import JsonObject

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)

# An empty string unsets these, although the specification declares plain strings.
_UNSETTABLE_TEXT = frozenset(
    {
        "city",
        "country",
        "description",
        "email",
        "line1",
        "line2",
        "name",
        "phone",
        "postal_code",
        "receipt_email",
        "state",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "tracking_number",
        "transfer_group",
    }
)


def check_parameters(form: dict[str, FormValue], schema: JsonObject) -> JsonObject:
    """Return the parameters with their types, or raise InvalidParameterError."""
    unknown = _unknown_names(form, schema, "")
    if unknown:
        raise unknown_parameters(unknown)
    return _check_object(form, schema, "")


def _unknown_names(form: dict[str, FormValue], schema: JsonObject, path: str) -> list[str]:
    """Raise for unknown parameters. The error names all unknown ones of the first such level."""
    if "properties" not in schema:
        return []
    return [_join(path, name) for name in form if name not in schema["properties"]]


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _check_object(form: dict[str, FormValue], schema: JsonObject, path: str) -> JsonObject:
    unknown = _unknown_names(form, schema, path)
    if unknown:
        raise unknown_parameters(unknown)
    for name in schema.get("required", []):
        if name not in form:
            raise missing_parameter(_join(path, name))
    if "properties" not in schema:
        return _check_free_object(form, schema, path)
    properties = schema["properties"]
    return {
        name: check_value(value, properties[name], _join(path, name))
        for name, value in form.items()
    }


def _check_free_object(form: dict[str, FormValue], schema: JsonObject, path: str) -> JsonObject:
    """Return an object with any keys; metadata has its own limits."""
    entry = schema.get("additionalProperties") or {}
    values: JsonObject = {}
    for name, value in form.items():
        if value == "":
            values[name] = None
            continue
        values[name] = check_value(
            value, entry if isinstance(entry, dict) else {}, f"{path}[{name}]"
        )
    if _last_name(path) == "metadata":
        _check_metadata(values, path)
    return values


def _check_metadata(metadata: JsonObject, path: str) -> None:
    """Check the limits of https://docs.stripe.com/api/metadata: 50 keys of 40 characters, values
    of 500."""
    if len(metadata) > 50:
        raise InvalidParameterError(
            f"You can only specify up to 50 metadata keys, but you passed {len(metadata)}.",
            param=path,
        )
    for key, value in metadata.items():
        if len(key) > 40:
            raise InvalidParameterError(
                f"Metadata keys can have up to 40 characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}",
                param=path,
            )
        if value is not None and len(value) > 500:
            raise InvalidParameterError(
                f"Metadata values can have up to 500 characters, but you passed in a value that "
                f"is {len(value)} characters. Invalid value: {value}",
                param=f"{path}[{key}]",
            )


def check_value(value: FormValue, schema: JsonObject, path: str) -> object:
    """Return one typed value; `path` is its name in Stripe's errors."""
    if "anyOf" in schema:
        return _check_alternatives(value, schema["anyOf"], path)
    expected = schema.get("type", "string")
    if expected == "array":
        return _check_array(value, schema, path)
    if expected == "object":
        if not isinstance(value, dict):
            raise _wrong_type("object", value, path)
        return _check_object(value, schema, path)
    if not isinstance(value, str):
        raise _wrong_type(expected, value, path)
    if expected == "string":
        return _check_string(value, schema, path)
    if value == "":
        raise empty_parameter(path)
    return _SCALARS[expected](value, path)


def _check_alternatives(value: FormValue, schemas: list[JsonObject], path: str) -> object:
    """Choose the alternative that fits the value. An empty string unsets it, if that is allowed."""
    if value == "" and any(schema.get("enum") == [""] for schema in schemas):
        return None
    real = [schema for schema in schemas if schema.get("enum") != [""]]
    if isinstance(value, dict | list):
        shapes = ("object", "array") if isinstance(value, dict) else ("array",)
        fitting = [schema for schema in real if schema.get("type") in shapes]
    else:
        fitting = [schema for schema in real if schema.get("type") not in {"object", "array"}]
    refusal: InvalidParameterError | None = None
    for schema in fitting or real:
        try:
            return check_value(value, schema, path)
        except InvalidParameterError as error:
            refusal = refusal or error
    raise refusal or _wrong_type("value", value, path)


def _check_array(value: FormValue, schema: JsonObject, path: str) -> object:
    if value == "":
        return []
    if isinstance(value, dict):
        if not all(key.isdecimal() for key in value):
            raise _wrong_type("array", value, path)
        value = [value[key] for key in sorted(value, key=_index)]
    if not isinstance(value, list):
        raise _wrong_type("array", value, path)
    return [
        check_value(entry, schema["items"], f"{path}[{position}]")
        for position, entry in enumerate(value)
    ]


def _index(key: str) -> tuple[int, str]:
    return len(key), key


def _check_integer(value: str, path: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise InvalidParameterError(
            f"Invalid integer: {value[:100]}", code="parameter_invalid_integer", param=path
        )
    return int(value)


def _check_boolean(value: str, path: str) -> bool:
    if value not in {"true", "false"}:
        raise InvalidParameterError(f"Invalid boolean: {value[:100]}", param=path)
    return value == "true"


def _check_number(value: str, path: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InvalidParameterError(f"Invalid decimal: {value[:100]}", param=path) from None


_SCALARS = {"boolean": _check_boolean, "integer": _check_integer, "number": _check_number}


def _check_string(value: str, schema: JsonObject, path: str) -> str | None:
    if value == "":
        if _last_name(path) in _UNSETTABLE_TEXT or path.startswith("evidence["):
            return None
        if "" in schema.get("enum", ()):
            return None
        raise empty_parameter(path)
    if "enum" in schema and value not in schema["enum"]:
        choices = [choice for choice in schema["enum"] if choice]
        raise InvalidParameterError(f"Invalid {path}: must be {_one_of(choices)}", param=path)
    if schema.get("format") == "currency":
        return check_currency(value, path)
    longest = schema.get("maxLength")
    if longest is not None and len(value) > longest:
        shown = f"{value[:3]}...{value[-3:]}"
        raise InvalidParameterError(
            f"Invalid string: {shown}; must be at most {longest} characters", param=path
        )
    return value


def _last_name(path: str) -> str:
    """Return `line1` of `shipping[address][line1]`."""
    return path.rpartition("[")[2].rstrip("]")


def _one_of(choices: list[str]) -> str:
    if len(choices) == 1:
        return choices[0]
    joiner = ", or " if len(choices) > 2 else " or "
    return f"one of {', '.join(choices[:-1])}{joiner}{choices[-1]}"


def _wrong_type(expected: str, value: FormValue, path: str) -> InvalidParameterError:
    return InvalidParameterError(f"Invalid {expected}: {json.dumps(value)[:200]}", param=path)
