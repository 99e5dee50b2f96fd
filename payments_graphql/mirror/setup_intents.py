from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from ..models import (
    SetupIntentStatus,
    SetupIntentUsage,
    StripeSetupIntent,
    get_or_none,
    insert_once,
    without_person,
)
from .changes import get_failure_code, read_error, record_change
from .held_rows import choose_row, note_contradictions
from .ownership import get_claimed_row, get_customer
from .payment_methods import apply_expanded_method, get_known_method
from .rows import backdate, find_news, get_id, write
from .source import NotOurs, ReadRequired, Source

__all__ = ["apply_setup_intent"]


def apply_setup_intent(payload: Mapping[str, Any], source: Source) -> StripeSetupIntent:
    """Call it inside a transaction. Raises `NotOurs`, or `ReadRequired` if the object must be read
    from Stripe."""
    row = _find(payload, source) or _adopt(payload)
    values = without_person(StripeSetupIntent, _read_values(payload, row), row.customer)
    news = find_news(
        row,
        values,
        source,
        read=("setup_intent", payload["id"]),
        row_is_final=row.is_terminal,
        news_is_final=values["status"] in SetupIntentStatus.terminal(),
    )
    if news is not None:
        if _lacks_method(payload, values):
            raise ReadRequired("setup_intent", payload["id"])
        _apply(row, news, payload, source)
    return row


def _find(payload: Mapping[str, Any], source: Source) -> StripeSetupIntent | None:
    """See Note [The operation's row]. One statement, as for a payment."""
    stripe_id = payload["id"]
    written = source.held.pk if source.held else get_claimed_row(payload, "setup_intent")
    rows = list(_lock(Q(stripe_setup_intent_id=stripe_id) | Q(pk=written)).order_by("pk"))
    row = choose_row(rows, "stripe_setup_intent_id", stripe_id, source)
    answered = {"customer": get_id(payload.get("customer"))}
    if source.held is None:
        return row or next(
            (one for one in rows if one.stripe_setup_intent_id is None and _asked(one) == answered),
            None,
        )
    if row is not None and row.stripe_setup_intent_id is None:
        note_contradictions(row, source, asked=_asked(row), answered=answered)
    return row


def _asked(row: StripeSetupIntent) -> dict[str, Any]:
    return {"customer": row.customer.stripe_customer_id}


def _lock(which: Q) -> QuerySet[StripeSetupIntent]:
    rows = StripeSetupIntent.objects.select_for_update(of=("self",))
    return rows.select_related("customer").filter(which)


def _adopt(payload: Mapping[str, Any]) -> StripeSetupIntent:
    customer = get_customer(get_id(payload.get("customer")))
    if customer is None:
        raise NotOurs("not a setup intent of one of our customers")
    written = StripeSetupIntent(
        customer=customer,
        livemode=customer.livemode,
        account=customer.account,
        stripe_setup_intent_id=payload["id"],
    )
    insert_once(written, unique="stripe_setup_intent_id")
    row = get_or_none(_lock(Q(stripe_setup_intent_id=payload["id"])))
    assert row is not None
    backdate(row, payload)
    return row


def _read_values(payload: Mapping[str, Any], row: StripeSetupIntent) -> dict[str, Any]:
    status, usage = payload["status"], payload.get("usage")
    values: dict[str, Any] = {
        "stripe_setup_intent_id": payload["id"],
        "status": status if status in SetupIntentStatus.values else SetupIntentStatus.UNKNOWN,
        "usage": usage if usage in SetupIntentUsage.values else SetupIntentUsage.OFF_SESSION,
        "last_error": _read_error(payload),
        "cancellation_reason": payload.get("cancellation_reason") or "",
    }
    known = get_known_method(get_id(payload.get("payment_method")), row.customer_id)
    values["payment_method_id"] = known.pk if known else None
    return values


def _lacks_method(payload: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """An event contains only the saved card's id, and may arrive before the card's own event."""
    return (
        payload["status"] == SetupIntentStatus.SUCCEEDED
        and values["payment_method_id"] is None
        and isinstance(payload.get("payment_method"), str)
    )


def _read_error(payload: Mapping[str, Any]) -> dict[str, str] | None:
    """Includes the attempt, so that the same decline of a second attempt is a new failure."""
    error = read_error(payload.get("last_setup_error"))
    return error and {**error, "attempt": get_id(payload.get("latest_attempt"))}


def _apply(
    row: StripeSetupIntent,
    differences: dict[str, Any],
    payload: Mapping[str, Any],
    source: Source,
) -> None:
    from_status = row.status if row.as_of is not None else ""
    method = apply_expanded_method(payload, source, owner=row.customer)
    is_of_owner = method is not None and method.customer_id == row.customer_id
    if method is not None and is_of_owner and row.payment_method_id != method.pk:
        differences["payment_method_id"] = method.pk
    write(row, differences, as_of=source.as_of, earliest=source.earliest)
    failure = get_failure_code(differences.get("last_error"))
    if from_status != row.status or failure:
        record_change(
            source,
            stripe_id=row.stripe_setup_intent_id,
            from_status=from_status,
            to_status=row.status,
            failure_code=failure,
            setup_intent=row,
        )
