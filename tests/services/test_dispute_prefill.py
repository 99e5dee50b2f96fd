"""The evidence that the site already has."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from payments_graphql import stripe_client
from payments_graphql.models import StripeDispute, StripePaymentIntent, StripeRefund
from payments_graphql.policy import Policy
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds
from payments_graphql.services.dispute_prefill import prefill_evidence


class KnowingPolicy(Policy):
    """A site that keeps addresses, and has better descriptions."""

    def describe_dispute(self, dispute: StripeDispute) -> dict[str, str]:
        return {
            "customer_purchase_ip": "203.0.113.7",
            "product_description": f"Lisbon, payment {dispute.payment_intent.pk}",
            "receipt": "file_1",
        }


class BrokenPolicy(Policy):
    def describe_dispute(self, dispute: StripeDispute) -> dict[str, str]:
        raise ZeroDivisionError


class UnknowingPolicy(Policy):
    def describe_dispute(self, dispute: StripeDispute) -> dict[str, str]:
        return {"flavor": "red", "service_date": "May 3, 2027"}


@pytest.fixture
def dispute(alice, booking, pay, sandbox) -> StripeDispute:
    alice.first_name, alice.last_name = "Alice", "Liddell"
    alice.save()
    pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    reconcile()
    return StripeDispute.objects.get()


def _prefill(dispute, user=None) -> dict[str, str]:
    return prefill_evidence(dispute=dispute, user=user).evidence


def test_the_customer_and_the_booking_are_filled_in(dispute, booking):
    found = prefill_evidence(dispute=dispute)
    assert found.evidence["customer_name"] == "Alice Liddell"
    assert found.evidence["customer_email_address"] == "alice@example.com"
    assert found.evidence["product_description"] == "Lisbon (booking LIS-1)"
    assert not found.withheld
    assert not found.incomplete
    text = found.evidence["uncategorized_text"]
    assert f"99.99 USD was paid for booking {booking.reference}" in text
    assert dispute.stripe_charge_id in text
    assert "No part of this payment was refunded." in text


def _answer_about_the_charge(monkeypatch, billing, card) -> None:
    """The sandbox's test cards have no name."""
    read = stripe_client.retrieve_payment_intent

    def read_with_details(stripe_id: str) -> Any:
        answer = read(stripe_id)
        charge = answer.object["latest_charge"]
        charge["billing_details"] = billing
        charge["payment_method_details"]["card"] |= card
        return answer

    monkeypatch.setattr(stripe_client, "retrieve_payment_intent", read_with_details)


_SOME = {"line1": "1 Tea Party", "line2": None, "city": "Oxford"}
_ALL = {"state": "Oxon", "country": "GB", "line2": "Garden", "postal_code": "OX1 1AA"}


@pytest.mark.parametrize(
    ("billing", "receipt_email", "expected"),
    [
        (
            {"name": "A. Liddell", "email": None, "address": _SOME},
            "receipts@example.com",
            ("A. Liddell", "receipts@example.com", "1 Tea Party, Oxford"),
        ),
        (
            {"name": None, "email": "a@example.com", "address": _SOME | _ALL},
            "receipts@example.com",
            ("Alice Liddell", "a@example.com", "1 Tea Party, Garden, OX1 1AA, Oxford, Oxon, GB"),
        ),
        ({"address": None}, "", ("Alice Liddell", "alice@example.com", None)),
        (None, "", ("Alice Liddell", "alice@example.com", None)),
    ],
    ids=["some", "all", "no address", "none"],
)
def test_what_the_customer_entered_when_paying_is_closer_to_the_card(
    dispute, monkeypatch, billing, receipt_email, expected
):
    dispute.payment_intent.receipt_email = receipt_email
    _answer_about_the_charge(monkeypatch, billing, {})
    found = _prefill(dispute)
    names = ("customer_name", "customer_email_address", "billing_address")
    assert tuple(found.get(name) for name in names) == expected


_PASSED = ("cvc_check", "address_postal_code_check", "address_line1_check")


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (
            {
                "three_d_secure": {"result": "authenticated"},
                "checks": {"cvc_check": "pass", "address_postal_code_check": "unavailable"},
            },
            [
                "The cardholder was authenticated with 3-D Secure.",
                "The cardholder's bank confirmed: security code (CVC).",
            ],
        ),
        (
            {"three_d_secure": None, "checks": dict.fromkeys(_PASSED, "pass")},
            ["The cardholder's bank confirmed: security code (CVC), postal code, street address."],
        ),
        ({"three_d_secure": {"result": "failed"}, "checks": {"cvc_check": "fail"}}, []),
        ({"checks": None}, []),
    ],
    ids=["code", "everything", "nothing", "unknown"],
)
def test_what_the_bank_checked_is_told(dispute, monkeypatch, card, told):
    _answer_about_the_charge(monkeypatch, None, card)
    _paid, *checks, _refunds = _prefill(dispute)["uncategorized_text"].splitlines()
    assert checks == told


def test_only_staff_who_may_see_personal_data_get_it(dispute, sam, bob):
    bob.user_permissions.set(Permission.objects.filter(codename="manage_disputes"))
    found = prefill_evidence(dispute=dispute, user=bob)
    assert set(found.withheld) == {"customer_name", "customer_email_address"}
    assert "product_description" in found.evidence
    assert "alice" not in " ".join(found.evidence.values()).lower()
    assert "customer_name" in _prefill(dispute, sam)


def test_a_service_date_of_the_sites_own_booking_model_is_filled_in(dispute):
    dispute.payment_intent.booking.service_date = date(2027, 5, 3)
    assert _prefill(dispute)["service_date"] == "May 3, 2027"
    dispute.payment_intent.booking.service_date = datetime(2027, 5, 3, 12, tzinfo=UTC)
    assert _prefill(dispute)["service_date"] == "May 3, 2027"


def _date(row, *day) -> None:
    type(row).objects.filter(pk=row.pk).update(created_at=datetime(2026, *day, 12, tzinfo=UTC))


def test_another_payment_for_the_booking_is_named_as_the_duplicate(dispute, alice, booking, pay):
    assert "duplicate_charge_id" not in _prefill(dispute)
    type(booking).objects.filter(pk=booking.pk).update(amount=15000)
    booking.refresh_from_db()
    other = pay(alice, None, None, booking=booking)
    _date(dispute.payment_intent, 3, 9)
    _date(other, 4, 30)
    older, *without_charge = (_copy(other, latest_charge_id=one) for one in ("ch_older", "", ""))
    _date(older, 4, 29)
    unpaid = _copy(other, latest_charge_id="ch_unpaid", status="requires_payment_method")
    for row in (*without_charge, unpaid):
        _date(row, 5, 1)

    found = _prefill(StripeDispute.objects.get())

    assert found["duplicate_charge_id"] == other.latest_charge_id
    assert found["duplicate_charge_explanation"] == (
        f"50.01 USD was paid on April 30, 2026 with the charge {other.latest_charge_id}. "
        "99.99 USD was paid on March 9, 2026 with the disputed charge "
        f"{dispute.stripe_charge_id}. Both belong to booking LIS-1, whose price is 150.00 USD."
    )


def _copy(intent, **values) -> StripePaymentIntent:
    """A row of the mirror alone."""
    names = ("customer", "booking", "amount", "amount_received", "currency", "status")
    given = {name: getattr(intent, name) for name in names}
    return StripePaymentIntent.objects.create(**given | values)


def test_refunds_and_earlier_payments_are_told_in_order(alice, bob, pay, sandbox):
    intent = pay(alice, "50.00", method="pm_card_createDisputeInquiry")
    reconcile()
    made = [refunds.create_refund(payment_intent=intent, amount=one)[0] for one in (12, 3, 1)]
    _date(intent, 10, 5)
    for refund, day in zip(made, (8, 7, 9), strict=True):
        _date(refund, 10, day)
    StripeRefund.objects.filter(pk=made[2].pk).update(status="failed")
    for number in range(6):
        _date(_copy(intent, amount_received=2000, latest_charge_id=f"ch_{number}"), 8, number + 1)
    disputed = StripePaymentIntent.objects.get(latest_charge_id="ch_4")
    StripeDispute.objects.create(
        payment_intent=disputed, amount=1, currency="USD", stripe_dispute_id="du_4"
    )
    others = pay(bob)
    later = _copy(intent, latest_charge_id="ch_later")
    unpaid = _copy(intent, latest_charge_id="ch_unpaid", status="canceled")
    without_charge = _copy(intent)
    for row, month in ((others, 8), (later, 11), (unpaid, 8), (without_charge, 8)):
        _date(row, month, 9)

    dispute = StripeDispute.objects.get(payment_intent=intent)
    text = _prefill(dispute)["uncategorized_text"]

    assert text.splitlines() == [
        f"October 5, 2026: 50.00 USD was paid (charge {intent.latest_charge_id}).",
        f"October 7, 2026: 3.00 USD was refunded ({made[1].stripe_refund_id}).",
        f"October 8, 2026: 12.00 USD was refunded ({made[0].stripe_refund_id}).",
        "Earlier payments of the same customer that were not disputed:",
        "August 6, 2026: 20.00 USD (charge ch_5)",
        "August 4, 2026: 20.00 USD (charge ch_3)",
        "August 3, 2026: 20.00 USD (charge ch_2)",
        "August 2, 2026: 20.00 USD (charge ch_1)",
        "August 1, 2026: 20.00 USD (charge ch_0)",
    ]


def test_without_a_booking_the_payment_describes_itself(alice, pay, sandbox):
    pay(alice, "50.00", method="pm_card_createDispute", description="A day in Sintra")
    reconcile()
    found = _prefill(StripeDispute.objects.get())
    assert found["product_description"] == "A day in Sintra"
    assert "50.00 USD was paid (charge ch_" in found["uncategorized_text"]


def test_the_sites_texts_and_its_policy_are_added(dispute, settings):
    settings.PAYMENTS_DISPUTE_EVIDENCE = {
        "refund_policy_disclosure": "Above the pay button.",
        "product_description": "A trip",
    }
    assert _prefill(dispute)["refund_policy_disclosure"] == "Above the pay button."
    assert _prefill(dispute)["product_description"] == "A trip"

    settings.PAYMENTS_POLICY = f"{__name__}.KnowingPolicy"
    found = _prefill(dispute)
    assert found["customer_purchase_ip"] == "203.0.113.7"
    assert found["product_description"] == f"Lisbon, payment {dispute.payment_intent_id}"
    assert found["receipt"] == "file_1"


def test_personal_data_of_the_sites_policy_is_withheld_too(dispute, settings, bob):
    settings.PAYMENTS_POLICY = f"{__name__}.KnowingPolicy"
    bob.user_permissions.set(Permission.objects.filter(codename="manage_disputes"))
    found = prefill_evidence(dispute=dispute, user=bob)
    assert "customer_purchase_ip" in found.withheld
    assert "customer_purchase_ip" not in found.evidence


@pytest.mark.parametrize(
    ("policy", "expected"), [("BrokenPolicy", None), ("UnknowingPolicy", "May 3, 2027")]
)
def test_an_error_of_the_sites_policy_leaves_the_rest(dispute, settings, policy, expected):
    settings.PAYMENTS_POLICY = f"{__name__}.{policy}"
    found = prefill_evidence(dispute=dispute)
    assert found.incomplete
    assert found.evidence["customer_name"] == "Alice Liddell"
    assert found.evidence.get("service_date") == expected
    assert "flavor" not in found.evidence


def test_without_stripe_the_sites_own_data_is_still_filled_in(dispute, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    found = prefill_evidence(dispute=dispute)
    assert found.incomplete
    assert found.evidence["customer_name"] == "Alice Liddell"
    assert "security code" not in found.evidence["uncategorized_text"]


def test_of_a_deleted_user_the_payment_is_still_known(dispute, alice):
    alice.delete()
    found = prefill_evidence(dispute=StripeDispute.objects.get())
    assert not found.incomplete
    assert "customer_name" not in found.evidence
    assert found.evidence["customer_email_address"] == "alice@example.com"  # of the receipt


def test_an_erased_customer_is_not_looked_up_at_stripe(dispute, sandbox):
    customer = dispute.payment_intent.customer
    customer.erased_at = datetime(2026, 1, 1, tzinfo=UTC)
    customer.save()
    before = len(sandbox.requests())
    assert not prefill_evidence(dispute=StripeDispute.objects.get()).incomplete
    assert len(sandbox.requests()) == before


def test_the_texts_are_english_in_every_language(dispute):
    from django.utils import translation

    english = _prefill(dispute)
    with translation.override("fr"):
        assert _prefill(dispute) == english
