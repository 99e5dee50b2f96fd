"""What a meaning is for one list: conditions that an index answers. See Note [Searching by
index]."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from django.db.models import Model, Q

from ... import money, trigrams
from ...models import (
    Operation,
    StripeCustomer,
    StripePaymentIntent,
    StripeWebhookEvent,
    get_booking_model,
)
from .lenses import Lens
from .rows import NamedRows
from .terms import Id, Meaning

_MOST_CONDITIONS = 8
_WITHOUT_CENTS = tuple(one.code for one in money.list_currencies() if one.exponent == 0)
_WITH_MILLS = tuple(one.code for one in money.list_currencies() if one.exponent == 3)


@dataclass(frozen=True)
class Condition:
    """`is_text`: a trigram index answers it, for few rows but in no order."""

    q: Q
    is_text: bool = False

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(self.q & other.q, self.is_text and other.is_text)


def list_conditions(lens: Lens, meanings: list[Meaning], named: NamedRows) -> list[Condition]:
    """A row is found if one of them applies."""
    found = (one for meaning in meanings for one in _list_of(lens, meaning, named))
    return list(islice(found, _MOST_CONDITIONS))


def _list_of(lens: Lens, meaning: Meaning, named: NamedRows) -> Iterator[Condition]:
    parts: list[list[Condition]] = [list(_of_id(lens, one, named)) for one in meaning.ids]
    if meaning.amount is not None:
        amounts = list(_of_amount(lens, meaning))
        is_alone = meaning == Meaning(amount=meaning.amount, currency=meaning.currency)
        # With another condition, that one narrows, and the currencies need no index each.
        parts.append(amounts if is_alone else _unite(amounts))
    if meaning.last4 or meaning.brand:
        parts.append(list(_of_card(lens, meaning)))
    if meaning.phrase:
        parts.append(list(_of_phrase(lens, meaning.phrase, named)))
    for combination in product(*parts):
        together = combination[0]
        for one in combination[1:]:
            together &= one
        yield together


def _unite(conditions: list[Condition]) -> list[Condition]:
    united = Q()
    for one in conditions:
        united |= one.q
    return [Condition(united)] if conditions else []


def _of_id(lens: Lens, one: Id, named: NamedRows) -> Iterator[Condition]:
    if one.prefix == "acct":
        if lens.account is not None:
            yield Condition(Q(**{f"{lens.account}account": one.text}))
        return
    if lens.model is StripeWebhookEvent and one.prefix not in ("", "evt"):
        yield Condition(Q(object_id=one.text))
        return
    for row in named.list_of(one):
        if isinstance(row, StripeWebhookEvent) and lens.model is not StripeWebhookEvent:
            of_event = named.list_of(Id(row.object_id))
        else:
            of_event = [row]
        for of in of_event:
            yield from (Condition(q) for q in _of_row(lens, of))


def _of_row(lens: Lens, row: Any) -> Iterator[Q]:
    """The list's row itself, or its rows that belong to `row`."""
    paths = next((paths for model, paths in lens.rows.items() if isinstance(row, model)), None)
    if isinstance(row, lens.model):
        yield Q(pk=row.pk)
    elif paths is not None:
        yield from (Q(**{path: row.pk}) for path in paths)
    elif lens.model is StripeWebhookEvent:
        yield from (Q(object_id=one) for one in _list_stripe_ids(row))
    else:
        yield from _of_its_owner(lens, row)


def _of_its_owner(lens: Lens, row: Any) -> Iterator[Q]:
    """A refund leads to its payment, and a payment to its customer."""
    if lens.model is StripeCustomer:
        if pk := getattr(row, "customer_id", None):
            yield Q(pk=pk)
        return
    is_payment = lens.model is StripePaymentIntent
    paths = ("pk",) if is_payment else lens.rows.get(StripePaymentIntent, ())
    if pk := getattr(row, "payment_intent_id", None):
        yield from (Q(**{path: pk}) for path in paths)


def _list_stripe_ids(row: Model) -> list[str]:
    names = ("latest_charge_id", *(f"stripe_{one}_id" for one in _STRIPE_NAMES))
    return [value for name in names if (value := getattr(row, name, None))]


_STRIPE_NAMES = (
    "payment_intent",
    "refund",
    "dispute",
    "customer",
    "payment_method",
    "setup_intent",
)


def _of_amount(lens: Lens, meaning: Meaning) -> Iterator[Condition]:
    if lens.amount is None:
        return
    for units, exponent in meaning.get_minor_units():
        q = Q(**{f"{lens.amount}amount": units})
        currency = f"{lens.amount}currency"
        if meaning.currency:
            q &= Q(**{currency: meaning.currency})
        elif exponent == 2:
            q &= ~Q(**{f"{currency}__in": _WITHOUT_CENTS + _WITH_MILLS})
        else:
            q &= Q(**{f"{currency}__in": _WITH_MILLS if exponent else _WITHOUT_CENTS})
        yield Condition(q)


def _of_card(lens: Lens, meaning: Meaning) -> Iterator[Condition]:
    if lens.card is None:
        return
    q = Q()
    if meaning.last4:
        q &= Q(**{f"{lens.card}last4": meaning.last4})
    if meaning.brand:
        q &= Q(**{f"{lens.card}brand": meaning.brand})
    yield Condition(q)


def _of_phrase(lens: Lens, phrase: str, named: NamedRows) -> Iterator[Condition]:
    if lens.model is StripeWebhookEvent:
        if "." in phrase and " " not in phrase:
            yield Condition(Q(type=phrase))
        return
    if lens.model is Operation:
        yield Condition(Q(key=phrase))
    if lens.customers and (customers := named.list_customers(phrase)):
        yield from (Condition(Q(**{f"{path}__in": customers})) for path in lens.customers)
    if lens.users and (users := named.list_people(phrase)):
        yield from (Condition(Q(**{f"{path}__in": users})) for path in lens.users)
    if lens.model is get_booking_model():
        yield Condition(named.of_booking(phrase), is_text=True)
    elif lens.bookings and (bookings := named.list_bookings(phrase)):
        yield from (Condition(Q(**{f"{path}__in": bookings})) for path in lens.bookings)
    if lens.payment is not None:
        yield from _of_payments_text(lens.payment, phrase, named)


def _of_payments_text(path: str, phrase: str, named: NamedRows) -> Iterator[Condition]:
    if "@" in phrase:
        # The whole address, since parts would let people guess a masked one.
        yield Condition(
            Q(**{f"{path}receipt_email__iexact": phrase, f"{path}receipt_email__gt": ""})
        )
    if len(phrase) >= trigrams.SHORTEST and named.can_find_parts_of(StripePaymentIntent):
        yield Condition(Q(**{f"{path}description__icontains": phrase}), is_text=True)
