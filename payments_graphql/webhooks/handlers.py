"""What each type of event changes in the mirror. https://docs.stripe.com/api/events/types"""

from functools import lru_cache
from typing import Any

from ..logs import get_logger
from ..mirror import (
    NotOurs,
    ReadRequired,
    Source,
    apply_charge,
    apply_customer,
    apply_dispute,
    apply_payment_intent,
    apply_payment_method,
    apply_refund,
    apply_setup_intent,
    get_customer,
    is_rehearsing,
)
from ..models import (
    CauseKind,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
    get_or_none,
    is_ours,
)
from ..stripe_client import API_VERSION

logger = get_logger(__name__)

HANDLED = frozenset(
    {
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.pending",
        "charge.succeeded",
        "charge.captured",
        "charge.refunded",
        "charge.expired",
        "charge.failed",
        "charge.refund.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.succeeded",
        "setup_intent.setup_failed",
        "setup_intent.canceled",
        "radar.early_fraud_warning.created",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "payment_method.attached",
        "payment_method.updated",
        "payment_method.automatically_updated",
        "payment_method.detached",
        "customer.updated",
        "customer.deleted",
    }
)


def is_handled(event_type: str) -> bool:
    return event_type in HANDLED


def handle(event: StripeWebhookEvent) -> list[StatusChange]:
    """Applies the event. Returns the changes of status, whose signals are sent after the commit.

    Call it inside a transaction. Raises `NotOurs` or `ReadRequired`.
    """
    assert event.payload is not None
    payload = event.payload["data"]["object"]
    source = Source(
        CauseKind.EVENT,
        event.event_id,
        event.stripe_created,
        is_creation=event.type.endswith(".created"),
    )
    match event.type.split("."):
        case ["payment_intent", _]:
            apply_payment_intent(payload, source)
        case ["charge", "dispute", _]:
            apply_dispute(payload, source)
        case ["radar", "early_fraud_warning", _]:
            _warn_of_fraud(payload)
        case ["setup_intent", _]:
            apply_setup_intent(payload, source)
        case ["refund", _] | ["charge", "refund", _]:
            # The object of charge.refund.updated is a refund, not a charge.
            apply_refund(payload, source)
        case ["charge", _]:
            apply_charge(payload)
        case ["payment_method", "detached"]:
            # The previous owner, needed if the method is unknown or a late event attaches it.
            before = event.payload["data"].get("previous_attributes") or {}
            owner = get_customer(str(before.get("customer") or ""))
            apply_payment_method(payload, source, owner=owner)
        case ["payment_method", _]:
            apply_payment_method(payload, source)
        case ["customer", "deleted"]:
            apply_customer({**payload, "deleted": True}, source)
        case ["customer", _]:
            apply_customer(payload, source)
        case _:
            raise AssertionError(f"{event.type} is listed as handled, but has no handler")
    return source.recorded


def _warn_of_fraud(warning: dict[str, Any]) -> None:
    """Logs a warning for people: a refund in time avoids the dispute. The payment must be known
    here, since banks report fraud days later. Other people's payments are not read."""
    intent_id = str(warning.get("payment_intent") or "")
    intent = get_or_none(StripePaymentIntent.objects.filter(stripe_payment_intent_id=intent_id))
    if intent is None or not is_ours(intent):
        raise NotOurs("not about a payment of one of our customers")
    if is_rehearsing():
        return
    logger.warning(
        "early_fraud_warning",
        stripe_id=warning.get("id"),
        charge=warning.get("charge"),
        payment_intent=str(intent.pk),
        fraud_type=warning.get("fraud_type"),
        actionable=warning.get("actionable"),
    )


@lru_cache(maxsize=64)
def _warn_of_other_version(api_version: str) -> None:
    """Logs once per version. `manage.py payments_doctor` names the endpoint."""
    logger.warning("webhook_other_api_version", api_version=api_version, expected=API_VERSION)


def refuse_other_version(event: StripeWebhookEvent) -> None:
    """A payload of another API version has another format. Raises `ReadRequired` to read the object
    instead, or `NotOurs`. Uses only fields that all versions have."""
    if event.api_version == API_VERSION:
        return
    _warn_of_other_version(event.api_version)
    if event.type.startswith("radar."):
        return
    assert event.payload is not None
    payload = event.payload["data"]["object"]
    # Reading a charge's payment covers the charge. All other objects are read themselves.
    match event.type.split("."):
        case [("payment_intent" | "setup_intent") as kind, _]:
            required = ReadRequired(kind, event.object_id)
        case ["charge", "dispute", _]:
            raise ReadRequired("dispute", event.object_id)
        case ["refund", _] | ["charge", "refund", _]:
            raise ReadRequired("refund", event.object_id)
        case ["charge", _]:
            required = ReadRequired("payment_intent", str(payload.get("payment_intent") or ""))
        case [kind, *_]:
            raise ReadRequired(kind, event.object_id)
    # Another integration on this account may have many payments, and each read costs a call.
    if get_customer(str(payload.get("customer") or "")) is None or not required.stripe_id:
        raise NotOurs("not of one of our customers")
    raise required
