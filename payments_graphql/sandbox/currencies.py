"""Stripe's currencies and amounts: https://docs.stripe.com/currencies.

Amounts are integers in the currency's minor unit; codes are in lower case, as at Stripe.
"""

from payments_graphql.sandbox.errors import InvalidParameterError

_SUPPORTED = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp
    byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel
    gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd
    kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn
    nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd
    shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf
    xcd xcg xof xpf yer zar zmw
    """.split()
)
_ZERO_DECIMAL = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
_THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# These have two decimals in the API, but only whole units can be charged.
_WHOLE_UNITS = frozenset({"isk", "ugx"})

# Stripe checks the settlement currency; the sandbox settles in the charge's own currency.
_MINIMUMS = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "aud": "$", "cad": "$"}

# https://docs.stripe.com/currencies#maximum-charge-amounts: eight digits, and more in currencies
# with a small unit. Stripe allows up to twelve for some cards, so it accepts all that is accepted
# here.
_LARGEST_AMOUNT = 99_999_999
_LARGEST_AMOUNTS = {"cop": 9_999_999_999, "idr": 999_999_999_999, "inr": 999_999_999}
LARGEST_AMEX_AMOUNT = 999_999_999


def check_currency(code: str, param: str) -> str:
    """Return the code in lower case, or refuse it as Stripe does."""
    lowered = code.lower()
    if lowered not in _SUPPORTED:
        supported = ", ".join(["usd", *sorted(_SUPPORTED - {"usd"})])
        raise InvalidParameterError(
            f"Invalid currency: {lowered[:100]}. Stripe currently supports these currencies: "
            f"{supported}",
            param=param,
        )
    return lowered


def check_charge_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that can't be charged in this currency."""
    check_positive(amount, param)
    minimum = _MINIMUMS.get(currency, 1)
    if amount < minimum:
        raise InvalidParameterError(
            f"Amount must be at least {format_amount(minimum, currency)} {currency}",
            code="amount_too_small",
            param=param,
        )
    check_maximum(amount, currency, _LARGEST_AMOUNTS.get(currency, _LARGEST_AMOUNT), param)
    step = 10 if currency in _THREE_DECIMAL else 100 if currency in _WHOLE_UNITS else 1
    if amount % step:
        raise InvalidParameterError(
            f"Invalid amount: {amount}. Amounts in {currency} must be divisible by {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def check_maximum(amount: int, currency: str, largest: int, param: str = "amount") -> None:
    if amount > largest:
        named = "" if currency in _SYMBOLS else f" {currency}"
        raise InvalidParameterError(
            f"Amount must be no more than {format_amount(largest, currency)}{named}",
            code="amount_too_large",
            param=param,
        )


def check_positive(amount: int, param: str) -> None:
    if amount < 1:
        raise InvalidParameterError(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=param,
        )


def format_amount(amount: int, currency: str) -> str:
    """Return the amount as Stripe's messages show it, such as `$0.50`."""
    decimals = 0 if currency in _ZERO_DECIMAL else 3 if currency in _THREE_DECIMAL else 2
    return f"{_SYMBOLS.get(currency, '')}{amount / 10**decimals:,.{decimals}f}"
