"""Stripe's amounts: integers in the currency's minor unit, and exact `Decimal`s for people.

Stripe's list of exponents differs from ISO 4217 for MGA, ISK and UGX. Stripe's list is used, since
Stripe reads the number. https://docs.stripe.com/currencies
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from .errors import AmountError, ErrorCode, ValidationError

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)

CURRENCIES = frozenset(
    """
    USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP
    TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
    """.split()
)
_ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())

# An amount in minor units must be a multiple of this. Three-decimal amounts end in 0. ISK and UGX
# have two decimals in the API, although they have no smaller coins.
_STEP = dict.fromkeys(_THREE_DECIMAL, 10) | {"ISK": 100, "UGX": 100}

_DECIMAL = re.compile(
    r"[+-]?((\d++(\.\d*+)?|\.\d++)(e[+-]?\d++)?|inf(inity)?|s?nan)", re.ASCII | re.IGNORECASE
)

LONGEST_NUMBER = 64
"""The maximum length of a number, in characters. Arithmetic takes time proportional to the square
of the digits, and no amount or limit has so many."""

MAXIMUM_MINOR_UNITS = 999_999_999_999
"""Stripe accepts up to twelve digits for cards. Only Stripe knows which cards accept fewer."""

# In major units, to show to clients. The real minimum depends on the account's settlement currency,
# so only Stripe can check it (`amount_too_small`). https://docs.stripe.com/currencies
_MINIMUM_CHARGE = {
    "USD": "0.50", "AED": "2.00", "AUD": "0.50", "BRL": "0.50", "CAD": "0.50", "CHF": "0.50",
    "CZK": "15.00", "DKK": "2.50", "EUR": "0.50", "GBP": "0.30", "HKD": "4.00", "HUF": "175.00",
    "INR": "0.50", "JPY": "50", "MXN": "10", "MYR": "2", "NOK": "3.00", "NZD": "0.50",
    "PLN": "2.00", "RON": "2.00", "SEK": "3.00", "SGD": "0.50", "THB": "10",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Currency:
    """A supported currency: its code, its number of decimals, and the smallest charge if known."""

    code: str
    exponent: int
    minimum: Decimal | None


def normalize_currency(code: str) -> str:
    """Returns the upper-case code of a supported currency. Raises `ValidationError` for others."""
    # Only ASCII: the upper case of a long s would be S.
    normalized = code.strip().upper() if isinstance(code, str) and code.isascii() else ""
    if normalized not in CURRENCIES:
        raise ValidationError(
            _(
                "Currency must be a three-letter code that Stripe supports, such as USD or EUR, "
                "not %(code)s."
            )
            % {"code": repr(str(code)[:20])},
            code=ErrorCode.CURRENCY_UNSUPPORTED,
            path=("currency",),
        )
    return normalized


def get_exponent(currency: str) -> int:
    """The number of decimals of `currency`, whose code can be in upper or lower case."""
    currency = currency.upper()
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


def get_minimum(currency: str) -> Decimal | None:
    """The smallest charge in major units, to show to clients. None if Stripe publishes none."""
    minimum = _MINIMUM_CHARGE.get(currency.upper())
    return None if minimum is None else to_decimal(_scale(Decimal(minimum), currency), currency)


def list_currencies() -> list[Currency]:
    return [Currency(code, get_exponent(code), get_minimum(code)) for code in sorted(CURRENCIES)]


def to_minor_units(amount: Decimal | int | str | float, currency: str) -> int:
    """Converts `amount` in major units ("99.99") to Stripe's integer (9999), exactly.

    A float counts as its shortest decimal form, so 99.99 means 99.99. Raises `AmountError` unless
    the amount is a finite number greater than zero, with no more decimals than the currency, and
    within Stripe's limit.
    """
    number = _parse(amount, currency)
    if not number.is_finite():
        raise _amount_error(_("Amount must be a finite number."), currency)
    if number <= 0:
        raise _amount_error(_("Amount must be greater than zero."), currency)
    maximum = to_decimal(MAXIMUM_MINOR_UNITS, currency)
    if number > maximum:  # before scaling: "1e400" would have 400 digits
        raise _amount_error(
            _("Amount must be at most %(maximum)s %(currency)s.")
            % {"maximum": maximum, "currency": currency},
            currency,
            ErrorCode.AMOUNT_TOO_LARGE,
        )
    step = Decimal(_STEP.get(currency.upper(), 1)).scaleb(-get_exponent(currency), _EXACT)
    # So small that the remainder would underflow to zero.
    is_dust = number.adjusted() < -30
    if is_dust or _EXACT.remainder(number, step):
        raise _amount_error(
            _("Amount in %(currency)s must be a multiple of %(step)s, not %(number)s.")
            % {
                "currency": currency,
                "step": format(step.normalize(_EXACT), "f"),
                "number": _shortened(number),
            },
            currency,
            ErrorCode.AMOUNT_PRECISION,
        )
    return _scale(number, currency)


def check_minor_units(minor_units: int, currency: str) -> None:
    """Raises `AmountError` for an integer that `to_minor_units` could not return."""
    if isinstance(minor_units, bool) or not isinstance(minor_units, int):
        raise _amount_error(
            _('Amount must be a whole number of minor units, such as 9999 for "99.99".'), currency
        )
    to_minor_units(to_decimal(minor_units, currency), currency)


def to_decimal(minor_units: int, currency: str) -> Decimal:
    """Converts Stripe's integer (9999) to major units, with all decimals: `Decimal("99.99")`."""
    return Decimal(minor_units).scaleb(-get_exponent(currency), _EXACT)


def is_decimal(text: str) -> bool:
    """Whether the text is a number as people and JSON write it. Python also accepts 1_000, blanks
    and the digits of every script, which nobody uses for an amount."""
    return len(text) <= LONGEST_NUMBER and _DECIMAL.fullmatch(text) is not None


def format_amount(minor_units: int, currency: str) -> str:
    """For messages and the admin: "99.99 USD"."""
    return f"{to_decimal(minor_units, currency)} {currency}"


def _parse(amount: Decimal | int | str | float, currency: str) -> Decimal:
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str | float):
        raise _amount_error(_('Amount must be a number, such as "99.99".'), currency)
    if _is_long(amount):
        raise _amount_error(
            _("Amount must have at most %(most)s digits.") % {"most": LONGEST_NUMBER}, currency
        )
    if isinstance(amount, Decimal):
        return amount
    try:
        # str() returns the shortest form of a float, and the digits of an int.
        text = str(amount)
        if not is_decimal(text):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:  # also for an exponent that is too large for Decimal
        raise _amount_error(_('Amount must be a number, such as "99.99".'), currency) from None


def _is_long(amount: Decimal | int | str | float) -> bool:
    """Checks the length without arithmetic, which would be slow."""
    if isinstance(amount, str):
        return len(amount) > LONGEST_NUMBER
    if isinstance(amount, Decimal):
        return len(amount.as_tuple().digits) > LONGEST_NUMBER
    return isinstance(amount, int) and amount.bit_length() > 3 * LONGEST_NUMBER


def _scale(number: Decimal, currency: str) -> int:
    return int(number.scaleb(get_exponent(currency), _EXACT))


def _shortened(number: Decimal) -> str:
    text = str(number)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _amount_error(
    message: str, currency: str, code: ErrorCode = ErrorCode.AMOUNT_INVALID
) -> AmountError:
    return AmountError(
        message,
        code=code,
        path=("amount",),
        currency=currency,
        minimum=get_minimum(currency),
        maximum=to_decimal(MAXIMUM_MINOR_UNITS, currency),
    )
