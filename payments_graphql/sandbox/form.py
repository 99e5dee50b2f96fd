"""Stripe's nested form encoding: `a[b][c]=1`, `a[0]=x`, `a[]=x`."""

import re
from urllib.parse import unquote_to_bytes

from payments_graphql.sandbox.errors import InvalidParameterError

type FormValue = str | dict[str, FormValue] | list[FormValue]

_MAX_FIELDS = 2000
_MAX_DEPTH = 12
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def decode_form(encoded: str) -> dict[str, FormValue]:
    """Turn a query string or form body into nested dicts. The last value of a name wins.

    This doesn't decide whether `a[0]` is the first entry of an array or a key "0". Only the
    specification knows that `metadata` is an object and `expand` an array.
    """
    fields = [field for field in encoded.split("&") if field]
    if len(fields) > _MAX_FIELDS:
        raise InvalidParameterError("Too many parameters in one request.")
    form: dict[str, FormValue] = {}
    for field in fields:
        name, _, value = field.partition("=")
        _put(form, _split_name(_unquote(name)), _unquote(value))
    return form


def _unquote(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeError:
        raise InvalidParameterError(
            "Invalid request: the parameters are not valid UTF-8."
        ) from None


def _split_name(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidParameterError(f"Invalid parameter name: {name[:100]}", param=name[:100])
    parts = [match[1], *match[2][1:-1].split("][")] if match[2] else [match[1]]
    if len(parts) > _MAX_DEPTH:
        raise InvalidParameterError(
            f"Parameters are nested too deeply: {name[:100]}", param=parts[0]
        )
    return parts


def _put(form: dict[str, FormValue], path: list[str], value: str) -> None:
    node: dict[str, FormValue] = form
    for position, part in enumerate(path[:-1]):
        if path[position + 1 :] == [""]:
            entries = node.setdefault(part, [])
            if not isinstance(entries, list):
                raise _conflict(path)
            entries.append(value)
            return
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            raise _conflict(path)
        node = child
    if isinstance(node.get(path[-1]), dict | list):
        raise _conflict(path)
    node[path[-1]] = value


def _conflict(path: list[str]) -> InvalidParameterError:
    return InvalidParameterError(
        f"Invalid request: {path[0]} is given both as a value and as an array or object.",
        param=path[0],
    )
