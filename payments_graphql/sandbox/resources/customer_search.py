"""Searches customers: https://docs.stripe.com/search.

The sandbox supports a part of Stripe's query language: exact matches joined by AND, for `email`,
`name`, `phone` and `metadata['key']`. At Stripe, it takes up to a minute until a search finds a
new customer; here it finds one at once.
"""

import re

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction

_FIELDS = ("email", "name", "phone")
_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CLAUSE = re.compile(
    rf"(?P<minus>-?)(?P<field>\w+)(?:\[(?P<key>{_TEXT})\])?(?P<operator>[:~<>]=?)(?P<value>{_TEXT}|\w+)",
    re.DOTALL,
)
_OR = re.compile(r"\s+OR\s+", re.IGNORECASE)
_AND = re.compile(r"\s+AND\s+|\s+", re.IGNORECASE)


def search(tx: Transaction, params: JsonObject) -> JsonObject:
    """Return one page, newest first; `page` is the `next_page` of the previous one."""
    found = Filter("customer")
    for field, key, value in _parse(params["query"]):
        if key is None:
            found.where(f"lower(json_extract(body, '$.{field}')) = lower(?)", value)
        else:
            # The caller sends the key, so it is bound and compared, not made part of a path.
            found.where(
                "EXISTS (SELECT 1 FROM json_each(body, '$.metadata') WHERE key = ? AND value = ?)",
                key,
                value,
            )
    page = {"starting_after": params["page"]} if params.get("page") else {}
    limit = {"limit": params["limit"]} if "limit" in params else {}
    answer = list_objects(tx, found, page | limit, "/v1/customers/search")
    next_page = answer["data"][-1]["id"] if answer["has_more"] else None
    return answer | {"object": "search_result", "next_page": next_page}


def _parse(query: str) -> list[tuple[str, str | None, str]]:
    """Return field, metadata key and value of each clause."""
    clauses: list[tuple[str, str | None, str]] = []
    text, position = query.strip(), 0
    while True:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise _unreadable()
        clauses.append(_checked(match))
        position = match.end()
        if position == len(text):
            return clauses
        if _OR.match(text, position):
            raise _unsupported("joining clauses by OR")
        joint = _AND.match(text, position)
        if joint is None:
            raise _unreadable()
        position = joint.end()


def _checked(match: re.Match[str]) -> tuple[str, str | None, str]:
    field, key, operator = match["field"], match["key"], match["operator"]
    if field not in _FIELDS and (field != "metadata" or key is None):
        raise InvalidParameterError(
            f"Field `{field}` is an unsupported search field for resource `customers`. See "
            "https://stripe.com/docs/search#query-fields-for-customers for a list of supported "
            f"fields; the sandbox supports {', '.join(_FIELDS)} and metadata['key'].",
            param="query",
        )
    if field in _FIELDS and key is not None:
        raise _unreadable()
    if match["minus"]:
        raise _unsupported("negation")
    if operator != ":":
        raise _unsupported(f"the operator `{operator}`")
    return field, None if key is None else _unquoted(key), _unquoted(match["value"])


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text[0] in "'\"" else text


def _unreadable() -> InvalidParameterError:
    return InvalidParameterError(
        "We were unable to parse your search query. Try using the format "
        '`metadata["key"]:"value"` to query for metadata or key:"value" to query for other '
        "fields.",
        param="query",
    )


def _unsupported(what: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"The sandbox does not support {what} in search queries: use exact matches joined by AND.",
        param="query",
    )
