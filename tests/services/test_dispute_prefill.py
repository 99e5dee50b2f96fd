"""The evidence that the site already has."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from payments_graphql.models import StripeDispute
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
    assert booking.reference in found.evidence["product_description"]
    assert not found.withheld
    assert not found.incomplete
    text = found.evidence["uncategorized_text"]
    assert f"99.99 USD was paid for booking {booking.reference}" in text
    assert dispute.stripe_charge_id in text
    assert "No part of this payment was refunded." in text


def test_what_the_customer_entered_when_paying_is_closer_to_the_card(
    dispute, dashboard, monkeypatch
):
    from payments_graphql import stripe_client

    read = stripe_client.retrieve_payment_intent

    def read_with_details(stripe_id: str) -> Any:
        """The sandbox's test cards have no name."""
        answer = read(stripe_id)
        answer.object["latest_charge"]["billing_details"] = {
            "name": "A. Liddell",
            "email": None,
            "address": {"line1": "1 Tea Party", "line2": None, "city": "Oxford", "country": "GB"},
        }
        card = answer.object["latest_charge"]["payment_method_details"]["card"]
        card["three_d_secure"] = {"result": "authenticated"}
        card["checks"] = {"cvc_check": "pass", "address_postal_code_check": "unavailable"}
        return answer

    monkeypatch.setattr(stripe_client, "retrieve_payment_intent", read_with_details)
    found = _prefill(dispute)
    assert found["customer_name"] == "A. Liddell"
    assert found["customer_email_address"] == "alice@example.com"
    assert found["billing_address"] == "1 Tea Party, Oxford, GB"
    assert "authenticated with 3-D Secure" in found["uncategorized_text"]
    assert "bank confirmed: security code (CVC)." in found["uncategorized_text"]


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


def test_another_payment_for_the_booking_is_named_as_the_duplicate(dispute, alice, booking, pay):
    assert "duplicate_charge_id" not in _prefill(dispute)
    type(booking).objects.filter(pk=booking.pk).update(amount=15000)
    booking.refresh_from_db()
    other = pay(alice, None, None, booking=booking)
    found = _prefill(StripeDispute.objects.get())
    assert found["duplicate_charge_id"] == other.latest_charge_id
    explanation = found["duplicate_charge_explanation"]
    for text in ("50.01 USD", "99.99 USD", dispute.stripe_charge_id, "price is 150.00 USD"):
        assert text in explanation


def test_refunds_and_earlier_payments_are_told_in_order(alice, pay, sandbox):
    earlier = pay(alice, "20.00")
    intent = pay(alice, "50.00", method="pm_card_createDisputeInquiry")
    reconcile()
    refunds.create_refund(payment_intent=intent, amount="12.00")
    text = _prefill(StripeDispute.objects.get())["uncategorized_text"]
    assert "12.00 USD was refunded (re_" in text
    assert "No part of this payment" not in text
    assert f"20.00 USD (charge {earlier.latest_charge_id})" in text
    assert text.index("was refunded") < text.index("Earlier payments")


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


def test_an_erased_customer_is_not_looked_up_at_stripe(dispute, sandbox):
    customer = dispute.payment_intent.customer
    customer.erased_at = datetime(2026, 1, 1, tzinfo=UTC)
    customer.save()
    before = len(sandbox.requests())
    prefill_evidence(dispute=StripeDispute.objects.get())
    assert len(sandbox.requests()) == before


def test_the_texts_are_english_in_every_language(dispute):
    from django.utils import translation

    english = _prefill(dispute)
    with translation.override("fr"):
        assert _prefill(dispute) == english
