"""GraphiQL shows these texts everywhere, so everything has one."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.schema import schema


def list_described() -> Iterator[tuple[str, str | None]]:
    """Every name in the schema with its description."""
    for name, type_ in build_schema(schema.as_str()).type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        match type_:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for field_name, field in type_.fields.items():
                    yield f"{name}.{field_name}", field.description
                    for argument_name, argument in field.args.items():
                        yield f"{name}.{field_name}({argument_name})", argument.description
            case GraphQLInputObjectType():
                for field_name, input_field in type_.fields.items():
                    yield f"{name}.{field_name}", input_field.description
            case GraphQLEnumType():
                for value_name, value in type_.values.items():
                    yield f"{name}.{value_name}", value.description


def test_everything_is_described():
    described = dict(list_described())
    assert len(described) > 300
    assert [name for name, text in described.items() if not (text or "").strip()] == []


def test_no_description_is_a_librarys_own():
    """The descriptions of Strawberry's Relay types say nothing about this site."""
    texts = {name: text or "" for name, text in list_described()}
    assert [name for name, text in texts.items() if "Globally Unique" in text] == []
    assert [name for name, text in texts.items() if "paginating" in text] == []


@pytest.mark.parametrize(
    "name",
    [
        "Node.id",
        "Edge.cursor",
        "TimeRange",
        "AmountRange",
        "AmountRange.minimum",
        "PaymentIntentFilter.status",
        "CreatePaymentIntentInput.amount",
        "CreatePaymentIntentInput.idempotencyKey",
        "CreateRefundInput.amount",
        "Query.node",
        "Decimal",
    ],
)
def test_what_has_a_form_of_its_own_is_shown_by_an_example(name):
    texts = dict(list_described())
    text = texts.get(name) or texts[f"PaymentIntent{name}"]
    assert "`" in text or '"' in text
