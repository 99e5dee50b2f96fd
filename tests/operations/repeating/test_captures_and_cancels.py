"""A capture and a cancel of one payment, the first without an answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import Operation
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from tests import faulty_stripe as faults
from tests.operations.repeating.looking import AFTER_THE_LEASE, get_operation, list_posts


@pytest.fixture
def held(service, alice, pay, stripe_link):
    return pay(alice, capture_method="manual")


def test_another_final_state_of_the_payment_settles_its_capture_at_once(
    service, held, stripe_link, make_due, dashboard
):
    stripe_link.faults.append(faults.ERROR_500)
    service.capture_payment_intent(held)
    dashboard.v1.payment_intents.cancel(held.stripe_payment_intent_id)

    make_due()
    resume_due()

    operation = get_operation("capture_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "invalid_state")
    assert operation.error["current_status"] == "canceled"
    held.refresh_from_db()
    assert held.status == "canceled"


def test_a_capture_of_another_amount_may_follow_one_that_was_not_made(
    service, held, stripe_link, make_due
):
    stripe_link.faults.append(faults.ERROR_500)
    assert service.capture_payment_intent(held)["retryable"]
    make_due(age=AFTER_THE_LEASE)

    assert service.capture_payment_intent(held, amount=40)["success"]

    assert held.amount_received == 4000


@pytest.mark.parametrize(
    ("fault", "sends"),
    [(faults.UNAUTHORIZED, 1), (faults.RESET, 1), (faults.ERROR_500, 1), (faults.BAD_GATEWAY, 1)],
)
def test_a_cancel_wins_over_a_capture_that_was_not_made(
    service, held, stripe_link, make_due, dashboard, fault, sends
):
    stripe_link.faults.append(fault)
    assert service.capture_payment_intent(held)["retryable"]

    assert service.cancel_payment_intent(held)["success"]

    assert held.status == "canceled"
    assert len(list_posts(stripe_link, "/capture")) == sends
    operation = get_operation("capture_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "abandoned")
    make_due(age=AFTER_THE_LEASE)
    reconcile()
    stripe_id = held.stripe_payment_intent_id
    assert dashboard.v1.payment_intents.retrieve(stripe_id).status == "canceled"


@pytest.mark.parametrize("fault", [faults.RESET_AFTER_EFFECT, faults.ERROR_500_AFTER_EFFECT])
def test_a_cancel_finds_a_capture_that_was_made(service, held, stripe_link, fault):
    stripe_link.faults.append(fault)
    assert service.capture_payment_intent(held)["retryable"]

    result = service.cancel_payment_intent(held)

    assert result["error_code"] == "invalid_state"
    assert get_operation("capture_payment_intent").state == "succeeded"
    held.refresh_from_db()
    assert (held.status, held.amount_received) == ("succeeded", 9999)
    assert not list_posts(stripe_link, "/cancel")


def test_a_cancel_that_cannot_look_waits(service, held, stripe_link):
    stripe_link.faults.append(faults.ERROR_500)
    service.capture_payment_intent(held)
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY

    assert service.cancel_payment_intent(held)["error_code"] == "operation_in_progress"

    assert get_operation("capture_payment_intent").state == "unknown"
    assert not list_posts(stripe_link, "/cancel")


def test_a_cancel_waits_for_a_capture_that_is_being_sent(service, held, stripe_link):
    stripe_link.faults.append(faults.RESET)
    service.capture_payment_intent(held)
    Operation.objects.filter(kind="capture_payment_intent").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    assert service.cancel_payment_intent(held)["error_code"] == "operation_in_progress"
    assert not list_posts(stripe_link, "/cancel")


def test_a_capture_does_not_undo_a_cancel_that_was_asked_for(service, held, stripe_link):
    stripe_link.faults.append(faults.RESET)
    service.cancel_payment_intent(held)

    result = service.capture_payment_intent(held)

    assert (result["error_code"], result["retryable"]) == ("invalid_state", False)
    held.refresh_from_db()
    assert held.status == "canceled"
