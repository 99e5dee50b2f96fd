import pytest

from payments_graphql.errors import InvalidStateError, PermissionDeniedError, ValidationError
from payments_graphql.models import Operation
from payments_graphql.services import payment_intents


@pytest.fixture
def intent(service, alice, sandbox):
    return service.create_payment_intent(user=alice, amount="99.99", currency="USD")[
        "payment_intent"
    ]


def _cancel(intent, **values):
    return payment_intents.cancel_payment_intent(payment_intent=intent, **values)


def test_an_owner_cancels_before_the_authorization(intent, alice, dashboard):
    canceled = _cancel(intent, reason="requested_by_customer", user=alice)

    assert canceled.status == "canceled"
    assert canceled.cancellation_reason == "requested_by_customer"
    assert canceled.canceled_at is not None
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert at_stripe.status == "canceled"


@pytest.mark.parametrize(
    ("reason", "asked"), [("", {}), ("abandoned", {"cancellation_reason": "abandoned"})]
)
def test_what_stripe_is_asked_and_what_is_recorded(intent, alice, sandbox, reason, asked):
    _cancel(intent, reason=reason, user=alice)

    (sent,) = sandbox.requests("POST", "/v1/payment_intents/*/cancel")
    assert {**sent.parameters, "expand": None} == {**asked, "expand": None}
    operation = Operation.objects.get(kind="cancel_payment_intent")
    assert (operation.payment_intent, operation.actor) == (intent, f"user:{alice.pk}")


def test_an_owner_does_not_cancel_an_authorization(alice, sam, pay, sandbox):
    held = pay(alice, capture_method="manual")

    with pytest.raises(PermissionDeniedError):
        _cancel(held, user=alice)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/cancel")

    assert _cancel(held, user=sam).status == "canceled"


def test_a_stranger_cancels_nothing(intent, bob):
    with pytest.raises(PermissionDeniedError):
        _cancel(intent, user=bob)


def test_a_paid_payment_is_not_canceled(alice, sam, pay, sandbox):
    intent = pay(alice)

    with pytest.raises(InvalidStateError) as caught:
        _cancel(intent, user=sam)

    assert caught.value.current_status == "succeeded"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/cancel")


def test_a_payment_paid_in_the_browser_meanwhile_is_mirrored_as_paid(intent, dashboard):
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    with pytest.raises(InvalidStateError) as caught:
        _cancel(intent)

    assert caught.value.current_status == "succeeded"
    intent.refresh_from_db()
    assert (intent.status, intent.amount_received) == ("succeeded", 9999)


def test_a_canceled_payment_is_not_confirmed(intent, service):
    _cancel(intent)

    result = service.confirm_payment_intent(intent, payment_method="pm_card_visa")

    assert result["error_code"] == "invalid_state"


def test_a_made_up_reason_is_refused(intent, sandbox):
    with pytest.raises(ValidationError) as caught:
        _cancel(intent, reason="bored")

    assert caught.value.path == ("reason",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/cancel")
