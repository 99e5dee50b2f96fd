"""A booking is given from Alice to Bob: her payment stays hers, and nobody else gets it."""

import pytest
from django.contrib.auth.models import User

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import Booking, StripePaymentMethod
from payments_graphql.problems import get_kind
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.available_actions import Action, find_refusal
from payments_graphql.services.booking_changes import cancel_outdated_intents
from payments_graphql.services.payable_details import fetch_payable_details


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def move(booking, bob):
    """Moved by the site's own code, without reporting it."""

    def move(user: User = bob) -> Booking:
        Booking.objects.filter(pk=booking.pk).update(user=user)
        booking.refresh_from_db()
        return booking

    return move


@pytest.fixture
def hers(service, alice, booking):
    """What Alice got: her open payment and its client secret."""
    return service.create_payment_intent(user=alice, booking=booking, idempotency_key="key-1")


def get_status_at_stripe(dashboard, intent):
    return dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id).status


def test_the_new_user_gets_a_payment_of_their_own(service, bob, hers, move, dashboard):
    his = service.create_payment_intent(user=bob, booking=move())

    assert his["success"], his
    assert his["payment_intent"] != hers["payment_intent"]
    assert his["payment_intent"].customer.user == bob
    assert his["client_secret"] != hers["client_secret"]
    assert get_status_at_stripe(dashboard, hers["payment_intent"]) == "canceled"


def test_the_card_that_is_saved_is_the_new_users(service, alice, bob, booking, move, events):
    service.create_payment_intent(user=alice, booking=booking, save_payment_method=True)
    his = service.create_payment_intent(user=bob, booking=move(), save_payment_method=True)
    service.confirm_payment_intent(his["payment_intent"], payment_method="pm_card_visa")
    reconcile()

    assert [one.customer.user for one in StripePaymentMethod.objects.attached()] == [bob]
    assert service.list_payment_methods(alice) == []


def test_the_old_users_client_secret_is_no_longer_returned(service, hers, move):
    move()
    hers["payment_intent"].refresh_from_db()

    refused = service.get_client_secret(hers["payment_intent"])

    assert (refused["success"], refused["error_code"]) == (False, "invalid_state")
    with pytest.raises(InvalidStateError, match="outdated") as caught:
        fetch_payable_details(hers["payment_intent"])
    assert caught.value.path == ("paymentIntentId",)
    assert caught.value.current_status == "requires_payment_method"


def test_the_old_users_repeated_request_gets_the_canceled_payment_without_a_secret(
    service, alice, booking, hers, move, dashboard
):
    move()

    again = service.create_payment_intent(user=alice, booking=booking, idempotency_key="key-1")

    assert (again["success"], again["replayed"], again["client_secret"]) == (True, True, "")
    assert again["payment_intent"] == hers["payment_intent"]
    assert again["payment_intent"].status == "canceled"
    assert get_status_at_stripe(dashboard, hers["payment_intent"]) == "canceled"


def test_a_request_repeated_after_a_new_price_gets_no_secret_either(service, alice, booking, hers):
    Booking.objects.update(amount=5000)

    again = service.create_payment_intent(user=alice, booking=booking, idempotency_key="key-1")

    assert (again["payment_intent"].status, again["client_secret"]) == ("canceled", "")


def test_the_old_users_payment_can_no_longer_be_confirmed_or_changed(service, hers, move, sandbox):
    move()
    hers["payment_intent"].refresh_from_db()

    confirmed = service.confirm_payment_intent(
        hers["payment_intent"], payment_method="pm_card_visa"
    )
    updated = service.update_payment_intent(hers["payment_intent"], description="mine")

    assert (confirmed["error_code"], updated["error_code"]) == ("invalid_state", "invalid_state")
    assert "belongs to another customer" in confirmed["error"]
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")
    assert find_refusal(Action.CANCEL, hers["payment_intent"]) is None


def test_reporting_the_move_cancels_it_at_once(service, hers, move):
    assert service.booking_changed(move())["outcome"] == "canceled"


def test_reconcile_cancels_it_when_the_move_was_not_reported(service, hers, move, dashboard):
    move()

    assert cancel_outdated_intents() == 1

    assert get_status_at_stripe(dashboard, hers["payment_intent"]) == "canceled"
    assert cancel_outdated_intents() == 0


def test_a_booking_that_comes_back_has_its_payment_again(service, alice, bob, booking, hers, move):
    move()
    move(alice)

    again = service.create_payment_intent(user=alice, booking=booking)

    assert again["payment_intent"] == hers["payment_intent"]


class TestMoneyThatIsHeld:
    @pytest.fixture
    def held(self, pay, alice, booking, move):
        held = pay(alice, None, None, booking=booking, capture_method="manual")
        move()
        return held

    def test_it_is_left_to_a_person(self, service, booking, held):
        assert service.booking_changed(booking)["outcome"] == "held"
        assert cancel_outdated_intents() == 0

    def test_the_new_user_does_not_pay_a_second_time(self, service, bob, booking, held):
        refused = service.create_payment_intent(user=bob, booking=booking)
        assert (refused["success"], refused["error_code"]) == (False, "invalid_state")

    def test_it_is_not_captured_for_the_new_user(self, service, held, sandbox):
        held.refresh_from_db()
        refused = service.capture_payment_intent(held)
        assert "Cancel the payment" in refused["error"]
        assert not sandbox.requests("POST", "/v1/payment_intents/*/capture")

    def test_once_it_is_released_the_new_user_pays(self, service, bob, booking, held):
        held.refresh_from_db()
        assert service.cancel_payment_intent(held)["success"]
        assert service.create_payment_intent(user=bob, booking=booking)["success"]


class TestMoneyThatCame:
    @pytest.fixture
    def paid(self, hers, move, dashboard):
        """Paid on the page that Alice had open, before anyone could cancel it."""
        move()
        dashboard.v1.payment_intents.confirm(
            hers["payment_intent"].stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
        )
        reconcile()
        hers["payment_intent"].refresh_from_db()
        return hers["payment_intent"]

    def test_it_does_not_count_for_the_new_user_and_is_logged(self, booking, paid, caplog):
        booking.refresh_from_db()
        assert (paid.status, booking.amount_due) == ("succeeded", 9999)
        logged = [one.getMessage() for one in caplog.get_records("setup")]
        [trace] = [line for line in logged if "booking_payment_not_counted" in line]
        assert str(paid.pk) in trace

    def test_a_person_is_asked_to_decide(self, booking, paid):
        (line,) = get_kind("payments_not_counted").iterate_lines()
        assert booking.reference in line

    def test_a_refund_goes_to_the_user_who_paid(self, service, sandbox, paid):
        assert service.create_refund(paid)["success"]
        [request] = sandbox.requests("POST", "/v1/refunds")
        assert request.parameters["payment_intent"] == paid.stripe_payment_intent_id

    def test_a_payment_of_the_current_user_is_not_logged(self, alice, booking, pay, caplog):
        pay(alice, None, None, booking=booking)
        assert "booking_payment_not_counted" not in caplog.text


class TestADeletedCustomer:
    @pytest.fixture
    def forget(self, dashboard):
        def forget(customer):
            dashboard.v1.customers.delete(customer.stripe_customer_id)
            reconcile()

        return forget

    def test_the_successor_gets_a_payment_of_its_own(self, service, alice, booking, hers, forget):
        forget(hers["payment_intent"].customer)

        again = service.create_payment_intent(user=alice, booking=booking)

        assert again["payment_intent"] != hers["payment_intent"]
        assert again["payment_intent"].customer.generation == 2

    def test_reconcile_cancels_its_open_payments_for_no_booking_too(
        self, service, alice, forget, dashboard
    ):
        made = service.create_payment_intent(user=alice, amount=5, currency="USD")
        intent = made["payment_intent"]
        forget(intent.customer)

        assert get_status_at_stripe(dashboard, intent) == "canceled"

    def test_neither_its_payment_nor_its_setup_gives_a_secret(
        self, service, alice, dashboard, sandbox
    ):
        def ask():
            return (
                service.create_payment_intent(
                    user=alice, amount=5, currency="USD", idempotency_key="key-1"
                ),
                service.create_setup_intent(user=alice, idempotency_key="key-2"),
            )

        payment, _setup = ask()
        customer = payment["payment_intent"].customer
        type(customer).objects.update(deleted_at=customer.created_at)

        assert service.get_client_secret(payment["payment_intent"])["success"] is False
        assert [one["client_secret"] for one in ask()] == ["", ""]

    def test_what_it_paid_still_counts(self, alice, booking, pay, forget):
        intent = pay(alice, None, None, booking=booking)
        forget(intent.customer)
        assert booking.amount_due == 0


ASKED = {
    "description": "Window seat",
    "receipt_email": "office@example.com",
    "metadata": {"order": "7"},
}


@pytest.mark.parametrize("name", ASKED)
def test_an_open_payment_that_does_not_fit_the_request_is_replaced(
    service, alice, booking, hers, name
):
    other = service.create_payment_intent(user=alice, booking=booking, **{name: ASKED[name]})

    assert other["payment_intent"] != hers["payment_intent"]
    assert getattr(other["payment_intent"], name) == ASKED[name]
    same = service.create_payment_intent(user=alice, booking=booking, **{name: ASKED[name]})
    assert same["payment_intent"] == other["payment_intent"]
    unasked = service.create_payment_intent(user=alice, booking=booking)
    assert unasked["payment_intent"] == other["payment_intent"]
