"""Evidence that the site already has. A person checks it before it is sent.

The texts are English, since banks read them, whatever language the staff use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from .. import money, operations, people, stripe_client
from ..conf import conf
from ..dispute_evidence import EVIDENCE, PERSONAL
from ..errors import PaymentError
from ..logs import get_logger
from ..models import PaymentIntentStatus, RefundStatus, StripeDispute, StripePaymentIntent
from ..policy import Person, get_policy

__all__ = ["Prefill", "may_see_personal_data", "prefill_evidence"]

logger = get_logger(__name__)

_MOST_EARLIER_PAYMENTS = 5


@dataclass
class Prefill:
    """`evidence` by type. `withheld`: personal data that the person may not see. `incomplete`: not
    all sources could be read."""

    evidence: dict[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    incomplete: bool = False


def may_see_personal_data(user: Person) -> bool:
    """The site's own code may."""
    return user is None or get_policy().may_see_personal_data(user)


def prefill_evidence(*, dispute: StripeDispute, user: Person = None) -> Prefill:
    """What the site knows about the payment, what Stripe knows about its charge, the texts of
    `PAYMENTS_DISPUTE_EVIDENCE`, and what `Policy.describe_dispute` adds. The last one wins.

    Reads the charge from Stripe. Saves and sends nothing.
    """
    found = Prefill()
    charge = _read_charge(dispute.payment_intent, found)
    merged: dict[str, str] = {}
    for source in (
        _describe_payment(dispute.payment_intent),
        _describe_charge(dispute.payment_intent, charge),
        _describe_duplicate(dispute),
        {"uncategorized_text": "\n".join(_tell(dispute, charge))},
        conf.PAYMENTS_DISPUTE_EVIDENCE,
        _ask_the_site(dispute, found),
    ):
        merged |= {name: str(text) for name, text in source.items() if text}
    if not may_see_personal_data(user):
        found.withheld = tuple(name for name in EVIDENCE if name in PERSONAL & merged.keys())
    found.evidence = {
        name: merged[name] for name in EVIDENCE if name in merged and name not in found.withheld
    }
    return found


def _read_charge(intent: StripePaymentIntent, found: Prefill) -> Mapping[str, Any]:
    if intent.customer.erased_at is not None or not intent.stripe_payment_intent_id:
        return {}
    try:
        answer = operations.read(
            stripe_client.retrieve_payment_intent, intent.stripe_payment_intent_id
        )
    except PaymentError:  # the rest is still worth having
        found.incomplete = True
        return {}
    charge = answer.object.get("latest_charge")
    return charge if isinstance(charge, dict) else {}


def _ask_the_site(dispute: StripeDispute, found: Prefill) -> Mapping[str, str]:
    """An error in the site's code must not keep anyone from answering in time."""
    try:
        described = dict(get_policy().describe_dispute(dispute))
    except Exception:
        logger.exception("describe_dispute_failed", dispute_id=str(dispute.pk))
        found.incomplete = True
        return {}
    unknown = sorted(map(str, described.keys() - set(EVIDENCE)))
    if unknown:
        logger.error("describe_dispute_names_unknown_evidence", names=unknown)
        found.incomplete = True
    return {name: text for name, text in described.items() if name in EVIDENCE}


def _describe_payment(intent: StripePaymentIntent) -> dict[str, str]:
    user, booking = intent.customer.user, intent.booking
    description = getattr(booking, "description", "") or intent.description
    reference = f" (booking {booking.reference})" if booking is not None else ""
    service_date = getattr(booking, "service_date", None)
    return {
        "customer_name": people.get_full_name(user) if user is not None else "",
        "customer_email_address": people.get_email(user) if user is not None else "",
        "product_description": f"{description}{reference}".strip(),
        "service_date": _format_date(service_date) if hasattr(service_date, "strftime") else "",
    }


def _describe_charge(intent: StripePaymentIntent, charge: Mapping[str, Any]) -> dict[str, str]:
    """What the customer entered when they paid, which is closer to the card than the account."""
    details = charge.get("billing_details") or {}
    address = details.get("address") or {}
    lines = ("line1", "line2", "postal_code", "city", "state", "country")
    return {
        "customer_name": details.get("name") or "",
        "customer_email_address": details.get("email") or intent.receipt_email,
        "billing_address": ", ".join(address[line] for line in lines if address.get(line)),
    }


def _describe_duplicate(dispute: StripeDispute) -> dict[str, str]:
    """Another payment for the same booking. Which purchase it was for, a person has to add."""
    intent = dispute.payment_intent
    other = _find_other_payment(intent)
    if other is None or intent.booking is None:
        return {}
    mine = dispute.stripe_charge_id or intent.latest_charge_id
    return {
        "duplicate_charge_id": other.latest_charge_id,
        "duplicate_charge_explanation": (
            f"{_describe_amount(other)} was paid on {_format_date(other.created_at)} with the "
            f"charge {other.latest_charge_id}. {_describe_amount(intent)} was paid on "
            f"{_format_date(intent.created_at)} with the disputed charge {mine}. Both belong to "
            f"booking {intent.booking.reference}, whose price is "
            f"{money.format_amount(intent.booking.amount, intent.booking.currency)}."
        ),
    }


def _find_other_payment(intent: StripePaymentIntent) -> StripePaymentIntent | None:
    if intent.booking_id is None:
        return None
    others: Any = StripePaymentIntent.objects.ours().filter(
        booking_id=intent.booking_id, status=PaymentIntentStatus.SUCCEEDED
    )
    other: StripePaymentIntent | None = (
        others.exclude(pk=intent.pk).exclude(latest_charge_id="").order_by("-created_at").first()
    )
    return other


def _tell(dispute: StripeDispute, charge: Mapping[str, Any]) -> Iterator[str]:
    """What happened, in order."""
    intent = dispute.payment_intent
    booking = f" for booking {intent.booking.reference}" if intent.booking is not None else ""
    paid = f"{_format_date(intent.created_at)}: {_describe_amount(intent)} was paid{booking}"
    yield f"{paid} (charge {dispute.stripe_charge_id or intent.latest_charge_id})."
    yield from _tell_checks(charge)
    refunds = [
        one for one in intent.refunds.order_by("created_at") if one.status == RefundStatus.SUCCEEDED
    ]
    for refund in refunds:
        day = _format_date(refund.created_at)
        amount = money.format_amount(refund.amount, refund.currency)
        yield f"{day}: {amount} was refunded ({refund.stripe_refund_id})."
    if not refunds:
        yield "No part of this payment was refunded."
    earlier = _list_earlier_payments(intent)
    if earlier:
        yield "Earlier payments of the same customer that were not disputed:"
        for one in earlier:
            yield (
                f"{_format_date(one.created_at)}: {_describe_amount(one)} "
                f"(charge {one.latest_charge_id})"
            )


def _tell_checks(charge: Mapping[str, Any]) -> Iterator[str]:
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    checks = card.get("checks") or {}
    names = {
        "cvc_check": "security code (CVC)",
        "address_postal_code_check": "postal code",
        "address_line1_check": "street address",
    }
    passed = [label for name, label in names.items() if checks.get(name) == "pass"]
    if (card.get("three_d_secure") or {}).get("result") == "authenticated":
        yield "The cardholder was authenticated with 3-D Secure."
    if passed:
        yield f"The cardholder's bank confirmed: {', '.join(passed)}."


def _list_earlier_payments(intent: StripePaymentIntent) -> list[StripePaymentIntent]:
    """Newest first, from the index of the customer's payments by status."""
    payments: Any = StripePaymentIntent.objects.ours().filter(
        customer_id=intent.customer_id,
        status=PaymentIntentStatus.SUCCEEDED,
        created_at__lt=intent.created_at,
    )
    undisputed = payments.filter(disputes__isnull=True).exclude(latest_charge_id="")
    return list(undisputed.order_by("-created_at", "-pk")[:_MOST_EARLIER_PAYMENTS])


def _describe_amount(intent: StripePaymentIntent) -> str:
    return money.format_amount(intent.amount_received or intent.amount, intent.currency)


def _format_date(moment: Any) -> str:
    """ "November 3, 2026", in words that no bank misreads."""
    day = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)  # fmt: skip
