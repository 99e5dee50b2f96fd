"""Every GraphQL document of the pages is valid, and does what the page says."""

import json
import re
import uuid
from collections.abc import Iterator

import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from tests.schema.conftest import GraphQLClient

from .pages import ROOT, Block, list_blocks

DOCUMENTS = list_blocks("graphql")
IN_CODE = list_blocks("js", "jsx", "ts", "bash")
TEXT = re.compile(r"""([`"'])((?:query|mutation|subscription)[ ({][^`]*?\}|\{ [a-z][^`]*?\})\1""")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema/schema.graphql").read_text())


def _list_texts(block: Block) -> Iterator[str]:
    for found in TEXT.finditer(block.code):
        if "${" not in found[2]:
            yield found[2]


@pytest.mark.parametrize("block", DOCUMENTS, ids=str)
def test_a_document_is_valid(block: Block, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(block.code)) == []


@pytest.mark.parametrize("block", [one for one in IN_CODE if any(_list_texts(one))], ids=str)
def test_a_document_within_other_code_is_valid(block: Block, schema: GraphQLSchema) -> None:
    for text in _list_texts(block):
        assert validate(schema, parse(text)) == [], text


def _find_operation(block: Block) -> OperationDefinitionNode:
    [operation] = parse(block.code).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


EXECUTED = [one for one in DOCUMENTS if _find_operation(one).operation.value != "subscription"]
"""Subscriptions are in tests/schema/streams."""


@pytest.fixture
def variables(service, alice, booking, pay, global_id, settings):
    """By the names that all pages use."""
    settings.PAYMENTS_ALLOW_FREE_AMOUNT = True
    settings.PAYMENTS_OWNERS_MAY_REFUND = True
    paid = pay(alice, save_payment_method=True)
    open_intent = service.create_payment_intent(user=alice, amount="20", currency="USD")
    [method] = service.list_payment_methods(alice)
    return {
        "booking": global_id("Booking", booking.pk),
        "paid": global_id("PaymentIntent", paid.pk),
        "intent": global_id("PaymentIntent", open_intent["payment_intent"].pk),
        "method": global_id("PaymentMethod", method.pk),
        "key": str(uuid.uuid4()),
        "count": 10,
        "after": None,
    }


@pytest.mark.parametrize("block", EXECUTED, ids=str)
def test_a_document_does_what_the_page_says(
    block: Block, sandbox: object, as_alice: GraphQLClient, variables: dict[str, object]
) -> None:
    operation = _find_operation(block)
    asked = {one.variable.name.value for one in operation.variable_definitions or ()}
    data = as_alice.ask(block.code, **{name: variables[name] for name in asked})

    if operation.operation.value == "mutation":
        [field] = operation.selection_set.selections
        assert isinstance(field, FieldNode)
        codes = [error["code"] for error in data[field.name.value]["errors"]]
        assert codes == ["CARD_DECLINED"] * ("chargeDeclined" in block.code)
    else:
        assert any(value is not None for value in data.values()) or "operation" in data


def test_the_answer_in_the_readme_is_the_one_that_comes(
    sandbox: object, as_alice: GraphQLClient, variables: object
) -> None:
    [document, answer] = [one for one in list_blocks("graphql", "json") if one.page == "README.md"]
    shown = json.loads(answer.code)["data"]["createPaymentIntent"]
    came = as_alice.ask(document.code)["createPaymentIntent"]

    assert list(shown) == list(came)
    assert list(shown["paymentIntent"]) == list(came["paymentIntent"])
    for name in ("status", "amount", "currency"):
        assert shown["paymentIntent"][name] == came["paymentIntent"][name]
