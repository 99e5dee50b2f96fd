"""Money crosses the API as `Decimal`: a string or a JSON number in, a string out, never a float."""

from decimal import Decimal, InvalidOperation

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode

from payments_graphql.money import is_decimal

_EXPECTED = 'Expected a number, or a string with one, such as "99.99".'


def parse_value(value: object) -> Decimal:
    """From a variable. A float is taken by its shortest decimal form: 99.99 means 99.99.

    NaN, infinities and "1e400" pass: the service refuses them, as an error in the payload.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(_EXPECTED)
    return _parse(str(value))


def parse_literal(node: ValueNode, variables: object = None) -> Decimal:
    """From the document, by its text, so that 10.10 keeps its digits."""
    if not isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
        raise GraphQLError(_EXPECTED, nodes=node)
    return _parse(node.value)


def _parse(text: str) -> Decimal:
    try:
        if not is_decimal(text):
            raise InvalidOperation
        return Decimal(text)
    except (InvalidOperation, ValueError):
        raise GraphQLError(_EXPECTED) from None


DECIMAL = strawberry.scalar(
    name="Decimal",
    description=(
        'An exact decimal number. Amounts are in the major unit of their currency: "99.99" is '
        "99 dollars and 99 cents. Given as a string or a number, returned as a string."
    ),
    serialize=lambda value: f"{value:f}",
    parse_value=parse_value,
    parse_literal=parse_literal,
)
