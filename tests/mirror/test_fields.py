"""What the mirror stores of a payment and its payment method, field by field."""

from datetime import timedelta

from django.utils import timezone

from payments_graphql.models import StatusChange, StripeCustomer, StripePaymentMethod
from tests.mirror.payloads import CARD, FULL_PAYMENT, PAYMENT, assert_has, time_at


def test_a_payment(apply, alices):
    row = apply(FULL_PAYMENT)

    card = StripePaymentMethod.objects.get()
    assert_has(
        row,
        {
            "stripe_payment_intent_id": "pi_1",
            "customer": alices,
            "booking": None,
            "livemode": alices.livemode,
            "account": alices.account,
            "status": "requires_capture",
            "amount": 5000,
            "amount_capturable": 4000,
            "amount_received": 300,
            "currency": "EUR",
            "description": "Two nights",
            "capture_method": "manual",
            "setup_future_usage": "off_session",
            "metadata": {"room": "12"},
            "receipt_email": "alice@example.com",
            "receipt_url": "https://pay.stripe.com/receipts/1",
            "payment_method": card,
            "latest_charge_id": "ch_1",
            "capture_before": time_at(600),
            "next_action_type": "",
            "next_action_expires_at": None,
            "last_error": {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "do_not_honor",
                "advice_code": "try_again_later",
                "message": "No.",
                "charge": "ch_0",
            },
            "cancellation_reason": "abandoned",
            "canceled_at": time_at(60),
            "created_at": time_at(0),
            "as_of": time_at(0),
        },
    )


def test_a_payment_with_few_fields(apply):
    row = apply(PAYMENT | {"status": "of_tomorrow", "capture_method": "of_tomorrow"})

    assert_has(
        row,
        {
            "status": "unknown",
            "amount_capturable": 0,
            "amount_received": 0,
            "description": "",
            "capture_method": "unknown",
            "setup_future_usage": "",
            "metadata": {},
            "receipt_email": "",
            "receipt_url": "",
            "payment_method": None,
            "latest_charge_id": "",
            "capture_before": None,
            "last_error": None,
            "cancellation_reason": "",
            "canceled_at": None,
        },
    )


def test_a_payment_with_the_id_of_a_known_card(apply):
    card = apply(CARD)

    row = apply(PAYMENT | {"payment_method": "pm_1"})

    assert row.payment_method == card


def test_what_the_customer_must_do_next_is_kept_until_it_is_done(apply):
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example"}}

    row = apply(PAYMENT | {"status": "requires_action", "next_action": action})
    assert row.next_action_type == "redirect_to_url"

    assert apply(PAYMENT, at=5).next_action_type == ""


def test_a_payment_of_ours_that_names_no_row_is_adopted(apply, alices, settings):
    metadata = {"payments_installation": settings.PAYMENTS_INSTALLATION_ID}

    assert apply(PAYMENT | {"metadata": metadata}).customer == alices


def test_a_paid_payment_is_no_longer_held(apply):
    apply(FULL_PAYMENT)

    row = apply(FULL_PAYMENT | {"status": "succeeded", "amount_received": 5000}, at=5)

    assert_has(row, {"status": "succeeded", "amount_received": 5000, "capture_before": None})


def test_a_change_of_a_payment_is_recorded(apply):
    apply(PAYMENT | {"status": "requires_payment_method"})
    row = apply(FULL_PAYMENT, at=5)

    first, second = StatusChange.objects.order_by("pk")
    assert_has(
        first,
        {
            "payment_intent": row,
            "from_status": "",
            "to_status": "requires_payment_method",
            "failure_code": "",
            "cause_kind": "read",
            "cause_id": "req_1",
            "occurred_at": time_at(0),
        },
    )
    assert_has(
        second,
        {
            "from_status": "requires_payment_method",
            "to_status": "requires_capture",
            "failure_code": "do_not_honor",
            "is_reminder": False,
            "occurred_at": time_at(5),
        },
    )
    assert first.signaled_at is not None  # no signal is sent


def test_the_same_update_again_only_moves_the_time(apply):
    before = apply(FULL_PAYMENT)

    row = apply(FULL_PAYMENT, at=5)

    assert (row.version, row.updated_at) == (before.version, before.updated_at)
    assert row.as_of == time_at(5)
    assert StatusChange.objects.count() == 1


def test_a_failure_without_a_decline_has_its_code(apply):
    error = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}
    apply(PAYMENT | {"last_payment_error": error})

    change = StatusChange.objects.get()
    assert change.failure_code == "payment_intent_authentication_failure"


def test_a_card(apply, alices):
    row = apply(CARD)

    assert_has(
        row,
        {
            "stripe_payment_method_id": "pm_1",
            "customer": alices,
            "livemode": alices.livemode,
            "account": alices.account,
            "type": "card",
            "brand": "visa",
            "last4": "4242",
            "bank_name": "",
            "exp_month": 7,
            "exp_year": 2031,
            "funding": "credit",
            "country": "PT",
            "fingerprint": "f1",
            "is_attached": True,
            "created_at": time_at(0),
        },
    )


def test_a_method_without_a_type_is_a_card(apply):
    row = apply({name: value for name, value in CARD.items() if name != "type"})

    assert_has(row, {"type": "card", "brand": "visa", "last4": "4242"})


def test_a_bank_account(apply):
    debit = {"id": "pm_1", "object": "payment_method", "customer": "cus_alice"}
    account = {"last4": "3000", "bank_name": "Banco", "country": "PT", "fingerprint": "f2"}
    row = apply(debit | {"type": "us_bank_account", "us_bank_account": account})

    assert_has(
        row,
        {
            "type": "us_bank_account",
            "brand": "",
            "last4": "3000",
            "bank_name": "Banco",
            "exp_month": None,
            "exp_year": None,
            "funding": "",
            "country": "PT",
            "fingerprint": "f2",
        },
    )


def test_a_default_is_cleared_with_its_card(apply, alices):
    card = apply(CARD)
    other = apply(CARD | {"id": "pm_2"})
    StripeCustomer.objects.update(default_payment_method=other)
    apply(CARD | {"customer": None}, at=5)
    alices.refresh_from_db()
    assert alices.default_payment_method == other

    StripeCustomer.objects.update(default_payment_method=card)
    StripePaymentMethod.objects.filter(pk=card.pk).update(is_attached=True)
    apply(CARD | {"customer": None}, at=10)

    alices.refresh_from_db()
    assert alices.default_payment_method is None


def test_new_objects_keep_the_order_in_which_they_arrived(apply):
    before = timezone.now()
    now = int(before.timestamp())
    row = apply(PAYMENT | {"created": now - 50})

    assert row.created_at >= before - timedelta(seconds=1)
