"""The rows that an id names, and the people and bookings that a phrase names. Each is read once a
search."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet, UUIDField

from ... import people, trigrams
from ...models import (
    Operation,
    RefundRequest,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
    get_booking_model,
    list_all_bookings,
)
from .terms import Id

MOST_NAMED = 500
"""People, bookings or payments that are read for a phrase. If there are more, the list itself looks
for the phrase, and finds the newest soon."""
_MOST_OF_ID = 20
_SHORTEST_NUMBER = 5
"""Digits of a number that is looked for in descriptions."""

_BY_PREFIX: dict[str, tuple[type[Model], str]] = {
    "pi": (StripePaymentIntent, "stripe_payment_intent_id"),
    "re": (StripeRefund, "stripe_refund_id"),
    "pyr": (StripeRefund, "stripe_refund_id"),
    "du": (StripeDispute, "stripe_dispute_id"),
    "dp": (StripeDispute, "stripe_dispute_id"),
    "pm": (StripePaymentMethod, "stripe_payment_method_id"),
    "card": (StripePaymentMethod, "stripe_payment_method_id"),
    "src": (StripePaymentMethod, "stripe_payment_method_id"),
    "ba": (StripePaymentMethod, "stripe_payment_method_id"),
    "seti": (StripeSetupIntent, "stripe_setup_intent_id"),
    "cus": (StripeCustomer, "stripe_customer_id"),
    "evt": (StripeWebhookEvent, "event_id"),
    "req": (Operation, "stripe_request_id"),
}
_BY_TYPE: dict[str, type[Model]] = {
    "PaymentIntent": StripePaymentIntent,
    "Refund": StripeRefund,
    "RefundRequest": RefundRequest,
    "Dispute": StripeDispute,
    "PaymentMethod": StripePaymentMethod,
    "SetupIntent": StripeSetupIntent,
    "Customer": StripeCustomer,
    "Operation": Operation,
    "StatusChange": StatusChange,
}
_WITH_UUIDS = (
    StripePaymentIntent, StripeRefund, StripeDispute, StripeCustomer, Operation,
    StripePaymentMethod, StripeSetupIntent, StripeWebhookEvent, RefundRequest,
)  # fmt: skip


@dataclass(frozen=True)
class NamedByPhrase:
    """Primary keys of what contains the phrase. As many as the limit are not all."""

    users: list[Any]
    bookings: list[Any]
    payments: list[Any]


class NamedRows:
    """What one search has read so far."""

    def __init__(self) -> None:
        self._by_id: dict[Id, list[Model]] = {}
        self._by_phrase: dict[str, NamedByPhrase] = {}
        self._customers: dict[str, list[Any]] = {}

    def list_of(self, one: Id) -> list[Model]:
        if one not in self._by_id:
            self._by_id[one] = _fetch(one)
        return self._by_id[one]

    def list_by(self, phrase: str) -> NamedByPhrase:
        self.read_all([phrase])
        return self._by_phrase[phrase]

    def read_all(self, phrases: Iterable[str]) -> None:
        """At once, since each transaction costs more than a look-up."""
        unread = [one for one in dict.fromkeys(phrases) if one and one not in self._by_phrase]
        # First, since it reads which indexes exist.
        queries = {
            phrase: (
                people.list_all_users().filter(_name(phrase)),
                list_all_bookings().filter(self.of_booking(phrase)),
                self._list_payments(phrase),
            )
            for phrase in unread
        }
        if queries:
            with trigrams.by_index():
                for phrase, rows in queries.items():
                    self._by_phrase[phrase] = NamedByPhrase(*map(_list_keys, rows))

    def list_customers(self, phrase: str) -> list[Any]:
        if phrase not in self._customers:
            users = self.list_by(phrase).users
            found = StripeCustomer.objects.filter(user_id__in=users)
            self._customers[phrase] = _list_keys(found) if users else []
        return self._customers[phrase]

    def of_booking(self, phrase: str, path: str = "") -> Q:
        """Any case and any part, or what an index can answer. `path` leads to the booking."""
        if len(phrase) >= trigrams.SHORTEST and self._finds_parts_of(get_booking_model()):
            return Q(**{f"{path}reference__icontains": phrase}) | Q(
                **{f"{path}description__icontains": phrase}
            )
        typed = dict.fromkeys((phrase, phrase.upper(), phrase.lower()))
        whole = Q(**{f"{path}reference__in": tuple(typed)})
        if len(phrase) < trigrams.SHORTEST:
            return whole
        return reduce(or_, (Q(**{f"{path}reference__startswith": one}) for one in typed), whole)

    def _list_payments(self, phrase: str) -> QuerySet[StripePaymentIntent]:
        """The address of a receipt is found as a whole, since parts would let people guess a
        masked one. A short number is an amount or the end of a card's number: it is a part of too
        many descriptions to find the newest soon."""
        found = Q()
        if "@" in phrase:
            found = Q(receipt_email__iexact=phrase, receipt_email__gt="")
        is_short_number = phrase.isdecimal() and len(phrase) < _SHORTEST_NUMBER
        is_long = len(phrase) >= trigrams.SHORTEST and not is_short_number
        if is_long and self._finds_parts_of(StripePaymentIntent):
            found |= Q(description__icontains=phrase)
        intents = StripePaymentIntent.objects.order_by()
        return intents.filter(found) if found else intents.none()

    def _finds_parts_of(self, model: type[Model]) -> bool:
        return connection.vendor != "postgresql" or trigrams.has_index(model._meta.db_table)


def _list_keys(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by().values_list("pk", flat=True)[:MOST_NAMED])


def _name(phrase: str) -> Q:
    """Users of whom each word is a part of the username, the e-mail address or the name. A number
    is a username only if it is all of it."""
    username, *others = people.list_search_fields() or ["pk"]
    words = [word for word in phrase.split() if len(word) >= trigrams.SHORTEST]
    if phrase.isdecimal() or not words:
        return Q(**{username: phrase})
    fields = [username, *others, *people.list_name_fields()]
    condition = Q()
    for word in words:
        condition &= reduce(or_, (Q(**{f"{field}__icontains": word}) for field in fields))
    return condition


def _fetch(one: Id) -> list[Model]:
    if one.pk is not None or one.type_name:
        return _fetch_by_key(one)
    if one.prefix in ("ch", "py"):
        return list(_list_of_charge(one.text)[:_MOST_OF_ID])
    if one.prefix not in _BY_PREFIX:
        return []
    model, field = _BY_PREFIX[one.prefix]
    rows: QuerySet[Any] = QuerySet(model).filter(**{field: one.text})
    return list(rows[:_MOST_OF_ID])


def _fetch_by_key(one: Id) -> list[Model]:
    booking = get_booking_model()
    if one.type_name:
        models: Sequence[type[Model]] = [
            booking if one.type_name == "Booking" else _BY_TYPE.get(one.type_name, Operation)
        ]
    else:
        has_uuid = isinstance(booking._meta.pk, UUIDField)
        models = (*_WITH_UUIDS, booking) if has_uuid else _WITH_UUIDS
    for model in models:
        try:
            pk = model._meta.pk.to_python(one.pk or one.text)
            model._meta.pk.run_validators(pk)
        except ValidationError:
            continue
        if isinstance(model._meta.pk, UUIDField) != isinstance(pk, uuid.UUID):
            continue
        found: list[Model] = list(QuerySet(model).filter(pk=pk))
        if found:
            return found
    return []


def _list_of_charge(charge: str) -> QuerySet[StripePaymentIntent]:
    """By the payment's latest charge. An earlier one, which failed or was disputed, is known from
    its dispute or its events."""
    intents = StripePaymentIntent.objects.order_by()
    latest = intents.filter(latest_charge_id=charge)
    if latest.exists():
        return latest
    disputed = StripeDispute.objects.filter(stripe_charge_id=charge).order_by()
    of_events = StripeWebhookEvent.objects.filter(object_id=charge).order_by()
    stripe_ids = list(of_events.values_list("stripe_payment_intent_id", flat=True)[:_MOST_OF_ID])
    pks = list(disputed.values_list("payment_intent_id", flat=True)[:_MOST_OF_ID])
    pks += intents.filter(stripe_payment_intent_id__in=stripe_ids).values_list("pk", flat=True)
    return intents.filter(pk__in=pks)
