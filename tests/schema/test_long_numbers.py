"""A number as long as a request may be is refused before any arithmetic."""

import json

import pytest
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    parse_value,
)

from schema.schema import schema

DIGITS = "9" * 62_000
PAYMENTS = "{{ paymentIntents({arguments}) {{ totalCount }} }}"
FILTERED = "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }"


@pytest.mark.parametrize(
    "arguments",
    [
        f'filter: {{amount: {{currency: "USD", minimum: {DIGITS}}}}}',
        f'filter: {{amount: {{currency: "USD", minimum: {DIGITS[:30_000]}.{DIGITS[:30_000]}}}}}',
        f'filter: {{amount: {{currency: "USD", minimum: 1e{DIGITS}}}}}',
        f"first: {DIGITS}",
        f"first: -{DIGITS}",
        f"filter: {{bookingId: {DIGITS}}}",
    ],
    ids=["decimal", "fraction", "exponent", "int", "negative", "id"],
)
def test_a_document_with_a_long_number_is_refused(as_alice, arguments):
    error = as_alice.ask_for_error(PAYMENTS.format(arguments=arguments))
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert (error["extensions"]["limit"], error["extensions"]["maximum"]) == ("number", 64)


@pytest.mark.parametrize(
    "value", [DIGITS, f"0.{DIGITS}", f"1e{DIGITS}", f"1e-{DIGITS}"], ids=lambda text: text[:4]
)
def test_a_text_with_a_long_number_is_refused_as_a_literal_and_as_a_variable(as_alice, value):
    amount = {"currency": "USD", "minimum": value}
    literal = PAYMENTS.format(
        arguments=f'filter: {{amount: {{currency: "USD", minimum: "{value}"}}}}'
    )
    errors = [
        as_alice.ask_for_error(literal),
        as_alice.ask_for_error(FILTERED, f={"amount": amount}),
    ]
    for error in errors:
        assert "Expected at most 64 characters, got 62" in error["message"]


@pytest.mark.parametrize("number", [DIGITS, f"0.{DIGITS}", f"1e-{DIGITS}"], ids=lambda n: n[:4])
def test_a_long_number_of_the_json_is_no_longer_than_a_float(as_alice, number):
    variables = f'{{"f": {{"amount": {{"currency": "USD", "minimum": {number}}}}}}}'
    body = f'{{"query": {json.dumps(FILTERED)}, "variables": {variables}}}'
    response = as_alice.http.post(
        "/graphql/",
        body,
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code in (200, 400)
    assert "INTERNAL" not in response.content.decode()


def test_a_moment_and_a_cursor_and_an_id_that_are_long_are_refused(as_alice):
    long_moment = f"2034-05-01T00:00:00.{DIGITS}Z"
    moment = as_alice.ask_for_error(FILTERED, f={"createdAt": {"since": long_moment}})
    assert "Expected at most 64 characters" in moment["message"]
    cursor = as_alice.ask_for_error(PAYMENTS.format(arguments=f'after: "{DIGITS}"'))
    assert "`after` is not a cursor of this list." in cursor["message"]
    assert as_alice.ask(f'{{ node(id: "{DIGITS}") {{ id }} }}') == {"node": None}


def test_every_scalar_refuses_a_long_number_or_leaves_it_a_text():
    """A new scalar must say what it does with such a number."""
    scalars = find_scalars_of_inputs()
    assert set(scalars) == {"Boolean", "DateTime", "Decimal", "ID", "Int", "String"}
    for name, scalar in scalars.items():
        for node in (parse_value(DIGITS[:65]), parse_value(f'"{DIGITS}"')):
            try:
                parsed = scalar.parse_literal(node)
            except GraphQLError:
                continue
            assert name in ("ID", "String")
            assert type(parsed) is str


def find_scalars_of_inputs():
    """By name, wherever the schema accepts them."""
    found = {}
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            given = list(type_.fields.values())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            given = [one for field in type_.fields.values() for one in field.args.values()]
        else:
            continue
        for one in given:
            named = get_named_type(one.type)
            if isinstance(named, GraphQLScalarType):
                found[named.name] = named
    return found
