"""Stripe's lists in the order of import: each needs the ones before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import mirror, stripe_client
from ..mirror import Source
from ..models import (
    MirroredModel,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from ..stripe_client import Answer

__all__ = ["LISTS", "PAYMENT_METHODS", "StripeList", "get_customer_id"]


@dataclass(frozen=True)
class StripeList:
    """`kind` is Stripe's name. `expand` lists the fields to read in full."""

    kind: str
    model: type[MirroredModel]
    id_field: str
    fetch: Callable[[Mapping[str, Any]], Answer]
    apply: Callable[[Mapping[str, Any], Source], MirroredModel]
    expand: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        return {"expand": [f"data.{name}" for name in self.expand]} if self.expand else {}

    def get_versions(self, stripe_ids: list[str]) -> dict[str, int]:
        """The versions of the rows that already exist."""
        rows = self.model._default_manager.filter(**{f"{self.id_field}__in": stripe_ids})
        return dict(rows.values_list(self.id_field, "version"))


PAYMENT_METHODS = StripeList(
    "payment_method",
    StripePaymentMethod,
    "stripe_payment_method_id",
    stripe_client.list_payment_methods,
    mirror.apply_payment_method,
)
"""Read for each customer, since Stripe cannot list the saved methods of all customers."""

LISTS = (
    StripeList(
        "customer",
        StripeCustomer,
        "stripe_customer_id",
        stripe_client.list_customers,
        mirror.apply_customer,
    ),
    StripeList(
        "setup_intent",
        StripeSetupIntent,
        "stripe_setup_intent_id",
        stripe_client.list_setup_intents,
        mirror.apply_setup_intent,
        expand=("payment_method",),
    ),
    StripeList(
        "payment_intent",
        StripePaymentIntent,
        "stripe_payment_intent_id",
        stripe_client.list_payment_intents,
        mirror.apply_payment_intent,
        expand=("latest_charge", "payment_method"),
    ),
    StripeList(
        "refund",
        StripeRefund,
        "stripe_refund_id",
        stripe_client.list_refunds,
        mirror.apply_refund,
        expand=("payment_intent",),
    ),
    StripeList(
        "dispute",
        StripeDispute,
        "stripe_dispute_id",
        stripe_client.list_disputes,
        mirror.apply_dispute,
        expand=("payment_intent",),
    ),
)


def get_customer_id(payload: Mapping[str, Any]) -> str:
    """For a refund or a dispute, the customer of its payment."""
    intent = payload.get("payment_intent")
    holder = intent if isinstance(intent, Mapping) else payload
    return str(holder.get("customer") or "")
