"""Amounts are exact in both directions for every currency. What cannot be exact is refused."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_graphql import money
from payments_graphql.errors import AmountError, ErrorCode
from tests.money.charges import LARGEST, charges, currencies, get_exponent, get_step


@given(charges())
def test_there_and_back_is_exact(charge: tuple[str, int]) -> None:
    currency, minor = charge
    amount = money.to_decimal(minor, currency)
    assert Fraction(amount) == Fraction(minor, 10 ** get_exponent(currency))
    assert money.to_minor_units(amount, currency) == minor
    assert money.to_minor_units(str(amount), currency) == minor
    assert money.to_minor_units(f"{amount:E}", currency) == minor
    assert amount.as_tuple().exponent == -get_exponent(currency)
    assert money.format_amount(minor, currency) == f"{amount:f} {currency}"


@given(charges())
def test_every_currency_is_exact_in_anybodys_decimal_context(charge: tuple[str, int]) -> None:
    currency, minor = charge
    with localcontext(prec=3):
        assert money.to_minor_units(money.to_decimal(minor, currency), currency) == minor


@given(charges(), st.integers(min_value=0, max_value=20))
def test_zeros_at_the_end_change_nothing(charge: tuple[str, int], zeros: int) -> None:
    currency, minor = charge
    text = f"{money.to_decimal(minor, currency):f}"
    padded = f"00{text}{'' if '.' in text else '.'}{'0' * zeros}"
    assert money.to_minor_units(padded, currency) == minor


@given(charges())
def test_a_float_means_its_shortest_form(charge: tuple[str, int]) -> None:
    currency, minor = charge
    amount = money.to_decimal(minor, currency)
    # A float is exact up to 15 digits.
    assert money.to_minor_units(float(amount), currency) == minor


@given(currencies, st.integers(min_value=1, max_value=10**9))
def test_whole_numbers_are_whole_units(currency: str, units: int) -> None:
    if units * 10 ** get_exponent(currency) <= LARGEST:
        assert money.to_minor_units(units, currency) == units * 10 ** get_exponent(currency)


@given(charges(), st.integers(min_value=1, max_value=40), st.integers(min_value=1, max_value=9))
@example(("USD", 1099), 1, 9)
@example(("JPY", 10), 1, 5)
@example(("KWD", 1230), 1, 1)
@example(("ISK", 100), 1, 1)
def test_what_is_between_two_steps_is_refused_and_never_rounded(
    charge: tuple[str, int], places: int, digit: int
) -> None:
    currency, minor = charge
    step = Fraction(get_step(currency), 10 ** get_exponent(currency))
    extra = Decimal(digit).scaleb(-get_exponent(currency) - places + _step_places(currency))
    with localcontext(prec=80):
        amount = money.to_decimal(minor, currency) + extra
    if Fraction(amount) % step == 0 or amount > money.to_decimal(LARGEST, currency):
        return
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(amount, currency)
    assert caught.value.code == ErrorCode.AMOUNT_PRECISION
    assert caught.value.path == ("amount",)
    assert currency in caught.value.message


def _step_places(currency: str) -> int:
    return {1: 0, 10: 1, 100: 2}[get_step(currency)]


anything = (
    st.text()
    | st.text("0123456789.,eE+-_ ")
    | st.floats()
    | st.decimals()
    | st.integers()
    | st.booleans()
    | st.none()
    | st.binary()
    | st.lists(st.integers())
    | st.complex_numbers()
    | st.builds(
        lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
        st.sampled_from([0, 1]),
        st.lists(st.integers(0, 9), min_size=1, max_size=70).map(tuple),
        st.integers(-(10**6), 10**6),
    )
)


@given(anything, currencies)
@example("NaN", "USD")
@example("sNaN", "USD")
@example(Decimal("sNaN"), "USD")
@example(Decimal("-Infinity"), "USD")
@example("1e400", "USD")
@example("1e-400", "USD")
@example("1e999999999999999999", "USD")
@example("1e-999999999999999999", "USD")
@example(Decimal("1e-999999999999999999"), "JPY")
@example(Decimal("1." + "0" * 80 + "1"), "USD")
@example(10**5000, "USD")
@example("1_000", "USD")
@example("٣", "USD")
@example("1\x00", "USD")
@example("", "USD")
@example(-0.0, "USD")
@example("9" * 10**5, "USD")
@example("0." + "9" * 10**5, "USD")
def test_whatever_comes_is_exact_or_an_amount_error(amount: Any, currency: str) -> None:
    refusal = minor = None
    try:
        minor = money.to_minor_units(amount, currency)
    except AmountError as error:
        refusal = error
    if refusal is not None:
        assert refusal.path == ("amount",)
        assert refusal.currency == currency
        assert refusal.maximum == money.to_decimal(LARGEST, currency)
        assert len(refusal.message) < 200
    else:
        assert type(minor) is int
        assert 0 < minor <= LARGEST
        assert minor % get_step(currency) == 0
        meant = Fraction(Decimal(str(amount)))
        assert meant * 10 ** get_exponent(currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0", "USD", ErrorCode.AMOUNT_INVALID),
        ("-0", "USD", ErrorCode.AMOUNT_INVALID),
        ("-5", "USD", ErrorCode.AMOUNT_INVALID),
        ("NaN", "USD", ErrorCode.AMOUNT_INVALID),
        ("Infinity", "USD", ErrorCode.AMOUNT_INVALID),
        (float("inf"), "USD", ErrorCode.AMOUNT_INVALID),
        ("1,000", "USD", ErrorCode.AMOUNT_INVALID),
        (True, "USD", ErrorCode.AMOUNT_INVALID),
        (None, "USD", ErrorCode.AMOUNT_INVALID),
        ("1e400", "USD", ErrorCode.AMOUNT_TOO_LARGE),
        ("9999999999.99", "USD", None),
        ("10000000000", "USD", ErrorCode.AMOUNT_TOO_LARGE),
        ("999999999999", "JPY", None),
        ("1000000000000", "JPY", ErrorCode.AMOUNT_TOO_LARGE),
        ("10.999", "USD", ErrorCode.AMOUNT_PRECISION),
        ("10.5", "JPY", ErrorCode.AMOUNT_PRECISION),
        ("1.001", "KWD", ErrorCode.AMOUNT_PRECISION),
        ("1.010", "KWD", None),
        ("5.50", "ISK", ErrorCode.AMOUNT_PRECISION),
        ("5", "UGX", None),
        ("0.01", "USD", None),
        (0.1 + 0.2, "USD", ErrorCode.AMOUNT_PRECISION),
        (99.99, "USD", None),
    ],
)
def test_the_amounts_that_people_try(amount: Any, currency: str, code: ErrorCode | None) -> None:
    if code is None:
        assert money.to_minor_units(amount, currency) > 0
        return
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(amount, currency)
    assert caught.value.code == code


def test_what_only_looks_like_a_number_is_none() -> None:
    class Five:
        def __str__(self) -> str:
            return "5"

    for amount in (Five(), Fraction(5), True, None, b"5"):
        with pytest.raises(AmountError, match="must be a number"):
            money.to_minor_units(amount, "USD")
