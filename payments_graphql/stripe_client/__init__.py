"""The only package that imports `stripe`: calls, their errors, and the signature check.

Every call is one attempt. The SDK's own retries are off: `operations` retries, and records each
attempt. Answers are plain dicts with the time at which Stripe gave them.
"""

import io
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import stripe

from .answers import (
    Answer,
    StripeBusyError,
    StripeCallError,
    StripeCredentialsError,
    StripeDownError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)
from .calling import API_VERSION, call, is_down
from .test_runs import NoStripeInTestsError, is_test_run

__all__ = [
    "API_VERSION",
    "Answer",
    "NoStripeInTestsError",
    "StripeBusyError",
    "StripeCallError",
    "StripeCredentialsError",
    "StripeDownError",
    "StripeNoAnswerError",
    "StripeRefusedError",
    "StripeServerError",
    "cancel_refund",
    "cancel_setup_intent",
    "close_dispute",
    "create_customer",
    "create_file",
    "create_payment_intent",
    "create_refund",
    "create_setup_intent",
    "delete_customer",
    "detach_payment_method",
    "is_down",
    "is_test_run",
    "list_balance_transactions",
    "list_customers",
    "list_disputes",
    "list_events",
    "list_payment_intents",
    "list_payment_methods",
    "list_payouts",
    "list_refunds",
    "list_setup_intents",
    "list_webhook_endpoints",
    "move_payment_intent",
    "retrieve_account",
    "retrieve_customer",
    "retrieve_dispute",
    "retrieve_event",
    "retrieve_payment_intent",
    "retrieve_payment_method",
    "retrieve_payout",
    "retrieve_refund",
    "retrieve_setup_intent",
    "update_customer",
    "update_dispute",
    "update_payment_intent",
    "verify_signature",
]

# `payments_reconcile` calls these without end: at INFO they would bury everything else.
_POLLED = logging.DEBUG

_EXPAND_METHOD = ["payment_method"]
_EXPAND_INTENT = ["latest_charge", "payment_method"]


def retrieve_account() -> Answer:
    """The account of our key. https://docs.stripe.com/api/accounts/retrieve"""
    return call("accounts", "retrieve_current", {}, level=_POLLED)


def create_customer(parameters: Mapping[str, Any], key: str) -> Answer:
    return call("customers", "create", parameters, key=key)


def update_customer(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return call("customers", "update", stripe_id, parameters, key=key)


def delete_customer(stripe_id: str, key: str) -> Answer:
    """Deletes permanently: https://docs.stripe.com/api/customers/delete"""
    return call("customers", "delete", stripe_id, {}, key=key)


def retrieve_customer(stripe_id: str) -> Answer:
    return call("customers", "retrieve", stripe_id, {})


def list_customers(parameters: Mapping[str, Any]) -> Answer:
    return call("customers", "list", parameters)


def create_payment_intent(parameters: Mapping[str, Any], key: str) -> Answer:
    return call("payment_intents", "create", {**parameters, "expand": _EXPAND_INTENT}, key=key)


def retrieve_payment_intent(stripe_id: str) -> Answer:
    return call("payment_intents", "retrieve", stripe_id, {"expand": _EXPAND_INTENT})


def list_payment_intents(parameters: Mapping[str, Any]) -> Answer:
    return call("payment_intents", "list", parameters)


def move_payment_intent(
    move: Literal["confirm", "capture", "cancel"],
    stripe_id: str,
    parameters: Mapping[str, Any],
    key: str,
) -> Answer:
    expanded = {**parameters, "expand": _EXPAND_INTENT}
    return call("payment_intents", move, stripe_id, expanded, key=key)


def update_payment_intent(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    expanded = {**parameters, "expand": _EXPAND_INTENT}
    return call("payment_intents", "update", stripe_id, expanded, key=key)


def create_setup_intent(parameters: Mapping[str, Any], key: str) -> Answer:
    return call("setup_intents", "create", {**parameters, "expand": _EXPAND_METHOD}, key=key)


def cancel_setup_intent(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    expanded = {**parameters, "expand": _EXPAND_METHOD}
    return call("setup_intents", "cancel", stripe_id, expanded, key=key)


def retrieve_setup_intent(stripe_id: str) -> Answer:
    return call("setup_intents", "retrieve", stripe_id, {"expand": _EXPAND_METHOD})


def list_setup_intents(parameters: Mapping[str, Any]) -> Answer:
    return call("setup_intents", "list", parameters)


def create_refund(parameters: Mapping[str, Any], key: str) -> Answer:
    return call("refunds", "create", parameters, key=key)


def retrieve_refund(stripe_id: str) -> Answer:
    return call("refunds", "retrieve", stripe_id, {})


def cancel_refund(stripe_id: str, key: str) -> Answer:
    return call("refunds", "cancel", stripe_id, {}, key=key)


def list_refunds(parameters: Mapping[str, Any]) -> Answer:
    return call("refunds", "list", parameters)


def retrieve_payment_method(stripe_id: str) -> Answer:
    return call("payment_methods", "retrieve", stripe_id, {})


def list_payment_methods(parameters: Mapping[str, Any]) -> Answer:
    return call("payment_methods", "list", parameters)


def detach_payment_method(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return call("payment_methods", "detach", stripe_id, parameters, key=key)


def retrieve_dispute(stripe_id: str, expand: Sequence[str] = ()) -> Answer:
    return call("disputes", "retrieve", stripe_id, {"expand": list(expand)} if expand else {})


def list_disputes(parameters: Mapping[str, Any]) -> Answer:
    return call("disputes", "list", parameters)


def update_dispute(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return call("disputes", "update", stripe_id, parameters, key=key)


def close_dispute(stripe_id: str, key: str) -> Answer:
    return call("disputes", "close", stripe_id, {}, key=key)


class _NamedFile(io.BytesIO):
    """Anything with a `name` is a file to the SDK."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def create_file(content: bytes, filename: str, key: str) -> Answer:
    """Uploads evidence for a dispute. https://docs.stripe.com/api/files/create"""
    file = _NamedFile(content, filename)
    return call("files", "create", {"file": file, "purpose": "dispute_evidence"}, key=key)


def list_balance_transactions(parameters: Mapping[str, Any]) -> Answer:
    return call("balance_transactions", "list", parameters)


def retrieve_payout(stripe_id: str) -> Answer:
    return call("payouts", "retrieve", stripe_id, {})


def list_payouts(parameters: Mapping[str, Any]) -> Answer:
    """What Stripe paid to the bank account. https://docs.stripe.com/api/payouts/list"""
    return call("payouts", "list", parameters)


def list_events(parameters: Mapping[str, Any]) -> Answer:
    return call("events", "list", parameters, level=_POLLED)


def retrieve_event(stripe_id: str) -> Answer:
    """Stripe keeps events for 30 days. https://docs.stripe.com/api/events/retrieve"""
    return call("events", "retrieve", stripe_id, {})


def list_webhook_endpoints(parameters: Mapping[str, Any]) -> Answer:
    return call("webhook_endpoints", "list", parameters)


def verify_signature(payload: str, header: str, secret: str, *, tolerance: int) -> None:
    """Raises `ValueError`. https://docs.stripe.com/webhooks/signature"""
    try:
        stripe.WebhookSignature.verify_header(payload, header, secret, tolerance)
    except (stripe.SignatureVerificationError, TypeError, ValueError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    except Exception as error:
        raise error.with_traceback(None) from None  # see Note [Nothing confidential in a frame]
