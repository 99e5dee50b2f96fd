"""Ask Stripe how an object is now, and mirror it. Called outside of transactions only."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection, transaction

from .. import stripe_client
from ..models import (
    CauseKind,
    MirroredModel,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)
from ..stripe_client import Answer
from .customers import apply_customer
from .payment_intents import apply_payment_intent
from .payment_methods import apply_payment_method
from .refunds import apply_refund
from .source import ReadRequired, Source

__all__ = ["fetch_and_apply", "iterate_list", "release_connection"]


def release_connection() -> None:
    """Hold no connection while Stripe is asked; within a test's transaction there is only one."""
    if not connection.in_atomic_block:
        connection.close()


def fetch_and_apply(kind: str, stripe_id: str) -> None:
    """`kind` is Stripe's: payment_intent (with its refunds), refund, payment_method, customer."""
    match kind:
        case "payment_intent":
            _fetch(
                StripePaymentIntent.objects.filter(stripe_payment_intent_id=stripe_id),
                lambda: stripe_client.retrieve_payment_intent(stripe_id),
                apply_payment_intent,
            )
            _fetch_refunds_of(stripe_id)
        case "refund":
            _fetch(
                StripeRefund.objects.filter(stripe_refund_id=stripe_id),
                lambda: stripe_client.retrieve_refund(stripe_id),
                apply_refund,
            )
        case "payment_method":
            _fetch(
                StripePaymentMethod.objects.filter(stripe_payment_method_id=stripe_id),
                lambda: stripe_client.retrieve_payment_method(stripe_id),
                apply_payment_method,
            )
        case "customer":
            _fetch(
                StripeCustomer.objects.filter(stripe_customer_id=stripe_id),
                lambda: stripe_client.retrieve_customer(stripe_id),
                apply_customer,
            )
        case _:
            raise ValueError(f"nothing is mirrored of {kind!r}")


def iterate_list(
    fetch: Callable[[Mapping[str, Any]], Answer], parameters: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Every object of a list call, page by page. https://docs.stripe.com/api/pagination"""
    page = {"limit": 100, **parameters}
    while True:
        release_connection()
        answer = fetch(page)
        for item in answer.object["data"]:
            yield item, answer
        if not answer.object["has_more"]:
            return
        page = {**page, "starting_after": answer.object["data"][-1]["id"]}


def _fetch[Row: MirroredModel](
    rows: Any, call: Callable[[], Answer], apply: Callable[[Mapping[str, Any], Source], Row]
) -> None:
    for attempts_left in (2, 1, 0):
        version = rows.values_list("version", flat=True).first()
        release_connection()
        answer = call()
        source = Source(CauseKind.READ, answer.request_id, answer.as_of, version=version)
        try:
            with transaction.atomic():
                apply(answer.object, source)
            return
        except ReadRequired:  # it moved while we read
            if not attempts_left:
                raise


def _fetch_refunds_of(intent_id: str) -> None:
    versions = dict(
        StripeRefund.objects.filter(payment_intent__stripe_payment_intent_id=intent_id).values_list(
            "stripe_refund_id", "version"
        )
    )
    for refund, answer in iterate_list(stripe_client.list_refunds, {"payment_intent": intent_id}):
        source = Source(
            CauseKind.READ, answer.request_id, answer.as_of, version=versions.get(refund["id"])
        )
        with transaction.atomic():
            apply_refund(refund, source)
