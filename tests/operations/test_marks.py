"""What a run stores in the operation's row, and how long it waits before the next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import Operation
from payments_graphql.operations import outcomes, resume_due, resuming, running, settling
from payments_graphql.services import reviews
from payments_graphql.stripe_client import StripeNoAnswerError
from tests import faulty_stripe as faults
from tests.faulty_stripe import Fault


@pytest.fixture
def create(service, alice):
    def create(key="key-1"):
        return service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key=key
        )

    return create


def _operation() -> Operation:
    return Operation.objects.get(kind="create_payment_intent")


def test_a_success_keeps_the_id_of_stripes_request(create, stripe_link):
    create()

    operation = _operation()
    assert operation.stripe_request_id.startswith("req_")
    assert (operation.attempts, operation.fence) == (1, 1)
    assert (operation.lease_expires_at, operation.next_attempt_at) == (None, None)
    assert timezone.now() - operation.settled_at < timedelta(minutes=1)


@pytest.mark.parametrize("fault", [faults.REFUSED, faults.ERROR_500, faults.UNAUTHORIZED])
def test_a_failure_keeps_it_too(create, stripe_link, fault):
    stripe_link.faults.append(fault)
    create()

    operation = _operation()
    assert operation.stripe_request_id == "req_of_an_error"
    assert operation.lease_expires_at is None
    assert (operation.settled_at is None) is (operation.state != "failed")


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (9, 512), (10, 900), (5000, 900)]
)
def test_what_is_open_is_tried_again_later_each_time(create, stripe_link, attempts, seconds):
    stripe_link.faults.append(faults.RESET)
    create()
    Operation.objects.update(state="calling", attempts=attempts)
    operation = outcomes.load(_operation().pk)

    outcome = settling.leave_unknown(operation, StripeNoAnswerError("No answer."))

    assert outcome.operation == operation
    operation.refresh_from_db()
    assert operation.state == "unknown"
    waits = (operation.next_attempt_at - timezone.now()).total_seconds()
    assert seconds - 2 < waits <= seconds


def test_one_that_needs_review_has_no_lease(create, stripe_link):
    stripe_link.faults.append(faults.RESET)
    create()
    claimed = resuming._claim(_operation())

    outcome = settling.park(claimed, "x" * 2000)

    assert outcome.error.code == "operation_in_progress"
    operation = _operation()
    assert (operation.state, operation.finding) == ("needs_review", "x" * 1000)
    assert (operation.lease_expires_at, operation.next_attempt_at) == (None, None)


def test_giving_way_too_late_returns_the_current_state(create, stripe_link):
    stripe_link.faults.append(faults.RESET)
    create()
    seen = _operation()
    assert resuming._claim(seen)

    assert resuming.give_way(seen).error.code == "operation_in_progress"
    assert _operation().state == "calling"


def test_the_pauses_between_the_attempts_double(create, stripe_link, settings, monkeypatch):
    settings.PAYMENTS_OPERATION_TIMEOUT = 50
    pauses = []
    monkeypatch.setattr(running.time, "sleep", pauses.append)
    monkeypatch.setattr(running.random, "uniform", lambda least, most: (least + most) / 2)
    stripe_link.faults.extend([faults.CONFLICT] * 7)

    assert create()["success"]

    assert pauses == [0.5, 1, 2, 4, 8, 8, 8]
    assert _operation().attempts == 8


def test_stripe_says_how_long_to_wait(create, stripe_link, settings, monkeypatch):
    settings.PAYMENTS_OPERATION_TIMEOUT = 50
    pauses = []
    monkeypatch.setattr(running.time, "sleep", pauses.append)
    monkeypatch.setattr(running.random, "uniform", lambda least, most: 1)
    body = {"type": "invalid_request_error", "code": "rate_limit"}
    stripe_link.faults.append(Fault(429, body=body, headers={"Retry-After": "3"}))

    assert create()["success"]

    assert pauses == [3]


def test_a_settled_key_has_its_answer_while_stripe_is_down(service, alice, pay, stripe_link):
    intent = pay(alice)
    first = service.create_refund(intent, amount=60, idempotency_key="refund-1")
    stripe_link.always = faults.RESET
    for number in range(5):
        service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key=f"key-{number}"
        )
    sent = len(stripe_link.received)
    assert service.create_refund(intent, amount=1)["error_code"] == "provider_error"

    again = service.create_refund(intent, amount=60, idempotency_key="refund-1")

    assert (again["success"], again["refund"]) == (True, first["refund"])
    assert len(stripe_link.received) == sent


def test_the_object_that_resolving_reads_is_mirrored(
    service, alice, sam, pay, stripe_link, make_due, dashboard
):
    held = pay(alice, capture_method="manual")
    stripe_link.faults.append(faults.ERROR_500)
    service.capture_payment_intent(held)
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()
    stripe_link.always = None
    dashboard.v1.payment_intents.cancel(held.stripe_payment_intent_id)
    operation = Operation.objects.get(kind="capture_payment_intent")
    assert operation.state == "needs_review"

    reviews.resolve_operation(operation=operation, user=sam)

    assert operation.state == "failed"
    held.refresh_from_db()
    assert held.status == "canceled"


def test_a_decline_is_mirrored_from_stripes_error(service, alice, stripe_link):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    asked = len(stripe_link.received)

    result = service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")

    assert result["error_code"] == "generic_decline"
    assert len(stripe_link.received) == asked + 1  # and no read
    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"
    assert intent.last_error["decline_code"] == "generic_decline"
    change = intent.status_changes.latest("pk")
    assert (change.cause_kind, change.failure_code) == ("operation", "generic_decline")


def test_a_key_that_found_an_open_payment_stands_for_it(service, alice, booking, stripe_link):
    def create(key):
        return service.create_payment_intent(user=alice, booking=booking, idempotency_key=key)

    intent = create("key-1")["payment_intent"]
    assert create("key-2")["payment_intent"] == intent
    operation = Operation.objects.get(key="key-2")
    assert (operation.state, operation.payment_intent) == ("succeeded", intent)
    assert operation.customer == intent.customer
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]

    again = create("key-2")

    assert (again["payment_intent"], again["replayed"]) == (intent, True)


def test_a_capture_of_another_amount_does_not_get_the_answer_of_the_first(
    service, alice, pay, stripe_link
):
    held = pay(alice, capture_method="manual")
    stripe_link.faults.append(faults.RESET)
    assert service.capture_payment_intent(held, amount=40)["retryable"]

    other = service.capture_payment_intent(held, amount=50)

    assert (other["success"], other["error_code"]) == (False, "invalid_state")
    held.refresh_from_db()
    assert (held.status, held.amount_received) == ("succeeded", 4000)
