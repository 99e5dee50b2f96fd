"""Reads an object from Stripe and mirrors it. Call only outside of transactions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from .. import stripe_client
from ..models import (
    CauseKind,
    MirroredModel,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from ..stripe_client import Answer, StripeRefusedError
from .customers import apply_customer, get_unknown_default, release_missing_customer
from .disputes import apply_dispute
from .outbox import send_signals
from .payment_intents import apply_payment_intent
from .payment_methods import apply_payment_method
from .refunds import apply_refund
from .rehearsal import Difference, rehearse
from .setup_intents import apply_setup_intent
from .source import NotOurs, ReadRequired, Source

__all__ = [
    "MIRRORED",
    "Mirrored",
    "fetch_and_apply",
    "fetch_and_rehearse",
    "iterate_list",
    "release_connection",
]


def release_connection() -> None:
    """Holds no database connection during a call to Stripe. A test's transaction keeps its own."""
    if not connection.in_atomic_block:
        connection.close()


def fetch_and_apply(kind: str, stripe_id: str) -> None:
    """`kind` is Stripe's object type. A payment intent is read with its refunds and disputes."""
    mirrored = MIRRORED.get(kind)
    if mirrored is None:
        raise ValueError(f"nothing is mirrored of {kind!r}")
    for attempts_left in (2, 1, 0):
        rows = mirrored.model._default_manager.filter(**{mirrored.id_field: stripe_id})
        version = rows.values_list("version", flat=True).first()
        release_connection()
        try:
            answer = mirrored.retrieve(stripe_id)
        except StripeRefusedError as error:
            if kind != "customer" or error.code != "resource_missing":
                raise
            release_missing_customer(stripe_id, error)
            return
        if kind == "customer" and (default := get_unknown_default(answer.object)):
            with suppress(NotOurs):  # detached in the meantime; another read follows
                fetch_and_apply("payment_method", default)
        try:
            _apply(mirrored, answer.object, answer, version)
            break
        except ReadRequired as required:  # it changed during the read, or needs another object
            if not attempts_left or required.stripe_id != stripe_id:
                raise
    if kind == "payment_intent":
        for found in _fetch_refunds_and_disputes(answer.object):
            _apply(*found)


def fetch_and_rehearse(kind: str, stripe_id: str) -> list[Difference]:
    """What `fetch_and_apply` would change. Reads everything before the transaction begins."""
    mirrored = MIRRORED[kind]
    rows = mirrored.model._default_manager.filter(**{mirrored.id_field: stripe_id})
    version = rows.values_list("version", flat=True).first()
    release_connection()
    answer = mirrored.retrieve(stripe_id)
    found: list[_Found] = [(mirrored, answer.object, answer, version)]
    if kind == "payment_intent":
        found += _fetch_refunds_and_disputes(answer.object)
    with rehearse() as differences:
        for one, payload, page, its_version in found:
            one.apply(payload, _source(page, its_version))
    return differences


def iterate_list(
    fetch: Callable[[Mapping[str, Any]], Answer], parameters: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Yields all objects of a list, page by page. https://docs.stripe.com/api/pagination"""
    page = {"limit": 100, **parameters}
    while True:
        release_connection()
        answer = fetch(page)
        for item in answer.object["data"]:
            yield item, answer
        if not answer.object["has_more"]:
            return
        page = {**page, "starting_after": answer.object["data"][-1]["id"]}


def _fetch_refunds_and_disputes(intent: Mapping[str, Any]) -> "Iterator[_Found]":
    """A payment's refunds and disputes, oldest first: the effect of a refund on its booking depends
    on the ones before it. See Note [What a refund means]."""
    charge = intent.get("latest_charge")
    if not charge:  # without a charge there are no refunds or disputes
        return
    yield from _fetch_list("refund", stripe_client.list_refunds, intent["id"])
    if isinstance(charge, Mapping) and charge.get("disputed"):
        yield from _fetch_list("dispute", stripe_client.list_disputes, intent["id"])


def _fetch_list(
    kind: str, fetch: Callable[[Mapping[str, Any]], Answer], intent_id: str
) -> "Iterator[_Found]":
    mirrored = MIRRORED[kind]
    rows: Any = mirrored.model._default_manager
    of_intent = rows.filter(payment_intent__stripe_payment_intent_id=intent_id)
    versions = dict(of_intent.values_list(mirrored.id_field, "version"))
    for item, answer in reversed(list(iterate_list(fetch, {"payment_intent": intent_id}))):
        yield mirrored, item, answer, versions.get(item["id"])


def _apply(
    mirrored: "Mirrored", payload: Mapping[str, Any], answer: Answer, version: int | None
) -> None:
    source = _source(answer, version)
    with transaction.atomic():
        mirrored.apply(payload, source)
    send_signals(source.recorded)


def _source(answer: Answer, version: int | None) -> Source:
    return Source(
        CauseKind.READ,
        answer.request_id,
        answer.as_of,
        version=version,
        as_of_earliest=answer.as_of_earliest,
    )


@dataclass(frozen=True)
class Mirrored:
    """How to read and apply one type of Stripe object."""

    model: type[MirroredModel]
    id_field: str
    retrieve: Callable[[str], Answer]
    apply: Callable[[Mapping[str, Any], Source], MirroredModel]


type _Found = tuple[Mirrored, Mapping[str, Any], Answer, int | None]
"""An object from Stripe, and its row's version before the read."""

MIRRORED = {
    "customer": Mirrored(
        StripeCustomer, "stripe_customer_id", stripe_client.retrieve_customer, apply_customer
    ),
    "dispute": Mirrored(
        StripeDispute, "stripe_dispute_id", stripe_client.retrieve_dispute, apply_dispute
    ),
    "payment_intent": Mirrored(
        StripePaymentIntent,
        "stripe_payment_intent_id",
        stripe_client.retrieve_payment_intent,
        apply_payment_intent,
    ),
    "payment_method": Mirrored(
        StripePaymentMethod,
        "stripe_payment_method_id",
        stripe_client.retrieve_payment_method,
        apply_payment_method,
    ),
    "refund": Mirrored(
        StripeRefund, "stripe_refund_id", stripe_client.retrieve_refund, apply_refund
    ),
    "setup_intent": Mirrored(
        StripeSetupIntent,
        "stripe_setup_intent_id",
        stripe_client.retrieve_setup_intent,
        apply_setup_intent,
    ),
}
