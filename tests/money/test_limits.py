"""The smallest, the largest and the longest amounts, and what a refusal says."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from payments_graphql import money
from payments_graphql.errors import AmountError, ErrorCode
from tests.money.charges import LARGEST, charges


@pytest.mark.parametrize(
    "amount",
    ["1" * 65, "0." + "1" * 64, Decimal("1" * 65), 10**5000, "9" * 10_000_000],
    ids=["text", "fraction", "decimal", "int", "ten million digits"],
)
def test_an_amount_with_many_digits_is_refused_before_it_is_computed_with(amount: Any) -> None:
    with pytest.raises(AmountError, match="at most 64 digits"):
        money.to_minor_units(amount, "USD")
    assert not money.is_decimal("9" * 65)


@pytest.mark.parametrize("amount", ["NaN", "0", "1e12", "1.001", "x", "1" * 65])
def test_an_amount_error_says_what_would_be_right(amount: str) -> None:
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(amount, "USD")
    error = caught.value
    assert (error.path, error.currency) == (("amount",), "USD")
    assert (error.minimum, error.maximum) == (Decimal("0.50"), Decimal("9999999999.99"))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1." + "1" * 38, "1." + "1" * 38 + "."),
        ("1." + "1" * 39, "1." + "1" * 38 + "\u2026."),
    ],
)
def test_a_long_amount_is_shown_by_its_beginning(amount: str, shown: str) -> None:
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(amount, "USD")
    assert shown in caught.value.message


def test_the_largest_amount_is_taken_and_the_next_is_not() -> None:
    assert money.to_minor_units("9999999999.99", "USD") == LARGEST
    with pytest.raises(AmountError) as caught:
        money.to_minor_units("10000000000.00", "USD")
    assert caught.value.code == ErrorCode.AMOUNT_TOO_LARGE


def test_an_int_of_as_many_digits_as_are_read_is_too_large_and_not_too_long() -> None:
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(10**57, "USD")
    assert caught.value.code == ErrorCode.AMOUNT_TOO_LARGE


@given(charges())
def test_minor_units_that_can_be_charged_pass(charge: tuple[str, int]) -> None:
    currency, minor_units = charge
    money.check_minor_units(minor_units, currency)


@pytest.mark.parametrize(
    ("minor_units", "currency"),
    [(0, "USD"), (-1, "USD"), (LARGEST + 1, "USD"), (1234, "ISK"), (1231, "KWD")],
)
def test_minor_units_that_cannot_be_charged_are_refused(minor_units: int, currency: str) -> None:
    with pytest.raises(AmountError):
        money.check_minor_units(minor_units, currency)


@pytest.mark.parametrize("minor_units", [True, "9999", 99.99, Decimal(9999), None])
def test_minor_units_are_a_whole_number(minor_units: Any) -> None:
    with pytest.raises(AmountError, match="whole number of minor units"):
        money.check_minor_units(minor_units, "USD")


@pytest.mark.parametrize(
    "amount", ["1" + "." + "0" * 62, Decimal("1" + "." + "0" * 63), "0" * 62 + "10"]
)
def test_64_digits_are_still_read(amount: Any) -> None:
    assert len(str(amount).replace(".", "")) in {63, 64}
    assert money.to_minor_units(amount, "USD") in {100, 1000}
    assert money.is_decimal("9" * 64)


@pytest.mark.parametrize("bits", [192, 193])
def test_an_int_is_read_as_long_as_it_has_64_octal_digits(bits: int) -> None:
    expected = "at most 9999999999.99" if bits == 192 else "at most 64 digits"
    with pytest.raises(AmountError, match=expected):
        money.to_minor_units(2 ** (bits - 1), "USD")
