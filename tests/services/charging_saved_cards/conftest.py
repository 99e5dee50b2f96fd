"""A saved card, and payments to charge it with."""

import pytest

from payments_graphql.services import saved_card_charging as charging


@pytest.fixture
def card(alice, pay, sandbox):
    return pay(alice, "5.00", save_payment_method=True).payment_method


@pytest.fixture
def begin(service, alice, sandbox):
    def begin(**values):
        created = service.create_payment_intent(user=alice, **values)
        assert created["success"], created
        return created["payment_intent"]

    return begin


@pytest.fixture
def cancel(service, begin):
    """A payment that was canceled before it was paid."""

    def cancel(**values):
        intent = begin(**values)
        assert service.cancel_payment_intent(intent)["success"]
        return intent

    return cancel


WITHOUT_BOOKING = {"amount": "12.00", "currency": "USD"}


def charge(intent, card, **values):
    given = {
        "amount": charging.get_amount_to_charge(intent),
        "with_new_payment": charging.needs_new_payment(intent),
        "idempotency_key": "key",
    }
    return charging.charge_saved_card(
        payment_intent=intent, payment_method=card, **(given | values)
    )
