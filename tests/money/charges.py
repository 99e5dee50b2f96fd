"""What Stripe charges, written a second time: https://docs.stripe.com/currencies"""

from typing import Any

from hypothesis import strategies as st

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


def get_exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def get_step(currency: str) -> int:
    return 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1


@st.composite
def charges(draw: Any) -> tuple[str, int]:
    """A currency, and minor units that Stripe accepts in it."""
    currency = draw(currencies)
    step = get_step(currency)
    return currency, draw(st.integers(min_value=1, max_value=LARGEST // step)) * step
