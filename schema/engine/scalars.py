"""Money crosses the API as `Decimal`: a string or a JSON number in, a string out, never a float.

Note [Numbers have a bound]
A client can send a number as long as the request, and arithmetic takes time proportional to the
square of its digits, once for each alias. So each scalar here rejects a long text before parsing
it, and `limits` rejects a document with a long number. JSON's own numbers have at most 64 bits at
this point.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode

from payments_graphql.money import LONGEST_NUMBER, is_decimal

_EXPECTED = 'Expected a number or a numeric string, such as "99.99".'
_EXPECTED_MOMENT = 'Expected a date and time, such as "2034-05-01T00:00:00Z"'


def parse_value(value: object) -> Decimal:
    """Parses a variable. A float counts as its shortest decimal form: 99.99 means 99.99.

    NaN, infinities and "1e400" pass: the service rejects them, as an error in the payload.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(_EXPECTED)
    return _parse(str(value))


def parse_literal(node: ValueNode, variables: object = None) -> Decimal:
    """Parses a number in the document by its text, so that 10.10 keeps its digits."""
    if not isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
        raise GraphQLError(_EXPECTED, nodes=node)
    return _parse(node.value)


def parse_moment(value: object) -> datetime:
    """Parses ISO 8601, such as "2034-05-01T00:00:00Z"."""
    if not isinstance(value, str):
        raise GraphQLError(f"{_EXPECTED_MOMENT}.")
    refuse_long(value)
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError(f"{_EXPECTED_MOMENT}: {error}.") from None


def refuse_long(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise GraphQLError(f"Expected at most {LONGEST_NUMBER} characters, got {len(text)}.")


def _parse(text: str) -> Decimal:
    refuse_long(text)
    try:
        if not is_decimal(text):
            raise InvalidOperation
        return Decimal(text)
    except (InvalidOperation, ValueError):
        raise GraphQLError(_EXPECTED) from None


DECIMAL = strawberry.scalar(
    name="Decimal",
    description=(
        'An exact decimal number. Amounts are in the major unit of their currency: `"99.99"` is '
        "99 dollars and 99 cents. Accepts a string or a number and returns a string."
    ),
    serialize=lambda value: f"{value:f}",
    parse_value=parse_value,
    parse_literal=parse_literal,
)

DATE_TIME = strawberry.scalar(
    name="DateTime",
    description='A date and time with a time zone, in ISO 8601: `"2034-05-01T00:00:00+00:00"`.',
    serialize=datetime.isoformat,
    parse_value=parse_moment,
)
