"""What a text can mean, by its form alone. Reads no row."""

import base64
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ... import money
from ...texts import UNSTORABLE

LONGEST = 2_000
"""In characters, for links. Longer texts mean nothing."""
_LONGEST_PHRASE = 200
_MOST_WORDS = 8

_PREFIXES = "pi ch py re pyr du dp pm card src ba seti cus evt req acct"
_STRIPE_ID = re.compile(rf"(?:{'|'.join(_PREFIXES.split())})_[A-Za-z0-9_]{{1,200}}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)
_ID_IN_LINK = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_STRIPE_ID.pattern}|{_UUID.pattern})", re.IGNORECASE
)
_AMOUNT = re.compile(
    r"\d{1,3}(?:[,.'\u2019]\d{3})+(?:[.,]\d{1,3})?|\d{1,12}(?:[.,]\d{1,3})?", re.ASCII
)
_SIGN = re.compile(r"[,.'\u2019]")
_MASKED_DIGITS = re.compile(r"[•*x.…·#-]*(\d{4})", re.ASCII | re.IGNORECASE)
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "$": "", "US$": "USD"}
_WITH_CURRENCY = re.compile(r"([A-Z]{3})(\d.*)|(\d.*?)([A-Z]{3})", re.ASCII | re.IGNORECASE)
_BRANDS = {
    "visa": "visa", "mastercard": "mastercard", "amex": "amex", "discover": "discover",
    "diners": "diners", "jcb": "jcb", "unionpay": "unionpay",
}  # fmt: skip


@dataclass(frozen=True)
class Id:
    """An id of Stripe, or one of ours: then `type_name` is its GraphQL type, empty if unknown."""

    text: str
    pk: uuid.UUID | None = None
    type_name: str = ""

    @property
    def prefix(self) -> str:
        return "" if self.pk or self.type_name else self.text.partition("_")[0]


@dataclass(frozen=True)
class Meaning:
    """Conditions that all apply. `phrase` is a part of a name, a reference or a description."""

    ids: tuple[Id, ...] = ()
    amount: Decimal | None = None
    currency: str = ""
    last4: str = ""
    brand: str = ""
    phrase: str = ""

    @property
    def is_id(self) -> bool:
        """Whether it names one object and nothing else."""
        return len(self.ids) == 1 and self == Meaning(ids=self.ids)

    def get_minor_units(self) -> list[tuple[int, int]]:
        """The amount in minor units, with the number of decimals of a currency it can be in."""
        if self.amount is None:
            return []
        exponents = [money.get_exponent(self.currency)] if self.currency else [2, 0, 3]
        scaled = ((self.amount.scaleb(exponent), exponent) for exponent in exponents)
        return [
            (int(units), exponent)
            for units, exponent in scaled
            if units == int(units) and units <= money.MAXIMUM_MINOR_UNITS
        ]


@dataclass
class _Words:
    ids: list[Id] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    currency: str = ""
    brand: str = ""
    others: list[str] = field(default_factory=list)


def clean(text: str) -> str:
    return "" if len(text) > LONGEST else " ".join(UNSTORABLE.sub("", text).split())


def list_meanings(text: str) -> list[Meaning]:
    """The most specific first. Empty for a text that can mean nothing."""
    text = clean(text)
    if "://" in text or text.startswith("/"):
        found = _ID_IN_LINK.findall(text)
        return [Meaning(ids=(_parse_id(found[-1]) or Id(found[-1]),))] if found else []
    if not text or len(text) > _LONGEST_PHRASE:
        return []
    words = text.split()
    if len(words) > _MOST_WORDS:
        return [Meaning(phrase=text)]
    sorted_out = _sort(words)
    meanings = list(_combine(sorted_out))
    is_number = meanings and not sorted_out.others and not text.isdecimal()
    if not sorted_out.ids and not is_number:
        meanings.append(Meaning(phrase=text))
    return list(dict.fromkeys(meanings))


def _sort(words: Sequence[str]) -> _Words:
    found = _Words()
    for word in words:
        currency, number = _split_currency(word)
        if one := _parse_id(word):
            found.ids.append(one)
        elif digits := _MASKED_DIGITS.fullmatch(word):
            found.numbers.append(digits[1])
        elif _AMOUNT.fullmatch(number):
            found.numbers.append(number)
            found.currency = currency or found.currency
        elif word.upper() in money.CURRENCIES and not found.currency and len(words) > 1:
            found.currency = word.upper()
        elif word.lower() in _BRANDS and len(words) > 1:
            found.brand = _BRANDS[word.lower()]
        elif any(character.isalnum() for character in word):
            found.others.append(word)
    return found


def _combine(words: _Words) -> Iterator[Meaning]:
    """Each number is the amount or the last four digits of a card, and there is one of each at
    most."""
    phrase = " ".join(words.others)
    if not words.numbers:
        if words.ids:
            yield Meaning(ids=tuple(words.ids), phrase=phrase)
        return
    for last4, amount in _assign(words.numbers):
        if amount is None and words.currency:
            continue
        yield Meaning(
            ids=tuple(words.ids),
            amount=amount,
            currency=words.currency,
            last4=last4,
            brand=words.brand,
            phrase=phrase,
        )


def _assign(numbers: Sequence[str]) -> Iterator[tuple[str, Decimal | None]]:
    if len(numbers) == 1:
        (number,) = numbers
        if _is_last4(number):
            yield number, None
        yield "", _parse_amount(number)
    elif len(numbers) == 2:
        for last4, amount in (numbers, reversed(numbers)):
            if _is_last4(last4):
                yield last4, _parse_amount(amount)


def _is_last4(number: str) -> bool:
    return len(number) == 4 and number.isdecimal()


def _split_currency(word: str) -> tuple[str, str]:
    """`EUR310`, `310€`."""
    for symbol, code in _SYMBOLS.items():
        if word.startswith(symbol) or word.endswith(symbol):
            return code, word.removeprefix(symbol).removesuffix(symbol)
    if found := _WITH_CURRENCY.fullmatch(word):
        code, number = (found[1], found[2]) if found[1] else (found[4], found[3])
        if code.upper() in money.CURRENCIES:
            return code.upper(), number
    return "", word


def _parse_amount(number: str) -> Decimal:
    """`310`, `310.00`, `310,00`, `1,310.00`, `1.310,00`. An only sign before three digits separates
    thousands: `1,310` is more than a thousand, and `0,310` is less than one."""
    *heads, tail = _SIGN.split(number)
    if not heads:
        return Decimal(tail)
    is_grouped = len(tail) == 3 and len(set(_SIGN.findall(number))) == 1 and heads[0] != "0"
    return Decimal("".join([*heads, tail]) if is_grouped else f"{''.join(heads)}.{tail}")


def _parse_id(word: str) -> Id | None:
    if _STRIPE_ID.fullmatch(word):
        return Id(word)
    if _UUID.fullmatch(word):
        return Id(word, pk=uuid.UUID(word))
    return _parse_global_id(word)


def _parse_global_id(word: str) -> Id | None:
    """As GraphiQL shows it: the type and the primary key in Base64."""
    if len(word) < 12:
        return None
    try:
        type_name, colon, pk = base64.b64decode(word, validate=True).decode().partition(":")
    except ValueError:
        return None
    if not colon or not type_name.isidentifier() or UNSTORABLE.search(pk):
        return None
    parsed = uuid.UUID(pk) if _UUID.fullmatch(pk) else None
    return Id(pk, pk=parsed, type_name=type_name)
