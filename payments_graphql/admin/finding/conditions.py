"""What a meaning is for one list: conditions that an index answers. See Note [Searching by
index]."""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from django.db.models import Model, Q

from ... import money
from ...models import (
    Operation,
    StripeCustomer,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from .lenses import Lens
from .rows import MOST_NAMED, NamedRows
from .terms import Id, Meaning

_MOST_CONDITIONS = 8
_WITHOUT_CENTS = tuple(one.code for one in money.list_currencies() if one.exponent == 0)
_WITH_MILLS = tuple(one.code for one in money.list_currencies() if one.exponent == 3)


def list_conditions(lens: Lens, meanings: list[Meaning], named: NamedRows) -> list[Q]:
    """A row is found if one of them applies."""
    if lens.model is not StripeWebhookEvent:
        named.read_all(meaning.phrase for meaning in meanings)
    found = (one for meaning in meanings for one in _list_of(lens, meaning, named))
    return list(islice(found, _MOST_CONDITIONS))


def _list_of(lens: Lens, meaning: Meaning, named: NamedRows) -> Iterator[Q]:
    parts: list[list[Q]] = [list(_of_id(lens, one, named)) for one in meaning.ids]
    if meaning.amount is not None:
        amounts = list(_of_amount(lens, meaning))
        is_alone = meaning == Meaning(amount=meaning.amount, currency=meaning.currency)
        # Alone, the usual currencies and the others each have their index. Otherwise the other
        # condition narrows.
        is_split = is_alone and lens.model is StripePaymentIntent and len(amounts) > 1
        parts.append([amounts[0], *_unite(amounts[1:])] if is_split else _unite(amounts))
    if meaning.last4 or meaning.brand:
        parts.append(list(_of_card(lens, meaning)))
    if meaning.phrase:
        parts.append(list(_of_phrase(lens, meaning.phrase, named)))
    for combination in product(*parts):
        together = combination[0]
        for one in combination[1:]:
            together &= one
        yield together


def _unite(conditions: list[Q]) -> list[Q]:
    united = Q()
    for one in conditions:
        united |= one
    return [united] if conditions else []


def _of_id(lens: Lens, one: Id, named: NamedRows) -> Iterator[Q]:
    if one.prefix == "acct":
        if lens.account is not None:
            yield Q(**{f"{lens.account}account": one.text})
        return
    if lens.object_id and one.prefix not in ("", "evt"):
        yield Q(**{lens.object_id: one.text})
        return
    for row in named.list_of(one):
        if isinstance(row, StripeWebhookEvent) and lens.model is not StripeWebhookEvent:
            of_event = named.list_of(Id(row.object_id))
        else:
            of_event = [row]
        for of in of_event:
            yield from _of_row(lens, of)


def _of_row(lens: Lens, row: Any) -> Iterator[Q]:
    """The list's row itself, or its rows that belong to `row`."""
    paths = next((paths for model, paths in lens.rows.items() if isinstance(row, model)), None)
    if isinstance(row, lens.model):
        yield Q(pk=row.pk)
    elif paths is not None:
        yield from (Q(**{path: row.pk}) for path in paths)
    elif lens.object_id:
        yield from (Q(**{lens.object_id: one}) for one in _list_stripe_ids(row))
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


def _of_amount(lens: Lens, meaning: Meaning) -> Iterator[Q]:
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
        yield q


def _of_card(lens: Lens, meaning: Meaning) -> Iterator[Q]:
    if lens.card is None:
        return
    q = Q()
    if meaning.last4:
        q &= Q(**{f"{lens.card}last4": meaning.last4})
    if meaning.brand:
        q &= Q(**{f"{lens.card}brand": meaning.brand})
    yield q


def _of_phrase(lens: Lens, phrase: str, named: NamedRows) -> Iterator[Q]:
    if lens.model is StripeWebhookEvent:
        if "." in phrase and " " not in phrase:
            yield Q(type=phrase)
        return
    if lens.model is Operation:
        yield Q(key=phrase)
    found = named.list_by(phrase)
    if lens.customers and (customers := named.list_customers(phrase)):
        yield from (Q(**{f"{path}__in": customers}) for path in lens.customers)
    if found.users:
        yield from (Q(**{f"{path}__in": found.users}) for path in lens.users)
    for path in lens.bookings:
        yield from _of_bookings(path, phrase, named)
    if lens.payment is not None and found.payments:
        if len(found.payments) < MOST_NAMED:
            yield Q(**{f"{lens.payment}pk__in": found.payments})
        else:
            yield Q(**{f"{lens.payment}description__icontains": phrase})


def _of_bookings(path: str, phrase: str, named: NamedRows) -> Iterator[Q]:
    bookings = named.list_by(phrase).bookings
    if len(bookings) == MOST_NAMED:
        yield named.of_booking(phrase, f"{path}__" if path else "")
    elif bookings:
        yield Q(**{f"{path or 'pk'}__in": bookings})
