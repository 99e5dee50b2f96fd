"""One key, one effect: the same key gets the same answer, even for concurrent requests."""

import pytest

from payments_graphql.errors import IdempotencyError, ValidationError
from payments_graphql.models import (
    Booking,
    Operation,
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
)
from payments_graphql.services import payment_intents, refunds
from tests.threads import run_together


def _create(user, **values):
    asked = {"amount": 10, "currency": "USD", "idempotency_key": "key-1"} | values
    return payment_intents.create_payment_intent(user=user, **asked)


def test_the_same_request_again_gets_the_same_payment(alice, sandbox):
    first = _create(alice)
    second = _create(alice)

    assert second.payment_intent == first.payment_intent
    assert second.client_secret == first.client_secret
    assert (first.replayed, second.replayed) == (False, True)
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


def test_the_same_amount_written_differently_is_the_same_request(alice):
    first = _create(alice, amount="10.00")

    assert _create(alice, amount=10.0, currency="usd").payment_intent == first.payment_intent


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 11},
        {"currency": "EUR"},
        {"description": "other"},
        {"metadata": {"a": "b"}},
        {"capture_method": "manual"},
        {"save_payment_method": True},
        {"receipt_email": "other@example.com"},
    ],
)
def test_the_key_cannot_be_used_for_another_request(alice, sandbox, other):
    _create(alice)

    with pytest.raises(IdempotencyError) as caught:
        _create(alice, **other)

    assert caught.value.path == ("idempotencyKey",)
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


def test_the_key_is_of_one_booking_and_one_saved_card(alice, booking, pay):
    card = pay(alice, save_payment_method=True).payment_method
    other = Booking.objects.create(reference="OPO-1", user=alice, amount=9999, currency="USD")
    asked = {"amount": None, "currency": None, "booking": booking, "payment_method": card}
    first = _create(alice, **asked)

    for changed in ({"booking": other}, {"payment_method": None}, {"partial": True}):
        with pytest.raises(IdempotencyError):
            _create(alice, **asked | changed)
    assert _create(alice, **asked).payment_intent == first.payment_intent


def test_the_key_is_of_one_payment_that_is_charged_again(alice, service):
    canceled = [_create(alice, idempotency_key=key).payment_intent for key in ("a", "b")]
    for intent in canceled:
        assert service.cancel_payment_intent(intent)["success"]
    first = _create(alice, retry_of=canceled[0])

    for other in (canceled[1], None):
        with pytest.raises(IdempotencyError):
            _create(alice, retry_of=other)
    assert _create(alice, retry_of=canceled[0]).payment_intent == first.payment_intent


def test_the_key_cannot_be_used_for_another_kind(alice, pay, sandbox):
    intent = pay(alice, idempotency_key="key-1")

    with pytest.raises(IdempotencyError):
        refunds.create_refund(payment_intent=intent, idempotency_key="key-1", user=alice)

    assert not sandbox.requests("POST", "/v1/refunds")


@pytest.mark.parametrize(
    ("act", "values", "status"),
    [
        ("confirm", {"payment_method": "pm_card_visa"}, "requires_capture"),
        ("capture", {"amount": 5}, "succeeded"),
        ("cancel", {}, "canceled"),
    ],
)
def test_a_change_of_a_payment_has_a_key_too(alice, sandbox, act, values, status):
    intent = _create(alice, capture_method="manual").payment_intent
    if act == "capture":
        payment_intents.confirm_payment_intent(payment_intent=intent, payment_method="pm_card_visa")
    change = getattr(payment_intents, f"{act}_payment_intent")
    asked = {"payment_intent": intent, "user": None, **values}

    for _ in range(2):
        change(**asked, idempotency_key="key-2")
        intent.refresh_from_db()
        assert intent.status == status
    assert (
        len(
            sandbox.requests("POST", f"/v1/payment_intents/{intent.stripe_payment_intent_id}/{act}")
        )
        == 1
    )
    with pytest.raises(IdempotencyError):
        refunds.create_refund(payment_intent=intent, idempotency_key="key-2")


def test_keys_of_two_people_are_independent(alice, bob):
    assert _create(alice).payment_intent != _create(bob).payment_intent


def test_a_failed_request_is_answered_the_same_way_again(service, alice, sandbox):
    asked = {"user": alice, "amount": "0.49", "currency": "USD", "idempotency_key": "key-1"}
    first = service.create_payment_intent(**asked)
    second = service.create_payment_intent(**asked)

    assert first == second
    assert first["error_code"] == "amount_too_small"
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


@pytest.mark.parametrize("key", ["", " ", "\x00", "a\nb", "k" * 256, "\ud800"])
def test_an_unusable_key_is_refused(alice, sandbox, key):
    with pytest.raises(ValidationError) as caught:
        _create(alice, idempotency_key=key)

    assert caught.value.path == ("idempotencyKey",)
    assert not sandbox.requests()


def test_a_key_may_have_any_printable_characters(alice):
    assert _create(alice, idempotency_key="ключ 🔑 " + "k" * 248).payment_intent


def test_a_repeated_refund_is_one_refund(alice, pay, dashboard):
    intent = pay(alice)
    asked = {"payment_intent": intent, "amount": 5, "idempotency_key": "refund-1"}

    first, first_replayed = refunds.create_refund(**asked)
    second, second_replayed = refunds.create_refund(**asked)

    assert first == second
    assert (first_replayed, second_replayed) == (False, True)
    assert len(dashboard.v1.refunds.list().data) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_makes_one_payment_and_one_customer(alice, sandbox):
    results = run_together(4, lambda _: _create(alice))

    assert len({result.payment_intent.pk for result in results}) == 1
    assert len({result.client_secret for result in results}) == 1
    assert sorted(result.replayed for result in results) == [False, True, True, True]
    assert StripePaymentIntent.objects.count() == StripeCustomer.objects.count() == 1
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1
    assert len(sandbox.requests("POST", "/v1/customers")) == 1


@pytest.mark.django_db(transaction=True)
def test_first_payments_at_the_same_time_make_one_customer(alice, sandbox):
    results = run_together(4, lambda number: _create(alice, idempotency_key=f"key-{number}"))

    assert len({result.payment_intent.pk for result in results}) == 4
    assert StripeCustomer.objects.count() == 1
    assert len(sandbox.requests("POST", "/v1/customers")) == 1


@pytest.mark.django_db(transaction=True)
def test_one_booking_at_the_same_time_has_one_payment(alice, booking, sandbox):
    results = run_together(
        4,
        lambda number: payment_intents.create_payment_intent(
            user=alice, booking=booking, idempotency_key=f"key-{number}"
        ),
    )

    assert len({result.payment_intent.pk for result in results}) == 1
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_refund_at_the_same_time_is_one_refund(alice, pay, sandbox):
    intent = pay(alice)

    results = run_together(
        4,
        lambda _: refunds.create_refund(
            payment_intent=intent, amount=30, idempotency_key="refund-1"
        ),
    )

    assert len({refund.pk for refund, _ in results}) == 1
    assert StripeRefund.objects.count() == 1
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1
    assert Operation.objects.filter(kind="create_refund").count() == 1
