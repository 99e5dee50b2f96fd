"""How many callers wait for Stripe, how long, and what happens while it is down."""

import threading
import time

import pytest
from django.db import OperationalError

from payments_graphql import circuit, deadlines, operations
from payments_graphql.circuit import Circuit
from payments_graphql.errors import ErrorCode, ProviderError, RateLimitedError
from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.operations import resume_due
from tests import faulty_stripe as faults

OUTAGES = [faults.RESET, faults.ERROR_500, faults.BAD_GATEWAY]


@pytest.fixture
def create(service, alice):
    def create(key="key-1"):
        return service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key=key
        )

    return create


@pytest.fixture
def clock(monkeypatch):
    """The circuit's clock: `clock.now += 5` advances it."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(circuit.time, "monotonic", lambda: Clock.now)
    return Clock


def test_a_place_that_is_taken_is_refused_before_anything_is_recorded(
    create, stripe_link, settings
):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 1
    refused = []

    def try_from_another_thread():
        with pytest.raises(RateLimitedError) as caught, operations.waiting():
            pass
        refused.append(caught.value)

    with operations.waiting():
        other = threading.Thread(target=try_from_another_thread)
        other.start()
        other.join(10)
        assert create()["success"]  # a caller with a place needs no second one

    assert refused[0].retryable
    assert refused[0].retry_after
    assert create("key-2")["success"]  # the place was released


def test_too_many_at_once_are_told_to_try_again(create, stripe_link, settings):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 0  # no place is free

    result = create()

    assert (result["error_code"], result["retryable"]) == ("rate_limited", True)
    assert not Operation.objects.filter(kind="create_payment_intent").exists()
    settings.PAYMENTS_STRIPE_CONCURRENCY = 1
    assert create()["success"]


def test_a_place_is_given_back_after_an_error(create, stripe_link, settings):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 1
    stripe_link.faults.append(faults.REFUSED)

    assert not create()["success"]
    assert create("key-2")["success"]


@pytest.mark.parametrize("fault", OUTAGES)
def test_after_failures_in_a_row_nothing_is_sent_or_recorded(create, stripe_link, fault):
    stripe_link.always = fault
    for number in range(5):
        create(f"key-{number}")
    sent = len(stripe_link.received)

    result = create("key-5")

    assert (result["error_code"], result["retryable"]) == ("provider_error", True)
    assert len(stripe_link.received) == sent
    assert not Operation.objects.filter(key="key-5").exists()


@pytest.mark.parametrize("fault", [faults.REFUSED, faults.TOO_MANY, faults.CONFLICT])
def test_a_refusal_by_stripe_is_not_an_outage(create, stripe_link, fault):
    stripe_link.always = fault
    for number in range(6):
        create(f"key-{number}")

    assert len(stripe_link.received) == 6


def test_while_stripe_is_down_nothing_is_resumed(create, stripe_link, make_due):
    stripe_link.always = faults.RESET
    for number in range(5):
        create(f"key-{number}")
    make_due()

    assert resume_due() == 0
    assert set(
        Operation.objects.filter(kind="create_payment_intent").values_list("attempts", flat=True)
    ) == {1}


def test_an_operation_that_meets_the_outage_waits_without_having_been_sent(
    create, stripe_link, monkeypatch
):
    stripe_link.always = faults.RESET
    for number in range(5):
        create(f"key-{number}")
    sent = len(stripe_link.received)
    # Simulates an outage that begins between the check and the call.
    monkeypatch.setattr("payments_graphql.stripe_client.is_down", lambda: False)

    assert create("key-5")["retryable"]
    assert Operation.objects.get(key="key-5").state == "pending"
    assert len(stripe_link.received) == sent


def test_the_circuit_lets_one_call_through_and_waits_longer_each_time(clock):
    line = Circuit(failures=2, pause=5, longest_pause=12)
    line.failed()
    assert line.may_call()
    line.failed()
    assert line.is_open
    assert not line.may_call()

    clock.now += 5
    assert not line.is_open
    assert line.may_call()
    assert not line.may_call()  # one at a time
    line.failed()
    clock.now += 9
    assert not line.may_call()
    clock.now += 1
    assert line.may_call()
    line.failed()
    clock.now += 12
    assert line.may_call()

    line.succeeded()
    assert line.may_call()
    line.failed()
    assert line.may_call()


def test_a_deadline_cuts_the_attempt(create, stripe_link, settings):
    settings.PAYMENTS_STRIPE_TIMEOUT = (1, 9)
    stripe_link.faults.append(faults.HANG)
    started = time.monotonic()

    with deadlines.within(5.5):  # more than half an attempt, or it would not start
        result = create()

    assert result["retryable"]
    assert time.monotonic() - started < 8  # rather than the 9 s of the attempt's own limit
    assert Operation.objects.get(key="key-1").state == "unknown"


def test_nothing_starts_without_time_left(create, stripe_link):
    with deadlines.within(1):
        result = create()

    assert (result["error_code"], result["retryable"]) == ("provider_error", True)
    assert not Operation.objects.filter(key="key-1").exists()
    assert not stripe_link.received


def test_an_inner_deadline_never_outlasts_the_outer():
    assert deadlines.remaining() == float("inf")
    with deadlines.within(5):
        with deadlines.within(100):
            assert deadlines.remaining() <= 5
        with deadlines.within(0):
            assert deadlines.remaining() == 0
        assert 0 < deadlines.remaining() <= 5


def test_a_database_that_fails_is_an_error_to_be_tried_again(create, stripe_link, monkeypatch):
    def fail(*arguments, **values):
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as broken:
        broken.setattr(Operation, "save", fail)
        result = create()

    assert (result["error_code"], result["retryable"]) == (ErrorCode.UNAVAILABLE.value, True)
    assert "connection is lost" not in result["error"]
    assert not stripe_link.received  # no call without a record
    assert not StripePaymentIntent.objects.exists()
    assert create()["success"]


def test_an_unexpected_error_gives_its_place_back(settings):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), operations.waiting():
            raise ZeroDivisionError
    with pytest.raises(ProviderError), operations.waiting():
        raise ProviderError("no")
    with operations.waiting():
        pass
