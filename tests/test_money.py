"""Amounts are exact, both ways, for every currency; what cannot be exact is refused."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_graphql import money
from payments_graphql.errors import AmountError, ErrorCode, ValidationError

# From Stripe's list, written down a second time: https://docs.stripe.com/currencies
CHARGEABLE = (
    "USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD "
    "GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD "
    "SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR "
    "ZMW"
).split()
ZERO_DECIMAL = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
THREE_DECIMAL = "BHD JOD KWD OMR TND".split()
WHOLE_UNITS_ONLY = "ISK UGX".split()
MINIMUMS = {
    "USD": "0.50", "AED": "2.00", "AUD": "0.50", "BRL": "0.50", "CAD": "0.50", "CHF": "0.50",
    "CZK": "15.00", "DKK": "2.50", "EUR": "0.50", "GBP": "0.30", "HKD": "4.00", "HUF": "175.00",
    "INR": "0.50", "JPY": "50", "MXN": "10.00", "MYR": "2.00", "NOK": "3.00", "NZD": "0.50",
    "PLN": "2.00", "RON": "2.00", "SEK": "3.00", "SGD": "0.50", "THB": "10.00",
}  # fmt: skip
LARGEST = 999_999_999_999

currencies = st.sampled_from(CHARGEABLE)


def _exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def _step(currency: str) -> int:
    return 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1


@st.composite
def _charges(draw: Any) -> tuple[str, int]:
    """A currency and minor units that Stripe takes in it."""
    currency = draw(currencies)
    step = _step(currency)
    return currency, draw(st.integers(min_value=1, max_value=LARGEST // step)) * step


def test_the_currencies_are_those_that_stripe_charges() -> None:
    assert sorted(CHARGEABLE) == sorted(money.CURRENCIES)
    assert [currency.code for currency in money.list_currencies()] == sorted(CHARGEABLE)


@pytest.mark.parametrize("currency", CHARGEABLE)
def test_exponents_and_minimums_are_stripes(currency: str) -> None:
    assert money.get_exponent(currency) == _exponent(currency)
    minimum = money.get_minimum(currency)
    assert (None if minimum is None else str(minimum)) == MINIMUMS.get(currency)


@given(_charges())
def test_there_and_back_is_exact(charge: tuple[str, int]) -> None:
    currency, minor = charge
    amount = money.to_decimal(minor, currency)
    assert Fraction(amount) == Fraction(minor, 10 ** _exponent(currency))
    assert money.to_minor_units(amount, currency) == minor
    assert money.to_minor_units(str(amount), currency) == minor
    assert money.to_minor_units(f"{amount:E}", currency) == minor
    assert amount.as_tuple().exponent == -_exponent(currency)
    assert money.format_amount(minor, currency) == f"{amount:f} {currency}"


@given(_charges())
def test_every_currency_is_exact_in_anybodys_decimal_context(charge: tuple[str, int]) -> None:
    currency, minor = charge
    with localcontext(prec=3):
        assert money.to_minor_units(money.to_decimal(minor, currency), currency) == minor


@given(_charges(), st.integers(min_value=0, max_value=20))
def test_zeros_at_the_end_change_nothing(charge: tuple[str, int], zeros: int) -> None:
    currency, minor = charge
    text = f"{money.to_decimal(minor, currency):f}"
    padded = f"00{text}{'' if '.' in text else '.'}{'0' * zeros}"
    assert money.to_minor_units(padded, currency) == minor


@given(_charges())
def test_a_float_means_its_shortest_form(charge: tuple[str, int]) -> None:
    currency, minor = charge
    amount = money.to_decimal(minor, currency)
    # Up to 15 digits a float holds what was written.
    assert money.to_minor_units(float(amount), currency) == minor


@given(currencies, st.integers(min_value=1, max_value=10**9))
def test_whole_numbers_are_whole_units(currency: str, units: int) -> None:
    if units * 10 ** _exponent(currency) <= LARGEST:
        assert money.to_minor_units(units, currency) == units * 10 ** _exponent(currency)


@given(_charges(), st.integers(min_value=1, max_value=40), st.integers(min_value=1, max_value=9))
@example(("USD", 1099), 1, 9)
@example(("JPY", 10), 1, 5)
@example(("KWD", 1230), 1, 1)
@example(("ISK", 100), 1, 1)
def test_what_is_between_two_steps_is_refused_and_never_rounded(
    charge: tuple[str, int], places: int, digit: int
) -> None:
    currency, minor = charge
    step = Fraction(_step(currency), 10 ** _exponent(currency))
    extra = Decimal(digit).scaleb(-_exponent(currency) - places + _step_places(currency))
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
    return {1: 0, 10: 1, 100: 2}[_step(currency)]


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
        assert minor % _step(currency) == 0
        meant = Fraction(Decimal(str(amount)))
        assert meant * 10 ** _exponent(currency) == minor


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


@pytest.mark.parametrize(
    "amount",
    ["1" * 65, "0." + "1" * 64, Decimal("1" * 65), 10**5000, "9" * 10_000_000],
    ids=["text", "fraction", "decimal", "int", "ten million digits"],
)
def test_an_amount_with_many_digits_is_refused_before_it_is_computed_with(amount: Any) -> None:
    with pytest.raises(AmountError, match="at most 64 digits"):
        money.to_minor_units(amount, "USD")
    assert not money.is_decimal("9" * 65)


def test_the_list_of_currencies_says_of_each_what_the_functions_say() -> None:
    listed = {one.code: (one.exponent, one.minimum) for one in money.list_currencies()}
    assert listed["JPY"] == (0, Decimal(50))
    assert listed["USD"] == (2, Decimal("0.50"))
    assert listed["KWD"] == (3, None)
    assert listed == {
        code: (money.get_exponent(code), money.get_minimum(code)) for code in CHARGEABLE
    }


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
        ("1." + "1" * 38, "1." + "1" * 38 + " is"),
        ("1." + "1" * 39, "1." + "1" * 38 + "\u2026 is"),
    ],
)
def test_a_long_amount_is_shown_by_its_beginning(amount: str, shown: str) -> None:
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(amount, "USD")
    assert shown in caught.value.message


def test_what_only_looks_like_a_number_is_none() -> None:
    class Five:
        def __str__(self) -> str:
            return "5"

    for amount in (Five(), Fraction(5), True, None, b"5"):
        with pytest.raises(AmountError, match="must be a number"):
            money.to_minor_units(amount, "USD")  # type: ignore[arg-type]


def test_the_largest_amount_is_taken_and_the_next_is_not() -> None:
    assert money.to_minor_units("9999999999.99", "USD") == LARGEST
    with pytest.raises(AmountError) as caught:
        money.to_minor_units("10000000000.00", "USD")
    assert caught.value.code == ErrorCode.AMOUNT_TOO_LARGE


def test_an_int_of_as_many_digits_as_are_read_is_too_large_and_not_too_long() -> None:
    with pytest.raises(AmountError) as caught:
        money.to_minor_units(10**57, "USD")
    assert caught.value.code == ErrorCode.AMOUNT_TOO_LARGE


@given(_charges())
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
