"""Changes a payment that has not succeeded yet."""

import pytest
from django.utils import timezone

from payments_graphql.errors import (
    AmountError,
    InvalidStateError,
    PaymentError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.models import Booking, Operation, StripePaymentIntent
from payments_graphql.services import payment_intents
from tests.threads import run_together


@pytest.fixture
def intent(service, alice, sandbox):
    return service.create_payment_intent(
        user=alice,
        amount="99.99",
        currency="USD",
        description="Lisbon",
        receipt_email="alice@example.com",
        metadata={"order": "7", "seat": "12A"},
        save_payment_method=True,
    )["payment_intent"]


@pytest.fixture
def for_booking(service, alice, booking, sandbox):
    return service.create_payment_intent(user=alice, booking=booking)["payment_intent"]


@pytest.fixture
def at_stripe(dashboard):
    return lambda intent: dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)


def _update(intent, **values):
    return payment_intents.update_payment_intent(payment_intent=intent, **values)


def test_every_field_at_once(service, intent, at_stripe):
    result = service.update_payment_intent(
        intent,
        amount="120.50",
        description="Porto",
        receipt_email="a@example.com",
        metadata={"order": "8", "meal": "none"},
        save_payment_method=False,
    )

    assert result["success"], result
    assert intent == result["payment_intent"]
    assert (intent.amount, intent.description) == (12050, "Porto")
    assert intent.receipt_email == "a@example.com"
    assert intent.setup_future_usage == ""
    assert intent.metadata == {"order": "8", "seat": "12A", "meal": "none"}
    there = at_stripe(intent)
    assert (there.amount, there.description) == (12050, "Porto")
    assert (there.receipt_email, there.setup_future_usage) == ("a@example.com", None)
    assert there.metadata["meal"] == "none"
    assert there.metadata["payments_payment_intent"] == str(intent.pk)


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"amount": 50}, "amount", 5000),
        ({"description": ""}, "description", ""),
        ({"receipt_email": ""}, "receipt_email", ""),
        ({"metadata": {"seat": ""}}, "metadata", {"order": "7"}),
        ({"save_payment_method": False}, "setup_future_usage", ""),
    ],
)
def test_each_field_alone_leaves_the_others(intent, values, name, expected):
    names = ("amount", "description", "receipt_email", "metadata", "setup_future_usage")
    before = {name: getattr(intent, name) for name in names}

    _update(intent, **values)

    assert {name: getattr(intent, name) for name in names} == before | {name: expected}


def test_saving_can_be_asked_for_later(service, alice, sandbox):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    _update(intent, save_payment_method=True)

    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    assert len(service.list_payment_methods(alice)) == 1


def test_the_new_amount_is_what_is_charged(service, intent):
    _update(intent, amount=20)

    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    assert intent.amount_received == 2000


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"description": "d" * 1001}, "description"),
        ({"description": "a\x00"}, "description"),
        ({"receipt_email": "nobody"}, "receiptEmail"),
        ({"metadata": {"": "x"}}, "metadata"),
        ({"metadata": {"payments_operation": "x"}}, "metadata"),
        ({"metadata": {"k": "v" * 501}}, "metadata"),
        ({"metadata": {str(number): "x" for number in range(41)}}, "metadata"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": True}, "amount"),
    ],
)
def test_bad_input_names_its_field_and_asks_stripe_nothing(intent, sandbox, values, field):
    with pytest.raises((ValidationError, AmountError)) as caught:
        _update(intent, **values)

    assert caught.value.path == (field,)
    assert not sandbox.requests("POST", "/v1/payment_intents/pi_*")


@pytest.mark.parametrize("values", [{}, {"metadata": {}}])
def test_nothing_to_change_is_an_error(intent, sandbox, values):
    with pytest.raises(ValidationError, match="Nothing to update"):
        _update(intent, **values)
    assert not sandbox.requests("POST", "/v1/payment_intents/pi_*")


def test_stripe_decides_whether_an_amount_is_too_small(service, intent):
    with pytest.raises(AmountError) as caught:
        _update(intent, amount="0.10")

    assert (caught.value.code, caught.value.path) == ("amount_too_small", ("amount",))
    assert str(caught.value.minimum) == "0.50"
    intent.refresh_from_db()
    assert intent.amount == 9999
    assert Operation.objects.get(kind="update_payment_intent").state == "failed"


def test_the_booking_names_the_price_here_too(for_booking, sandbox):
    with pytest.raises(AmountError, match=r"99\.99 USD, the amount due") as caught:
        _update(for_booking, amount=50)
    assert caught.value.code == "amount_mismatch"
    with pytest.raises(AmountError, match=r"at most 99\.99 USD"):
        _update(for_booking, amount=100, partial=True)
    assert not sandbox.requests("POST", "/v1/payment_intents/pi_*")

    assert _update(for_booking, amount=50, partial=True).amount == 5000


def test_a_repriced_booking_takes_its_new_amount(for_booking):
    Booking.objects.update(amount=8000)

    assert _update(for_booking, amount=80).amount == 8000


def test_a_canceled_booking_takes_no_new_amount(for_booking, sandbox):
    Booking.objects.update(canceled_at=timezone.now())

    with pytest.raises(InvalidStateError, match="canceled"):
        _update(for_booking, amount=80)
    assert not sandbox.requests("POST", "/v1/payment_intents/pi_*")


def test_the_amount_of_a_payment_without_a_booking_can_be_changed(for_booking):
    assert _update(for_booking, description="Window seat").description == "Window seat"


@pytest.mark.parametrize("state", ["succeeded", "canceled", "requires_capture"])
def test_a_succeeded_payment_is_not_changed(service, alice, pay, sandbox, state):
    match state:
        case "succeeded":
            intent = pay(alice)
        case "requires_capture":
            intent = pay(alice, capture_method="manual")
        case _:
            intent = service.create_payment_intent(user=alice, amount=10, currency="USD")[
                "payment_intent"
            ]
            service.cancel_payment_intent(intent)

    with pytest.raises(InvalidStateError, match="cannot be changed") as caught:
        _update(intent, amount=20)

    assert caught.value.path == ("paymentIntentId",)
    assert caught.value.current_status == state
    assert "requires_action" in caught.value.allowed
    assert not [
        request
        for request in sandbox.requests("POST", "/v1/payment_intents/*")
        if request.path.count("/") == 3
    ]


def test_one_paid_in_the_browser_meanwhile_is_seen_on_refusal(intent, dashboard):
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    with pytest.raises(InvalidStateError) as caught:
        _update(intent, amount=20)

    assert caught.value.current_status == "succeeded"
    intent.refresh_from_db()
    assert (intent.status, intent.amount_received) == ("succeeded", 9999)


def test_one_that_waits_for_the_bank_must_be_confirmed_again(service, intent):
    service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")
    assert intent.status == "requires_action"

    _update(intent, amount=20)

    assert (intent.status, intent.amount) == ("requires_confirmation", 2000)
    assert service.confirm_payment_intent(intent)["requires_action"]


def test_after_a_decline_the_error_is_gone_and_none_is_counted(service, intent):
    service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")
    assert intent.last_error

    _update(intent, description="Another try")
    assert intent.last_error is None
    assert intent.status_changes.exclude(failure_code="").count() == 1


def test_who_may(intent, alice, bob, sam, sandbox):
    with pytest.raises(PermissionDeniedError):
        _update(intent, amount=1, user=bob)
    assert not sandbox.requests("POST", "/v1/payment_intents/pi_*")

    assert _update(intent, description="mine", user=alice).description == "mine"
    assert _update(intent, description="ours", user=sam).description == "ours"
    assert _update(intent, description="the site's").description == "the site's"
    updates = Operation.objects.filter(kind="update_payment_intent").order_by("created_at")
    people = [f"user:{alice.pk}", f"user:{sam.pk}", "system:site"]
    assert [one.actor for one in updates] == people


def _try(action):
    try:
        action()
    except PaymentError as error:
        return error.code
    return "done"


@pytest.mark.django_db(transaction=True)
def test_at_the_same_time_as_a_confirm_what_is_charged_is_what_is_known(intent, at_stripe):
    rows = [StripePaymentIntent.objects.get(pk=intent.pk) for _ in range(2)]
    actions = [
        lambda: _update(rows[0], amount=20),
        lambda: payment_intents.confirm_payment_intent(
            payment_intent=rows[1], payment_method="pm_card_visa"
        ),
    ]
    outcomes = run_together(2, lambda number: _try(actions[number]))

    assert set(outcomes) <= {"done", "invalid_state", "operation_in_progress"}
    assert "done" in outcomes
    intent.refresh_from_db()
    there = at_stripe(intent)
    assert (intent.status, intent.amount, intent.amount_received) == (
        there.status,
        there.amount,
        there.amount_received,
    )
    if intent.status == "succeeded":
        assert intent.amount_received == intent.amount


@pytest.mark.django_db(transaction=True)
def test_the_same_update_at_the_same_time_is_sent_once_or_in_turn(intent, sandbox, at_stripe):
    rows = [StripePaymentIntent.objects.get(pk=intent.pk) for _ in range(3)]
    outcomes = run_together(3, lambda number: _try(lambda: _update(rows[number], amount=20)))

    assert set(outcomes) == {"done"}
    assert at_stripe(intent).amount == 2000


def test_a_payment_in_another_currency_than_its_booking_is_not_changed(
    service, for_booking, at_stripe
):
    Booking.objects.update(amount=12000, currency="JPY")

    refused = service.update_payment_intent(for_booking, amount="120.00")

    assert "another currency" in refused.pop("error")
    assert refused == {
        "success": False,
        "error_code": "invalid_state",
        "advice": "",
        "advice_code": "",
        "retryable": False,
        "payment_intent": for_booking,
    }
    assert at_stripe(for_booking).amount == 9999
