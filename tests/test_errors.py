"""Errors are data: they can be stored and restored, whatever they contain."""

import json
from dataclasses import fields
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_graphql import errors
from payments_graphql.errors import AmountError, ErrorCode, PaymentError, TransactionOpenError

CLASSES = [*PaymentError.registry.values()]

# JSON has no lone surrogates, and PostgreSQL stores no NUL. Our messages contain neither.
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
values_by_type: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    bool: st.booleans(),
    ErrorCode: st.sampled_from(ErrorCode),
    tuple[str, ...]: st.lists(texts).map(tuple),
    Decimal | None: st.none() | st.decimals(allow_nan=False),
    int | None: st.none() | st.integers(),
}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(st.data())
def test_an_error_is_the_same_after_it_was_stored(cls: type[PaymentError], data: Any) -> None:
    hints = get_type_hints(cls)
    values = {
        field.name: data.draw(values_by_type[hints[field.name]], label=field.name)
        for field in fields(cls)
    }
    error = cls(**values)
    restored = PaymentError.from_json(json.loads(json.dumps(error.as_json())))
    assert type(restored) is cls
    assert {field.name: getattr(restored, field.name) for field in fields(cls)} == values
    for field in fields(cls):
        assert type(getattr(restored, field.name)) is type(values[field.name])


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_has_sensible_defaults(cls: type[PaymentError]) -> None:
    error = cls("It failed.")
    assert str(error) == "It failed."
    assert error.args == () or error.args == ("It failed.",)
    assert PaymentError.from_json(error.as_json()).as_json() == error.as_json()
    with pytest.raises(cls, match="It failed"):
        raise error


def test_every_error_of_ours_can_be_restored() -> None:
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, PaymentError)
    }
    assert defined == set(CLASSES)


def test_amounts_stay_exact() -> None:
    error = AmountError("Too much.", maximum=Decimal("9999999999.990"), currency="KWD")
    restored = PaymentError.from_json(error.as_json())
    assert isinstance(restored, AmountError)
    assert str(restored.maximum) == "9999999999.990"


def test_the_remedy_for_an_open_transaction_is_named() -> None:
    assert "transaction.on_commit" in str(TransactionOpenError())
    assert not isinstance(TransactionOpenError(), PaymentError), "a bug of the site's, not data"
