import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.transaction import TransactionManagementError

from ..kept_queries import KeptQueries
from ..models import (
    CaptureMethod,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripePaymentMethod,
    insert_once,
    without_person,
)
from ..next_actions import read_next_action
from .changes import get_failure_code, read_error, record_change
from .fitting import make_row
from .held_rows import choose_row, note_contradictions
from .ownership import get_claimed_row, get_customer, link_creation, without_ours
from .payment_methods import apply_expanded_method, get_known_method, note_advice
from .rows import backdate, find_news, get_id, parse_timestamp, write
from .source import NotOurs, Source

__all__ = ["apply_payment_intent", "lock_payment_intent", "read_charge", "read_fee"]

_locking = KeptQueries()


def apply_payment_intent(payload: Mapping[str, Any], source: Source) -> StripePaymentIntent:
    """Updates the mirror with `payload`, a payment intent from Stripe.

    Call it inside a transaction. Raises `NotOurs`, or `ReadRequired` if the object must be read
    from Stripe.
    """
    row = _find(payload, source) or _adopt(payload)
    values = without_person(StripePaymentIntent, _read_values(payload, row), row.customer)
    news = find_news(
        row,
        values,
        source,
        read=("payment_intent", payload["id"]),
        row_is_final=row.is_terminal,
        news_is_final=values["status"] in PaymentIntentStatus.terminal(),
    )
    if news is not None:
        _apply(row, news, payload, source)
    return row


def _find(payload: Mapping[str, Any], source: Source) -> StripePaymentIntent | None:
    """Finds the row by Stripe's id, or the row written before Stripe was called: the operation's,
    or, if the answer was lost, the one in the metadata. See Note [The operation's row].

    Uses one statement, since another process may set the id while this one waits for the lock.
    """
    stripe_id = payload["id"]
    written = source.held.pk if source.held else get_claimed_row(payload, "payment_intent")
    rows = _read_locked(
        (stripe_id, written),
        lambda: _lock(Q(stripe_payment_intent_id=stripe_id) | Q(pk=written)).order_by("pk"),
    )
    row = choose_row(rows, "stripe_payment_intent_id", stripe_id, source)
    if source.held is None:
        return row or next((one for one in rows if _is_written_for(one, payload)), None)
    if row is not None and row.stripe_payment_intent_id is None:
        note_contradictions(row, source, asked=_asked(row), answered=_answered(payload))
    return row


def _is_written_for(row: StripePaymentIntent, payload: Mapping[str, Any]) -> bool:
    return row.stripe_payment_intent_id is None and _asked(row) == _answered(payload)


def _asked(row: StripePaymentIntent) -> dict[str, Any]:
    return {
        "amount": row.amount,
        "currency": row.currency.upper(),
        "customer": row.customer.stripe_customer_id,
    }


def _answered(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "amount": payload["amount"],
        "currency": payload["currency"].upper(),
        "customer": get_id(payload.get("customer")),
    }


def lock_payment_intent(stripe_id: str) -> StripePaymentIntent | None:
    rows = _read_locked(
        (stripe_id,), lambda: _lock(Q(stripe_payment_intent_id=stripe_id)).order_by()
    )
    return rows[0] if rows else None


def _read_locked(
    values: tuple[Any, ...], make_rows: Callable[[], QuerySet[StripePaymentIntent]]
) -> list[StripePaymentIntent]:
    """See Note [Kept SQL]. To make the text of this statement took a quarter of the time of an
    event: a payment, its customer and its method have many columns."""
    # Django checks this when it makes the text.
    if transaction.get_autocommit():
        raise TransactionManagementError("A payment is only locked inside a transaction.")
    return _locking.read(len(values), values, make_rows)


def _lock(which: Q) -> QuerySet[StripePaymentIntent]:
    rows = StripePaymentIntent.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "payment_method").filter(which)


def _adopt(payload: Mapping[str, Any]) -> StripePaymentIntent:
    """Adopts a payment of our customer that we did not create, for example in the Dashboard."""
    customer = get_customer(get_id(payload.get("customer")))
    if customer is None:
        raise NotOurs("not a payment of one of our customers")
    written = make_row(
        StripePaymentIntent,
        customer=customer,
        livemode=customer.livemode,
        account=customer.account,
        stripe_payment_intent_id=payload["id"],
        amount=payload["amount"],
        currency=payload["currency"].upper(),
    )
    insert_once(written, unique="stripe_payment_intent_id")
    row = lock_payment_intent(payload["id"])
    assert row is not None
    link_creation(payload, row)
    backdate(row, payload)
    return row


def _read_values(payload: Mapping[str, Any], row: StripePaymentIntent) -> dict[str, Any]:
    status, capture_method = payload["status"], payload.get("capture_method")
    values: dict[str, Any] = {
        "stripe_payment_intent_id": payload["id"],
        "status": status if status in PaymentIntentStatus.values else PaymentIntentStatus.UNKNOWN,
        "amount": payload["amount"],
        "amount_capturable": payload.get("amount_capturable") or 0,
        "amount_received": payload.get("amount_received") or 0,
        "currency": payload["currency"].upper(),
        "description": payload.get("description") or "",
        "capture_method": capture_method
        if capture_method in CaptureMethod.values
        else CaptureMethod.UNKNOWN,
        "setup_future_usage": payload.get("setup_future_usage") or "",
        "metadata": without_ours(payload.get("metadata")),
        "receipt_email": payload.get("receipt_email") or "",
        "last_error": read_error(payload.get("last_payment_error")),
        "cancellation_reason": payload.get("cancellation_reason") or "",
        "canceled_at": parse_timestamp(payload.get("canceled_at")),
        "latest_charge_id": get_id(payload.get("latest_charge")),
    }
    charge = payload.get("latest_charge")
    if isinstance(charge, Mapping):
        values |= read_charge(charge)
    if status == PaymentIntentStatus.SUCCEEDED:
        values["capture_before"] = None
    values |= _read_next_action(payload)
    method_pk = _get_method_pk(row, get_id(payload.get("payment_method")))
    if method_pk is not None or not _brings_first_method(row, payload):
        values["payment_method_id"] = method_pk
    return values


def _read_next_action(payload: Mapping[str, Any]) -> dict[str, Any]:
    """See Note [Waiting for the customer]."""
    if payload["status"] != PaymentIntentStatus.REQUIRES_ACTION:
        return {"next_action_type": "", "next_action_expires_at": None}
    action = payload.get("next_action")
    if not isinstance(action, Mapping):
        return {}
    read = read_next_action(action)
    return {"next_action_type": read.type[:64], "next_action_expires_at": read.expires_at}


def _brings_first_method(row: StripePaymentIntent, payload: Mapping[str, Any]) -> bool:
    """Whether the payload contains the row's first method, which is applied together with it."""
    return row.payment_method_id is None and isinstance(payload.get("payment_method"), Mapping)


def _is_of_payer(method: StripePaymentMethod, row: StripePaymentIntent) -> bool:
    """Whether the method belongs to the payer. Other people's cards are never shown."""
    return method.customer_id == row.customer_id


def _get_method_pk(row: StripePaymentIntent, stripe_id: str) -> uuid.UUID | None:
    method = row.payment_method
    if method is None or method.stripe_payment_method_id != stripe_id:
        method = get_known_method(stripe_id, row.customer_id)
    return method.pk if method else None


def read_charge(charge: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the latest charge that a payment's row stores."""
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return {
        "receipt_url": charge.get("receipt_url") or "",
        "capture_before": parse_timestamp(card.get("capture_before")),
        **read_fee(charge.get("balance_transaction")),
    }


def read_fee(transaction: Any) -> dict[str, Any]:
    """Nothing if the payload has only the balance transaction's id. The fee is in the account's
    currency. https://docs.stripe.com/api/balance_transactions/object"""
    if not isinstance(transaction, Mapping) or transaction.get("fee") is None:
        return {}
    return {"fee": transaction["fee"], "fee_currency": str(transaction["currency"]).upper()}


def _apply(
    row: StripePaymentIntent,
    differences: dict[str, Any],
    payload: Mapping[str, Any],
    source: Source,
) -> None:
    was_accepted = row.as_of is not None
    from_status = row.status if was_accepted else ""
    method = apply_expanded_method(payload, source, owner=row.customer)
    if method is not None and row.payment_method_id != method.pk and _is_of_payer(method, row):
        differences["payment_method_id"] = method.pk
    write(row, differences, as_of=source.as_of, earliest=source.earliest)
    _note_advice(row, differences, payload, source)
    failure = get_failure_code(differences.get("last_error"))
    if from_status != row.status or failure:
        record_change(
            source,
            stripe_id=row.stripe_payment_intent_id,
            from_status=from_status,
            to_status=row.status,
            failure_code=failure,
            payment_intent=row,
        )


def _note_advice(
    row: StripePaymentIntent,
    differences: Mapping[str, Any],
    payload: Mapping[str, Any],
    source: Source,
) -> None:
    """Stores the advice for the method that was declined, or clears it for the one that paid."""
    error = payload.get("last_payment_error") or {}
    if differences.get("last_error") and error.get("type") == "card_error":
        declined = get_id(error.get("payment_method"))
        advice_code = str(error.get("advice_code") or "")
        note_advice(row.customer_id, declined, advice_code, source.as_of)
    elif "status" in differences and (row.is_authorized or row.amount_received):
        paid_with = get_id(payload.get("payment_method"))
        note_advice(row.customer_id, paid_with, "", source.as_of)
