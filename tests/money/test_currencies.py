"""The currencies are Stripe's, with its exponents and minimums."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_graphql import money
from payments_graphql.errors import ErrorCode, ValidationError
from tests.money.charges import CHARGEABLE, MINIMUMS, get_exponent


def test_the_currencies_are_those_that_stripe_charges() -> None:
    assert sorted(CHARGEABLE) == sorted(money.CURRENCIES)
    assert [currency.code for currency in money.list_currencies()] == sorted(CHARGEABLE)


@pytest.mark.parametrize("currency", CHARGEABLE)
def test_exponents_and_minimums_are_stripes(currency: str) -> None:
    assert money.get_exponent(currency) == get_exponent(currency)
    minimum = money.get_minimum(currency)
    assert (None if minimum is None else str(minimum)) == MINIMUMS.get(currency)


@pytest.mark.parametrize("currency", CHARGEABLE)
def test_a_currency_is_known_in_any_case(currency: str) -> None:
    assert money.normalize_currency(currency.lower()) == currency
    assert money.normalize_currency(f" {currency.title()} ") == currency


@given(st.text() | st.integers() | st.none() | st.binary() | st.lists(st.text()))
@example("")
@example("XXX")
@example("US")
@example("USDD")
@example("U\u017fD")  # a long s, whose upper case is S
@example("\ud800")
@example("x" * 10**5)
def test_anything_else_is_no_currency(code: Any) -> None:
    if isinstance(code, str) and code.strip().upper() in CHARGEABLE and code.isascii():
        return
    with pytest.raises(ValidationError) as caught:
        money.normalize_currency(code)
    assert caught.value.code == ErrorCode.CURRENCY_UNSUPPORTED
    assert caught.value.path == ("currency",)
    assert len(caught.value.message) < 200
    caught.value.message.encode()


def test_the_list_of_currencies_says_of_each_what_the_functions_say() -> None:
    listed = {one.code: (one.exponent, one.minimum) for one in money.list_currencies()}
    assert listed["JPY"] == (0, Decimal(50))
    assert listed["USD"] == (2, Decimal("0.50"))
    assert listed["KWD"] == (3, None)
    assert listed == {
        code: (money.get_exponent(code), money.get_minimum(code)) for code in CHARGEABLE
    }
