"""Compares the mirror with the sandbox: every row, field by field.

The expected values come from the sandbox's API, not from the code under test. Every column is
either compared or listed as ours, so that a new one cannot be forgotten.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from payments_graphql.models import (
    MirroredModel,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)

_OURS = {
    "id",
    "account",
    "as_of",
    "as_of_earliest",
    "next_read_at",
    "version",
    "created_at",
    "updated_at",
}
# Columns that Stripe does not have, besides those that every row has.
_OURS_ALONE: dict[type[MirroredModel], set[str]] = {
    StripeCustomer: {"user", "former_user", "generation", "erased_at", "unblocked_at"},
    StripeDispute: {"reminded_of", "unchecked_since"},
    # The fee is read by `payments_figures --fees`.
    StripePaymentIntent: {"booking", "fee", "fee_currency", "retry_of", "unchecked_since"},
    StripePaymentMethod: {"advice_code", "advised_at"},
    StripeRefund: {
        "amount_due_reduction",
        "description",
        "failure_settled_at",
        "unchecked_since",
    },
}
ANY_OR_NONE = object()
"""Replaces a payment method known only by id that was never charged or saved. Its card is unknown
here, so the row may be missing."""


def assert_mirror_equals_sandbox(dashboard: stripe.StripeClient) -> None:
    differences = find_differences(dashboard)
    assert not differences, "The mirror is not what the sandbox says:\n" + "\n".join(differences)


def find_differences(dashboard: stripe.StripeClient) -> list[str]:
    """One line for each field, row or amount that differs from Stripe's, for our customers."""
    differences: list[str] = []
    for customer in StripeCustomer.objects.exclude(stripe_customer_id=None):
        differences += _Comparison(dashboard, customer).run()
    return differences


class _Comparison:
    """Everything that belongs to one customer."""

    def __init__(self, dashboard: stripe.StripeClient, customer: StripeCustomer) -> None:
        self.api = dashboard.v1
        self.customer = customer
        self.stripe_id = str(customer.stripe_customer_id)
        self.differences: list[str] = []

    def run(self) -> list[str]:
        found = _plain(self.api.customers.retrieve(self.stripe_id))
        self._compare(self.customer, _expect_customer(found))
        charged: set[str] = set()
        intents = _list(self.api.payment_intents.list, customer=self.stripe_id, expand=_CHARGE)
        for intent in intents:
            charge = intent["latest_charge"]
            if charge and charge["status"] == "succeeded":
                charged.add(intent["payment_method"])
            self._compare_intent(intent)
        self._compare_ids(StripePaymentIntent, "stripe_payment_intent_id", intents)
        self._compare_methods(charged, is_deleted=bool(found.get("deleted")))
        setups = _list(self.api.setup_intents.list, customer=self.stripe_id)
        for setup in setups:
            row = self._find(StripeSetupIntent, "stripe_setup_intent_id", setup["id"])
            self._compare(row, _expect_setup_intent(setup))
        self._compare_ids(StripeSetupIntent, "stripe_setup_intent_id", setups)
        return self.differences

    def _compare_intent(self, intent: Mapping[str, Any]) -> None:
        row = self._find(StripePaymentIntent, "stripe_payment_intent_id", intent["id"])
        self._compare(row, _expect_intent(intent))
        refunds = _list(self.api.refunds.list, payment_intent=intent["id"])
        disputes = _list(self.api.disputes.list, payment_intent=intent["id"])
        for refund in refunds:
            self._compare(
                self._find(StripeRefund, "stripe_refund_id", refund["id"]), _expect_refund(refund)
            )
        for dispute in disputes:
            self._compare(
                self._find(StripeDispute, "stripe_dispute_id", dispute["id"]),
                _expect_dispute(dispute),
            )
        if row is None:
            return
        for model, field, listed in (
            (StripeRefund, "stripe_refund_id", refunds),
            (StripeDispute, "stripe_dispute_id", disputes),
        ):
            mine = model._default_manager.filter(payment_intent=row).exclude(**{field: None})
            self._compare_sets(model, set(mine.values_list(field, flat=True)), listed)
        self._compare_figures(row, intent, disputes)

    def _compare_figures(
        self, row: StripePaymentIntent, intent: Mapping[str, Any], disputes: list[dict[str, Any]]
    ) -> None:
        """What the properties compute from the rows, and what Stripe counts on the charge."""
        charge = intent["latest_charge"] or {}
        captured = charge.get("amount_captured") or 0
        released = (charge.get("amount") or 0) - captured
        refunded = max((charge.get("amount_refunded") or 0) - released, 0)
        self._note(row, "amount_refunded", row.amount_refunded, refunded)
        if row.refunds.filter(stripe_refund_id=None).exists():
            return  # reserved, but not at Stripe yet
        is_taken = any(not one["is_charge_refundable"] for one in disputes)
        refundable = 0 if is_taken and charge.get("disputed") else captured - refunded
        self._note(row, "amount_refundable", row.amount_refundable, refundable)

    def _compare_methods(self, charged: set[str], *, is_deleted: bool) -> None:
        attached = (
            []
            if is_deleted
            else _list(self.api.payment_methods.list, customer=self.stripe_id, limit=100)
        )
        rows = {
            row.stripe_payment_method_id: row
            for row in StripePaymentMethod.objects.filter(customer=self.customer)
        }
        wanted = {one["id"] for one in attached} | charged
        self.differences += [
            f"payment method {stripe_id}: not mirrored" for stripe_id in sorted(wanted - set(rows))
        ]
        for stripe_id, row in rows.items():
            method = _plain(self.api.payment_methods.retrieve(stripe_id))
            self._compare(row, _expect_method(method, self.stripe_id))

    def _find(self, model: type[MirroredModel], field: str, stripe_id: str) -> Any:
        row = model._default_manager.filter(**{field: stripe_id}).first()
        if row is None:
            self.differences.append(f"{model.__name__} {stripe_id}: not mirrored")
        return row

    def _compare(self, row: MirroredModel | None, expected: Mapping[str, Any]) -> None:
        if row is None:
            return
        ours = _OURS | _OURS_ALONE.get(type(row), set())
        columns = {field.name for field in row._meta.concrete_fields}
        assert columns == ours | set(expected), "a column is neither compared nor named as ours"
        for name, value in expected.items():
            mirrored = _shown(row, name)
            is_optional = isinstance(value, tuple) and value[0] is ANY_OR_NONE
            if is_optional and mirrored in {None, value[1]}:
                continue
            self._note(row, name, mirrored, value[1] if is_optional else value)

    def _note(self, row: MirroredModel, name: str, mirrored: Any, expected: Any) -> None:
        if mirrored != expected:
            self.differences.append(f"{row} {name}: {mirrored!r} here, {expected!r} at Stripe")

    def _compare_ids(
        self, model: type[MirroredModel], field: str, listed: list[dict[str, Any]]
    ) -> None:
        rows = model._default_manager.filter(customer=self.customer).exclude(**{field: None})
        self._compare_sets(model, set(rows.values_list(field, flat=True)), listed)

    def _compare_sets(
        self, model: type[MirroredModel], ids: set[str], listed: list[dict[str, Any]]
    ) -> None:
        for stripe_id in sorted(ids - {one["id"] for one in listed}):
            self.differences.append(f"{model.__name__} {stripe_id}: not at Stripe")


_CHARGE = ["data.latest_charge"]


def _list(call: Callable[..., Any], **parameters: Any) -> list[dict[str, Any]]:
    page = call({"limit": 100, **parameters})
    return [_plain(one) for one in page.auto_paging_iter()]


def _plain(found: Any) -> dict[str, Any]:
    plain: dict[str, Any] = found.to_dict()
    return plain


def _shown(row: MirroredModel, name: str) -> Any:
    """Rows of other objects by Stripe id. For a deletion, whether it happened."""
    value = getattr(row, name)
    match name:
        case "payment_method" | "default_payment_method":
            return value and value.stripe_payment_method_id
        case "customer":
            return value.stripe_customer_id
        case "payment_intent":
            return value.stripe_payment_intent_id
        case "deleted_at":
            return value is not None
    return value


def _expect_customer(found: Mapping[str, Any]) -> dict[str, Any]:
    settings = found.get("invoice_settings") or {}
    return {
        "stripe_customer_id": found["id"],
        "livemode": False,
        "default_payment_method": settings.get("default_payment_method"),
        "deleted_at": bool(found.get("deleted")),
    }


def _expect_intent(found: Mapping[str, Any]) -> dict[str, Any]:
    charge = found["latest_charge"] or {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    was_charged = charge.get("status") == "succeeded"
    method = found["payment_method"]
    metadata = found["metadata"].items()
    return {
        "stripe_payment_intent_id": found["id"],
        "livemode": found["livemode"],
        "customer": found["customer"],
        "status": found["status"],
        "amount": found["amount"],
        "amount_capturable": found["amount_capturable"],
        "amount_received": found["amount_received"],
        "currency": found["currency"].upper(),
        "description": found["description"] or "",
        "capture_method": found["capture_method"],
        "setup_future_usage": found["setup_future_usage"] or "",
        "metadata": {key: text for key, text in metadata if not key.startswith("payments_")},
        "receipt_email": found["receipt_email"] or "",
        "receipt_url": charge.get("receipt_url") or "",
        "payment_method": method if was_charged or not method else (ANY_OR_NONE, method),
        "latest_charge_id": charge.get("id") or "",
        "capture_before": _time(card.get("capture_before")),
        "last_error": _error(found["last_payment_error"]),
        "cancellation_reason": found["cancellation_reason"] or "",
        "canceled_at": _time(found["canceled_at"]),
        "next_action_type": (found["next_action"] or {}).get("type", ""),
        "next_action_expires_at": None,  # a card's bank waits; vouchers and transfers expire
    }


def _expect_refund(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stripe_refund_id": found["id"],
        "livemode": False,
        "payment_intent": found["payment_intent"],
        "status": found["status"],
        "amount": found["amount"],
        "currency": found["currency"].upper(),
        "reason": found["reason"] or "",
        "failure_reason": found.get("failure_reason") or "",
    }


def _expect_dispute(found: Mapping[str, Any]) -> dict[str, Any]:
    details = found["evidence_details"]
    return {
        "stripe_dispute_id": found["id"],
        "stripe_charge_id": found["charge"],
        "livemode": found["livemode"],
        "payment_intent": found["payment_intent"],
        "status": found["status"],
        "amount": found["amount"],
        "amount_withdrawn": -sum(move["amount"] for move in found["balance_transactions"]),
        "currency": found["currency"].upper(),
        "reason": found["reason"],
        "evidence_due_by": _time(details["due_by"]),
        "has_evidence": details["has_evidence"],
        "submission_count": details["submission_count"],
        "is_charge_refundable": found["is_charge_refundable"],
    }


def _expect_method(found: Mapping[str, Any], customer_id: str) -> dict[str, Any]:
    card = found["card"]
    shared = ("brand", "last4", "exp_month", "exp_year", "funding", "country", "fingerprint")
    return {
        "stripe_payment_method_id": found["id"],
        "livemode": found["livemode"],
        "customer": customer_id,
        "type": found["type"],
        "is_attached": found["customer"] == customer_id,
        "bank_name": "",
        **{name: card[name] for name in shared},
    }


def _expect_setup_intent(found: Mapping[str, Any]) -> dict[str, Any]:
    error = _error(found["last_setup_error"])
    method = found["payment_method"]
    was_saved = found["status"] == "succeeded"
    return {
        "stripe_setup_intent_id": found["id"],
        "livemode": found["livemode"],
        "customer": found["customer"],
        "status": found["status"],
        "usage": found["usage"],
        "payment_method": method if was_saved or not method else (ANY_OR_NONE, method),
        "last_error": error and {**error, "attempt": found["latest_attempt"]},
        "cancellation_reason": found["cancellation_reason"] or "",
    }


def _error(error: Mapping[str, Any] | None) -> dict[str, str] | None:
    names: Iterable[str] = (
        "type",
        "code",
        "decline_code",
        "advice_code",
        "message",
        "charge",
    )
    return error and {name: error[name] for name in names if error.get(name)}


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
