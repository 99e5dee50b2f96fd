import pytest

from payments_graphql.errors import AmountError, InvalidStateError, PermissionDeniedError
from payments_graphql.models import Operation
from payments_graphql.policy import Policy
from payments_graphql.services import payment_intents


@pytest.fixture
def held(alice, pay, sandbox):
    """Authorized, but not captured."""
    return pay(alice, "99.99", capture_method="manual")


def _capture(intent, **values):
    return payment_intents.capture_payment_intent(payment_intent=intent, **values)


def test_an_authorization_holds_the_money(held):
    assert held.status == "requires_capture"
    assert (held.amount_capturable, held.amount_received) == (9999, 0)
    assert held.capture_before is not None


def test_all_of_it_is_captured(held, sam):
    intent = _capture(held, user=sam)

    assert (intent.status, intent.amount_received, intent.amount_capturable) == (
        "succeeded",
        9999,
        0,
    )


@pytest.mark.parametrize(("amount", "asked"), [(None, {}), ("40", {"amount_to_capture": "4000"})])
def test_what_stripe_is_asked_and_what_is_recorded(held, sam, sandbox, amount, asked):
    _capture(held, amount=amount, user=sam)

    (sent,) = sandbox.requests("POST", "/v1/payment_intents/*/capture")
    assert {**sent.parameters, "expand": None} == {**asked, "expand": None}
    operation = Operation.objects.get(kind="capture_payment_intent")
    assert (operation.payment_intent, operation.actor) == (held, f"user:{sam.pk}")
    assert operation.parameters == {name: int(value) for name, value in asked.items()}


def test_nothing_is_held_after_the_capture(held, events, deliver):
    """Even if the event of the authorization arrives after that."""
    _capture(held)
    deliver(*events("charge.succeeded"))

    held.refresh_from_db()
    assert (held.status, held.capture_before) == ("succeeded", None)


def test_a_part_is_captured_and_the_rest_released(held, dashboard):
    intent = _capture(held, amount="40.00")

    assert (intent.status, intent.amount_received) == ("succeeded", 4000)
    assert intent.amount_refundable == 4000
    at_stripe = dashboard.v1.payment_intents.retrieve(held.stripe_payment_intent_id)
    assert at_stripe.amount_received == 4000


def test_more_than_was_authorized_is_refused(held, sandbox):
    with pytest.raises(AmountError) as caught:
        _capture(held, amount="100.00")

    assert caught.value.path == ("amount",)
    assert str(caught.value.maximum) == "99.99"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/capture")


@pytest.mark.parametrize("amount", ["NaN", 0, -1, "1.001", "1e400"])
def test_a_bad_amount_is_refused(held, sandbox, amount):
    with pytest.raises(AmountError) as caught:
        _capture(held, amount=amount)

    assert caught.value.path == ("amount",)
    assert not sandbox.requests("POST", "/v1/payment_intents/*/capture")


def test_neither_owner_nor_other_users_capture(held, alice, bob, sandbox):
    for person in (alice, bob):
        with pytest.raises(PermissionDeniedError):
            _capture(held, user=person)

    assert not sandbox.requests("POST", "/v1/payment_intents/*/capture")


class OnlySmallOnes(Policy):
    def may_capture(self, person, intent):
        return intent.amount < 5000


@pytest.mark.parametrize(("amount", "is_allowed"), [("49.99", True), ("50.00", False)])
def test_the_sites_policy_decides_by_the_payment(alice, pay, settings, amount, is_allowed, sandbox):
    settings.PAYMENTS_POLICY = f"{__name__}.OnlySmallOnes"
    held = pay(alice, amount, capture_method="manual")

    if is_allowed:
        assert _capture(held, user=alice).status == "succeeded"
    else:
        with pytest.raises(PermissionDeniedError):
            _capture(held, user=alice)


def test_a_payment_that_is_not_authorized_is_not_captured(alice, pay):
    with pytest.raises(InvalidStateError) as caught:
        _capture(pay(alice))

    assert caught.value.current_status == "succeeded"
    assert caught.value.allowed == ("requires_capture",)


def test_it_is_captured_once(held, sandbox):
    _capture(held)

    with pytest.raises(InvalidStateError):
        _capture(held)
    assert len(sandbox.requests("POST", "/v1/payment_intents/*/capture")) == 1
