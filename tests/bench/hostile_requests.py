"""Requests of up to 64 KB that cost a GraphQL server as much as possible."""

import json
from collections.abc import Iterator
from typing import Any

LARGEST = 65_536
"""The default maximum of a request in bytes. A document may have 2000 tokens."""

LONG = "long " * 10
FIELDS = (
    "id stripePaymentIntentId livemode version status amount amountReceived amountCapturable "
    "amountRefunded amountRefundable currency description captureMethod captureBefore receiptEmail "
    "receiptUrl createdAt updatedAt __typename"
).split()
OTHER_FIELDS = """metadata { key value } disputes { id }
    paymentMethod { id brand last4 expMonth expYear isExpired isDefault }
    refunds { id stripeRefundId livemode status amount currency description reason createdAt }"""

type Body = dict[str, Any]


def make_refused() -> Iterator[tuple[str, Body]]:
    """Every known attack, in the largest allowed request."""
    yield "tokens", {"query": "{ " + fill("__typename ") + "}"}
    yield "one field, as often as tokens allow", {"query": "{ " + "__typename " * 1990 + "}"}
    yield "aliases", {"query": "{ " + "a: __typename " * 660 + "}"}
    yield (
        "aliases of one name that differ",
        {
            "query": "{ "
            + "".join(f"a: bookings(first: {n}) {{ totalCount }} " for n in range(180))
            + "}"
        },
    )
    yield "fields within one another", {"query": "{ a " * 950 + "} " * 950}
    yield (
        "fields within one another, as deep as can be parsed",
        {"query": "{ bookings " * 199 + "{ totalCount " + "} " * 200},
    )
    yield "fields that overlap at each level", {"query": make_overlapping(width=2, depth=8)}
    yield "fragments that spread the next twice", {"query": make_doubling_fragments(195)}
    yield "fragments that spread all others", {"query": make_dense_fragments(38)}
    yield "fragments in a circle", {"query": make_circle(245)}
    yield (
        "fragments that nobody spreads",
        {
            "query": "{ __typename } "
            + "".join(
                f"fragment F{n} on Query {{ a: bookings {{ totalCount }} }} " for n in range(150)
            )
        },
    )
    yield "fragments in a long chain", {"query": make_chain(245)}
    yield "directives in one place", {"query": "{ __typename " + "@a " * 980 + "}"}
    yield (
        "directives, five in each place",
        {"query": "{ " + ("__typename " + "@a " * 5) * 180 + "}"},
    )
    yield (
        "unknown fields",
        {"query": "{ " + "".join(f"paymentIntent{n} " for n in range(990)) + "}"},
    )
    yield "one unknown field with a long name", {"query": "{ " + fill("a") + " }"}
    yield (
        "unknown arguments",
        {
            "query": "{ bookings("
            + "".join(f"firs{n}: 1 " for n in range(655))
            + ") { totalCount } }"
        },
    )
    yield "unknown variables", {"query": "{ bookings(" + "first: $a " * 490 + ") { totalCount } }"}
    yield (
        "variables that nobody uses",
        {"query": "query(" + "".join(f"$v{n}: Int " for n in range(490)) + ") { __typename }"},
    )
    yield "operations", {"query": "".join(f"query A{n} {{ __typename }} " for n in range(398))}
    yield (
        "lists within one another, in the document",
        {"query": "{ bookings(first: " + "[" * 990 + "]" * 990 + ") { totalCount } }"},
    )
    yield (
        "a long list in the document",
        {"query": "{ bookings(first: [" + "1 " * 1980 + "]) { totalCount } }"},
    )
    yield (
        "an object of many fields in the document",
        {
            "query": "{ paymentIntents(filter: {"
            + "".join(f"a{n}: 1 " for n in range(655))
            + "}) { totalCount } }"
        },
    )
    yield (
        "an object of many long texts in the document",
        {
            "query": "{ paymentIntents(filter: {"
            + "".join(f'a{n}: "{LONG}" ' for n in range(655))
            + "}) { totalCount } }"
        },
    )
    yield (
        "objects within one another in the document",
        {
            "query": "{ paymentIntents(filter: "
            + "{a: " * 190
            + "1"
            + "}" * 190
            + ") { totalCount } }"
        },
    )
    yield (
        "a list of objects in the document",
        {
            "query": "{ paymentIntents(filter: {status: ["
            + f'{{a: "{LONG}"}} ' * 390
            + "]}) { totalCount } }"
        },
    )
    yield (
        "a long text in the document",
        {"query": '{ bookings(first: "' + fill("a") + '") { totalCount } }'},
    )
    yield (
        "a long block of text in the document",
        {"query": '{ bookings(first: """' + fill(" \\n") + '""") { totalCount } }'},
    )
    yield "comments", {"query": fill("#\n") + "{ __typename }"}
    yield "nothing but blanks", {"query": fill(" ")}
    yield (
        "variables of a wrong kind",
        {
            "query": "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }",
            "variables": {"f": {"status": ["x"] * 12_000}},
        },
    )
    yield (
        "unknown fields of a variable",
        {
            "query": "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }",
            "variables": {"f": {f"statu{n}": 1 for n in range(3900)}},
        },
    )
    yield (
        "variables within one another",
        {
            "query": "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }",
            "variables": {"f": nest_lists(900)},
        },
    )
    yield "cost", {"query": make_repeated(22, first=100)}


def make_passed() -> Iterator[tuple[str, Body]]:
    """At the limits, without signing in: parsing and validation take the time."""
    yield "fields, as many as are allowed", {"query": make_repeated(22)}
    yield (
        "aliases, as many as are allowed",
        {
            "query": "{ "
            + "".join(f"a{n}: bookings {{ edges {{ cursor }} }} " for n in range(30))
            + "}"
        },
    )
    yield (
        "errors, as many as aliases allow",
        {
            "query": "{ "
            + "".join(f'a{n}: paymentIntent(by: {{id: "x"}}) {{ id }} ' for n in range(30))
            + "}"
        },
    )
    yield (
        "a text of 64 KB as a variable that nobody uses",
        {
            "query": "{ __typename }",
            "variables": {"a": fill("a")},
        },
    )
    yield (
        "a list of 64 KB as a variable that nobody uses",
        {
            "query": "{ __typename }",
            "variables": {"a": [1] * 21_000},
        },
    )


def make_dear() -> Iterator[tuple[str, Body]]:
    """At the limits, for a customer with many payments."""
    yield "all of 100 payments", {"query": make_payments(100)}
    yield "4 payments with all fields 22 times", {"query": make_repeated(22, first=4)}
    yield (
        "14 payments, 30 times",
        {
            "query": "{ "
            + "".join(
                f"a{n}: paymentIntents(first: 14) {{ edges {{ node {{ ...F }} }} }} "
                for n in range(30)
            )
            + f"}} fragment F on PaymentIntent {{ {' '.join(FIELDS[:19])} }}"
        },
    )
    yield (
        "19 counts",
        {
            "query": "{ "
            + "".join(f"a{n}: paymentIntents {{ totalCount }} " for n in range(19))
            + "}"
        },
    )


def make_suggested() -> Iterator[tuple[str, Body]]:
    """With suggestions on: each name is compared with all names of the schema there."""
    yield (
        "unknown fields, each with a suggestion",
        {"query": f"{{ {misspell('paymentIntent{}')} }}"},
    )
    yield (
        "unknown types, each with a suggestion",
        {"query": "{ " + misspell("... on PaymentInten{0} {{ x{0} }}", 325) + " }"},
    )
    yield (
        "unknown arguments, each with a suggestion",
        {"query": "{ bookings(" + misspell("firs{}: 1", 655) + ") { totalCount } }"},
    )
    yield (
        "unknown fields of a variable, each with a suggestion",
        {
            "query": "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }",
            "variables": {"f": {f"statu{n}": 1 for n in range(3900)}},
        },
    )
    yield (
        "unknown values of a variable, each with a suggestion",
        {
            "query": "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }",
            "variables": {"f": {"status": ["REQUIRES_PAYMENT"] * 3000}},
        },
    )


def make_introspection() -> Iterator[tuple[str, Body, bool]]:
    """With introspection on."""
    from graphql import get_introspection_query

    yield "the whole schema", {"query": get_introspection_query()}, False
    fields = "fields { type { " * 10 + "name " + "} } " * 10
    yield "types of fields of types", {"query": f"{{ __schema {{ types {{ {fields} }} }} }}"}, True
    whole = "a{}: __schema {{ types {{ fields {{ args {{ name }} }} }} }} "
    yield (
        "the schema under many names",
        {"query": "{ " + "".join(whole.format(n) for n in range(30)) + "}"},
        True,
    )


def fill(text: str) -> str:
    """As often as it fits into a request, as JSON."""
    return text * ((LARGEST - 200) // (len(json.dumps(text)) - 2))


def misspell(pattern: str, count: int = 990) -> str:
    return " ".join(pattern.format(number) for number in range(count))


def make_overlapping(width: int, depth: int) -> str:
    below = "totalCount"
    for _ in range(depth):
        below = " ".join([f"bookings {{ {below} }}"] * width)
    return f"{{ {below} }}"


def make_doubling_fragments(count: int) -> str:
    fragments = "".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(count)
    )
    return f"{{ ...F0 }} {fragments} fragment F{count} on Query {{ __typename }}"


def make_dense_fragments(count: int) -> str:
    fragments = "".join(
        f"fragment F{n} on Query {{ __typename "
        + "".join(f"...F{other} " for other in range(n + 1, count))
        + "} "
        for n in range(count)
    )
    return f"{{ ...F0 }} {fragments}"


def make_circle(count: int) -> str:
    fragments = "".join(
        f"fragment F{n} on Query {{ ...F{(n + 1) % count} }} " for n in range(count)
    )
    return f"{{ ...F0 }} {fragments}"


def make_chain(count: int) -> str:
    fragments = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(count))
    return f"{{ ...F0 }} {fragments} fragment F{count} on Query {{ __typename }}"


def make_payments(first: int) -> str:
    fields = f"{' '.join(FIELDS)} {OTHER_FIELDS}"
    return f"{{ paymentIntents(first: {first}) {{ edges {{ cursor node {{ {fields} }} }} }} }}"


def make_repeated(times: int, first: int = 1) -> str:
    """All fields of a payment, through a fragment that is spread several times."""
    return (
        f"{{ paymentIntents(first: {first}) {{ edges {{ node {{ {'...F ' * times} }} }} }} }} "
        f"fragment F on PaymentIntent {{ {' '.join(FIELDS)} {OTHER_FIELDS} }}"
    )


def nest_lists(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value
