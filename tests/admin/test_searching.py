"""People find rows by what they know about them."""

import base64
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from payments_graphql.admin.finding import searching
from payments_graphql.models import (
    Booking,
    DriftFinding,
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from tests.admin.rows import ALL, get_name, make_payment

from .conftest import list_url


def name(intent: StripePaymentIntent, number: int) -> None:
    """Gives the rows of a payment everything that people search for."""
    intent.customer.user.first_name, intent.customer.user.last_name = f"Ada{number}", "Lovelace"
    intent.customer.user.save()
    intent.payment_method.last4 = f"000{number}"
    intent.payment_method.save()
    intent.amount, intent.latest_charge_id = 31000 + number * 100, f"ch_{number}"
    intent.description, intent.receipt_email = f"Lisbon {number}", f"Receipt{number}@example.com"
    intent.save()
    intent.refunds.update(amount=1000 + number * 100)
    intent.disputes.update(amount=2500 + number * 100, stripe_charge_id=f"ch_{number}")
    intent.operations.update(stripe_request_id=f"req_{number}")
    for charge in (f"ch_{number}", f"ch_early_{number}"):
        StripeWebhookEvent.objects.create(
            event_id=f"evt_of_{charge}", type="charge.failed", object_id=charge,
            stripe_created=timezone.now(), received_at=timezone.now(),
            stripe_payment_intent_id=f"pi_{number}",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (StripeCustomer, "cus_1"),
        (StripeCustomer, "user1"),
        (StripeCustomer, "USER1@example"),
        (StripePaymentIntent, "pi_1"),
        (StripePaymentIntent, "cus_1"),
        (StripePaymentIntent, "REF-1"),
        (StripePaymentIntent, "user1@example.com"),
        (StripePaymentMethod, "pm_1"),
        (StripePaymentMethod, "user1"),
        (StripeRefund, "re_1"),
        (StripeRefund, "pi_1"),
        (StripeRefund, "REF-1"),
        (StripeDispute, "du_1"),
        (StripeDispute, "pi_1"),
        (StripeDispute, "REF-1"),
        (StripeDispute, "user1@example.com"),
        (StripeSetupIntent, "seti_1"),
        (StripeSetupIntent, "cus_1"),
        (StripeSetupIntent, "USER1@example"),
        (Operation, "pi_1"),
        (Operation, "re_1"),
        (Operation, "du_1"),
        (Operation, "seti_1"),
        (StatusChange, "REF-1"),
        (StatusChange, "du_1"),
        (StatusChange, "seti_1"),
        (StripeWebhookEvent, "evt_1"),
        (StripeWebhookEvent, "pi_1"),
        (Booking, "REF-1"),
        (Booking, "ref-1"),
        (Booking, "ef-1"),
        (Booking, "user1@example.com"),
        (Booking, "pi_1"),
        (StripePaymentIntent, "ch_1"),
        (StripePaymentIntent, "ch_early_1"),
        (StripePaymentIntent, "re_1"),
        (StripePaymentIntent, "du_1"),
        (StripePaymentIntent, "pm_1"),
        (StripePaymentIntent, "evt_1"),
        (StripePaymentIntent, "0001"),
        (StripePaymentIntent, "visa 0001"),
        (StripePaymentIntent, "0001 311"),
        (StripePaymentIntent, "311"),
        (StripePaymentIntent, "311.00"),
        (StripePaymentIntent, "311,00"),
        (StripePaymentIntent, "USD 311"),
        (StripePaymentIntent, "ref-1"),
        (StripePaymentIntent, "ef-1"),
        (StripePaymentIntent, "LISBON 1"),
        (StripePaymentIntent, "Ada1 Love"),
        (StripePaymentIntent, "receipt1@example.com"),
        (StripePaymentIntent, "ada1 311"),
        (StripePaymentIntent, "cus_1 311"),
        (StripePaymentIntent, "https://dashboard.stripe.com/test/payments/pi_1"),
        (StripeRefund, "pyr_1"),
        (StripeRefund, "cus_1"),
        (StripeRefund, "11.00"),
        (StripeRefund, "lisbon 1"),
        (StripeDispute, "ch_1"),
        (StripeDispute, "0001"),
        (StripeDispute, "26.00"),
        (StripePaymentMethod, "0001"),
        (StripePaymentMethod, "visa 0001"),
        (StripeCustomer, "pi_1"),
        (StripeCustomer, "pm_1"),
        (StripeCustomer, "Love Ada1"),
        (StripeSetupIntent, "pm_1"),
        (Operation, "req_1"),
        (Operation, "key sk_live_51Habc 1"),
        (Operation, "311.00"),
        (Operation, "cus_1"),
        (StripeWebhookEvent, "ch_1"),
        (DriftFinding, "pi_1"),
        (DriftFinding, "https://dashboard.stripe.com/test/payments/pi_1"),
    ],
)
def test_a_search_finds_one_row(staff_client: Client, model: Any, term: str) -> None:
    for number in (1, 2):
        name(make_payment(number), number)
    StripeRefund.objects.filter(stripe_refund_id=term.replace("pyr_", "re_")).update(
        stripe_refund_id=term
    )
    rows = staff_client.get(list_url(get_name(model)), {"q": term}).context["cl"].result_list
    assert len(rows) == 1
    owner = getattr(rows[0], "user", None) or getattr(rows[0], "customer", None)
    assert "2" not in str(rows[0].stripe_customer_id if isinstance(rows[0], StripeCustomer) else "")
    assert owner is None or "user2" not in str(owner)


@pytest.mark.parametrize("model", ALL, ids=get_name)
@pytest.mark.parametrize(
    "term",
    [
        *("nothing", "pi_", "pi_9", "evt_9", "\x00", "é" * 300, "ada@example.com"),
        *("4242", "310.00", "JPY 310", "00000000-0000-4000-8000-000000000000"),
    ],
)
def test_a_search_for_anything_is_answered(staff_client: Client, model: Any, term: str) -> None:
    assert staff_client.get(list_url(get_name(model)), {"q": term}).status_code == 200


def test_a_row_is_found_by_its_own_id(staff_client: Client) -> None:
    wanted, _ = make_payment(1), make_payment(2)
    response = staff_client.get(list_url("stripepaymentintent"), {"q": str(wanted.pk)})
    assert list(response.context["cl"].result_list) == [wanted]


def test_payments_are_filtered_by_status(staff_client: Client) -> None:
    make_payment(1)
    canceled = make_payment(2)
    StripePaymentIntent.objects.filter(pk=canceled.pk).update(status="canceled")
    response = staff_client.get(list_url("stripepaymentintent"), {"status__exact": "canceled"})
    assert list(response.context["cl"].result_list) == [canceled]


def test_disputes_are_filtered_by_status(staff_client: Client) -> None:
    open_one, lost = make_payment(1).disputes.get(), make_payment(2).disputes.get()
    StripeDispute.objects.filter(pk=lost.pk).update(status="lost")
    for status, expected in (("lost", [lost]), ("needs_response", [open_one]), ("won", [])):
        response = staff_client.get(list_url("stripedispute"), {"status__exact": status})
        assert list(response.context["cl"].result_list) == expected


def test_the_newest_of_many_are_found_when_a_text_has_two_meanings(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_ROWS", 3)
    customer = make_payment(1).customer
    intents = StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=customer, amount=100, currency="USD", status="canceled",
            stripe_payment_intent_id=f"pi_many_{number}",
        )
        for number in range(5)
    )  # fmt: skip

    def search(term: str) -> list[Any]:
        response = staff_client.get(list_url("stripepaymentintent"), {"q": term})
        return list(response.context["cl"].result_list)

    assert len(search("user1")) == 6  # one meaning: all of them
    StripePaymentIntent.objects.filter(pk=intents[0].pk).update(description="for user1")
    assert len(search("user1")) == 4


def test_a_filter_applies_before_a_search_is_limited(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_ROWS", 1)
    old, new = make_payment(1), make_payment(2)
    StripePaymentIntent.objects.filter(pk=old.pk).update(status="canceled")
    assert old.created_at < new.created_at
    response = staff_client.get(
        list_url("stripepaymentintent"), {"q": "50.00", "status__exact": "canceled"}
    )
    assert list(response.context["cl"].result_list) == [old]


def test_the_id_that_the_api_shows_finds_the_row(staff_client: Client) -> None:
    wanted, _ = make_payment(1), make_payment(2)
    for model, row in (
        ("PaymentIntent", wanted), ("Customer", wanted.customer), ("Booking", wanted.booking),
        ("Refund", wanted.refunds.get()),
    ):  # fmt: skip
        term = base64.b64encode(f"{model}:{row.pk}".encode()).decode()
        response = staff_client.get(list_url("stripepaymentintent"), {"q": term})
        assert list(response.context["cl"].result_list) == [wanted], model


def test_only_a_whole_address_finds_a_receipt(staff_client: Client) -> None:
    name(make_payment(1), 1)
    response = staff_client.get(list_url("stripepaymentintent"), {"q": "receipt1@example"})
    assert not response.context["cl"].result_list


@pytest.mark.parametrize(("term", "is_found"), [("2034", False), ("20345", True), ("2034 a", True)])
def test_a_short_number_is_no_part_of_a_description(
    staff_client: Client, term: str, is_found: bool
) -> None:
    """It is an amount or the end of a card's number."""
    payment = make_payment(1)
    StripePaymentIntent.objects.filter(pk=payment.pk).update(description="Invoice 20345, 2034 a")
    response = staff_client.get(list_url("stripepaymentintent"), {"q": term})
    assert bool(response.context["cl"].result_list) is is_found
