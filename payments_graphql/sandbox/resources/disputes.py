"""Opens and answers disputes: https://docs.stripe.com/api/disputes.

How they end is in `dispute_outcomes.py`.
"""

from payments_graphql.sandbox.cards import Dispute, find_by_number
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import balance_transactions, dispute_outcomes, files
from payments_graphql.sandbox.resources.dispute_outcomes import CLOSED, UNDER_REVIEW
from payments_graphql.sandbox.transaction import Transaction

# Visa's codes: https://docs.stripe.com/disputes/categories.
_REASON_CODES: dict[Dispute, str] = {
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "duplicate": "12.6.1",
    "credit_not_processed": "13.6",
    "subscription_canceled": "13.2",
    "inquiry": "10",
}
REASONS: tuple[Dispute, ...] = tuple(_REASON_CODES)
_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
# https://docs.stripe.com/api/disputes/update#update_dispute-evidence: characters of all fields.
_LONGEST_EVIDENCE = 150_000


def open_for(tx: Transaction, charge: JsonObject) -> None:
    """Dispute a captured charge at once if its test card asks for it.

    https://docs.stripe.com/testing#disputes
    """
    card = find_by_number(charge["_number"])
    if card.dispute is not None:
        open_dispute(tx, charge, card.dispute)


def open_dispute(tx: Transaction, charge: JsonObject, reason: Dispute) -> JsonObject:
    """Dispute a captured card charge. An inquiry takes no money yet."""
    is_inquiry = reason == "inquiry"
    brand = charge["payment_method_details"]["card"]["brand"]
    dispute = _build(tx, charge, reason, brand=brand)
    tx.store.insert("dispute", dispute)
    charge["disputed"] = True
    tx.store.save(charge)
    if not is_inquiry:
        dispute["balance_transactions"] = [balance_transactions.withdraw_dispute(tx, dispute)]
        tx.store.save(dispute)
    emit(tx, "charge.dispute.created", dispute)
    if not is_inquiry:
        emit(tx, "charge.dispute.funds_withdrawn", dispute)
    dispute_outcomes.schedule_deadline(tx, dispute)
    return dispute


def open_lost(tx: Transaction, charge: JsonObject) -> None:
    """Return a paid bank debit. The dispute is lost at once, and evidence can't change that.

    https://docs.stripe.com/payments/sepa-debit#disputed-payments
    """
    dispute = _build(tx, charge, "fraudulent", brand=None) | {
        "reason": "debit_not_authorized",
        "status": "lost",
    }
    del dispute["payment_method_details"]
    tx.store.insert("dispute", dispute)
    dispute["balance_transactions"] = [balance_transactions.withdraw_dispute(tx, dispute)]
    tx.store.save(dispute)
    tx.store.save(charge | {"disputed": True})
    emit(tx, "charge.dispute.created", dispute)
    emit(tx, "charge.dispute.funds_withdrawn", dispute)
    emit(tx, "charge.dispute.closed", dispute)


def _build(
    tx: Transaction, charge: JsonObject, reason: Dispute, *, brand: str | None
) -> JsonObject:
    is_inquiry = reason == "inquiry"
    return {
        "id": tx.new_id("du"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": tx.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys((*_TEXTS, *FILES)) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": dispute_outcomes.due_by(tx),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        # An inquiry has not taken the money, so the payment can still be refunded.
        "is_charge_refundable": is_inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": "inquiry" if is_inquiry else "chargeback",
                "network": brand,
                "network_reason_code": _REASON_CODES[reason],
            },
            "type": "card",
        },
        "reason": "fraudulent" if is_inquiry else reason,
        "status": "warning_needs_response" if is_inquiry else "needs_response",
    }


def check_refundable(tx: Transaction, charge: JsonObject) -> None:
    """Refuse to refund a payment that a dispute has already withdrawn.

    https://docs.stripe.com/error-codes#charge-disputed
    """
    if charge["disputed"] and not all(one["is_charge_refundable"] for one in _of(tx, charge)):
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )


def _of(tx: Transaction, charge: JsonObject) -> list[JsonObject]:
    found = Filter("dispute")
    found.equals("charge", charge["id"])
    disputes: list[JsonObject] = list_objects(tx, found, {}, "")["data"]
    return disputes


def retrieve(tx: Transaction, params: JsonObject, dispute_id: str) -> JsonObject:
    del params
    return tx.find("dispute", dispute_id, param="dispute", in_path=True)


def update(tx: Transaction, params: JsonObject, dispute_id: str) -> JsonObject:
    """Merge evidence and metadata. The evidence is submitted unless `submit` is false."""
    before = _find_open(tx, dispute_id)
    dispute = before | {"metadata": merge_metadata(before["metadata"], params)}
    evidence = params.get("evidence") or {}
    if evidence:
        _check_evidence(tx, before, evidence)
        merged = before["evidence"] | evidence
        _check_length(merged)
        has_evidence = any(value for name, value in merged.items() if name != "enhanced_evidence")
        details = before["evidence_details"] | {"has_evidence": has_evidence}
        dispute |= {"evidence": merged, "evidence_details": details}
    if params.get("submit", bool(evidence)) and dispute["evidence_details"]["has_evidence"]:
        dispute_outcomes.submit(tx, dispute)
    if dispute != before:
        tx.store.save(dispute)
        emit(tx, "charge.dispute.updated", dispute, before)
    return dispute


def _find_open(tx: Transaction, dispute_id: str) -> JsonObject:
    dispute = tx.find("dispute", dispute_id, param="dispute", in_path=True)
    if dispute["status"] in CLOSED:
        raise ApiError("This dispute is already closed")
    return dispute


def _check_evidence(tx: Transaction, dispute: JsonObject, evidence: JsonObject) -> None:
    if dispute["status"] in UNDER_REVIEW | {"appeal_needs_response"}:
        raise ApiError(
            "The evidence of this dispute has already been submitted to the bank.",
            param="evidence",
        )
    if evidence.get("enhanced_evidence"):
        raise InvalidParameterError(
            "The sandbox does not support `evidence[enhanced_evidence]`.",
            param="evidence[enhanced_evidence]",
        )
    evidence.pop("enhanced_evidence", None)
    merged = dispute["evidence"] | evidence
    files.check_evidence(tx, [(name, merged[name]) for name in FILES if merged[name]])
    if evidence.get("duplicate_charge_id"):
        param = "evidence[duplicate_charge_id]"
        tx.find("charge", evidence["duplicate_charge_id"], param=param)


def _check_length(evidence: JsonObject) -> None:
    length = sum(len(evidence[name] or "") for name in _TEXTS)
    if length > _LONGEST_EVIDENCE:
        raise ApiError(
            f"The combined character count of all evidence fields is limited to "
            f"{_LONGEST_EVIDENCE:,}, but yours have {length:,}.",
            param="evidence",
        )


def close(tx: Transaction, params: JsonObject, dispute_id: str) -> JsonObject:
    """Accept a dispute: a chargeback is lost, an inquiry is closed."""
    del params
    return dispute_outcomes.accept(tx, _find_open(tx, dispute_id))


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("dispute")
    for name in ("charge", "payment_intent"):
        found.equals(name, params.get(name))
    return list_objects(tx, found, params, "/v1/disputes")
