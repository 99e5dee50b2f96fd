"""Concurrent clients of a real server process, over real HTTP."""

import time
from collections import Counter

import pytest

from payments_graphql.models import Operation, StripePaymentIntent, StripeRefund
from tests.faults.client import PATIENCE
from tests.faults.conftest import FULL
from tests.faults.mutations import (
    CANCEL,
    CAPTURE,
    CONFIRM,
    CREATE,
    CREATE_FIRST,
    DETACH,
    MUTATIONS,
    REFUND,
    global_id,
    write_body,
)
from tests.faults.site import ask_at_once
from tests.sandbox.waiting import wait_until

MANY = 50 if FULL else 20


@pytest.fixture
def ask_site(site, tokens):
    def ask_site(mutation, asked):
        return site.ask(mutation.body(asked), tokens[mutation.by]).payload(mutation)

    return ask_site


@pytest.fixture
def ask_patiently(ask_site):
    """Retries like a client that is told to."""

    def ask_patiently(mutation, asked):
        deadline = time.monotonic() + PATIENCE
        while True:
            payload = ask_site(mutation, asked)
            if not any(error["retryable"] for error in payload["errors"]):
                return payload
            assert time.monotonic() < deadline, payload
            time.sleep(0.1)

    return ask_patiently


def _errors(payloads) -> list[dict]:
    return [error for payload in payloads for error in payload["errors"]]


def _ids(mutation, payloads) -> set[str]:
    objects = filter(None, map(mutation.get_object, payloads))
    return {one["id"] for one in objects}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_the_same_request_many_times_has_one_effect(
    scene, ask_site, count_effects, assert_invariants, mutation
):
    """The others get the same answer, are told to retry, or see that it is done."""
    asked = mutation.prepare(scene)
    before = count_effects(mutation)

    payloads = ask_at_once(MANY, lambda _: ask_site(mutation, asked))

    assert count_effects(mutation) - before == 1
    assert len(_ids(mutation, payloads)) == 1
    for error in _errors(payloads):
        assert error["retryable"] or error["code"] == "INVALID_STATE", error
    assert any(not payload["errors"] for payload in payloads)
    if mutation.has_key:
        done = [payload for payload in payloads if not payload["errors"]]
        assert [payload["replayed"] for payload in done].count(False) <= 1
    assert_invariants()


def test_two_first_payments_make_one_customer(ask_site, count_effects, assert_invariants, scene):
    before = count_effects(CREATE_FIRST)

    payloads = ask_at_once(
        8,
        lambda number: ask_site(
            CREATE_FIRST, {"idempotencyKey": f"key-{number}", "amount": "10", "currency": "USD"}
        ),
    )

    assert count_effects(CREATE_FIRST) - before == 1
    assert all(error["retryable"] for error in _errors(payloads))
    assert_invariants()


def test_two_tabs_make_one_payment_for_a_booking(scene, ask_site, count_effects, assert_invariants):
    """Each tab has its own key."""
    booking = global_id("Booking", scene.booking)

    payloads = ask_at_once(
        2, lambda tab: ask_site(CREATE, {"idempotencyKey": f"tab-{tab}", "bookingId": booking})
    )

    assert count_effects(CREATE) == 1
    assert all(error["retryable"] for error in _errors(payloads))
    assert len(_ids(CREATE, payloads)) == 1
    assert_invariants()


def test_a_double_click_charges_once(scene, ask_site, count_effects, assert_invariants):
    asked = CONFIRM.prepare(scene)

    payloads = ask_at_once(2, lambda _: ask_site(CONFIRM, asked))

    assert count_effects(CONFIRM) == 1
    wait_until(lambda: StripePaymentIntent.objects.get().status == "succeeded", 60)
    for payload in payloads:
        assert not payload["errors"] or payload["paymentIntent"]["status"] == "SUCCEEDED"
    assert_invariants()


@pytest.mark.parametrize("is_limit_off", [False, True], ids=["limited", "stripe_accepts_all"])
def test_many_refunds_never_give_more_than_was_received(
    scene, ask_patiently, sandbox, events, assert_invariants, is_limit_off
):
    """99.99 was received, and each wants 15.00: six are possible, whatever Stripe would accept."""
    if is_limit_off:
        sandbox.faults.add("refund_limit_off", path="/v1/refunds")
    asked = REFUND.prepare(scene) | {"amount": "15.00"}

    payloads = ask_at_once(
        MANY, lambda number: ask_patiently(REFUND, asked | {"idempotencyKey": f"refund-{number}"})
    )

    made = [payload for payload in payloads if not payload["errors"]]
    assert len(made) == len(events("refund.created")) == 6
    assert {error["code"] for error in _errors(payloads)} == {"AMOUNT_TOO_LARGE"}
    assert StripePaymentIntent.objects.get().amount_refundable == 999
    assert StripeRefund.objects.count() == 6
    assert_invariants()


RACES = {"confirm": (CONFIRM, CANCEL), "capture": (CAPTURE, CANCEL)}


@pytest.mark.parametrize("times", range(10 if FULL else 3))
@pytest.mark.parametrize("name", RACES)
def test_one_move_wins_and_the_loser_shows_the_true_state(
    scene, ask_site, site, tokens, dashboard, events, assert_invariants, name, times
):
    """Confirm against cancel, capture against cancel."""
    moves = RACES[name]
    asked = moves[0].prepare(scene)
    inputs = [asked, {"paymentIntentId": asked["paymentIntentId"]}]

    payloads = ask_at_once(2, lambda number: ask_site(moves[number], inputs[number]))

    intent = StripePaymentIntent.objects.get()
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert at_stripe.status in ("succeeded", "canceled")
    winner = 0 if at_stripe.status == "succeeded" else 1
    assert payloads[winner]["errors"] == []
    assert payloads[winner]["paymentIntent"]["status"] == at_stripe.status.upper()
    (error,) = payloads[1 - winner]["errors"]
    if not error["retryable"]:
        assert error["currentStatus"] == at_stripe.status.upper()
    # Whether or not it was told to retry, a new request shows the true state.
    again = ask_site(moves[1 - winner], inputs[1 - winner])
    assert again["paymentIntent"]["status"] == at_stripe.status.upper()
    assert again["errors"][0]["currentStatus"] == at_stripe.status.upper()
    assert Counter(one.state for one in Operation.objects.all())["failed"] <= 1
    assert_invariants()


def test_a_refund_at_the_moment_of_a_dispute(
    scene, ask_site, site, sandbox, dashboard, events, assert_invariants
):
    """The dispute's event and the refund arrive together: Stripe decides, and the page shows it."""
    paid = scene.pay(scene.alice, method="pm_card_createDispute")
    news = events()
    assert any(event["type"] == "charge.dispute.created" for event in news)
    asked = {"idempotencyKey": "key-1", "paymentIntentId": global_id("PaymentIntent", paid)}

    def act(number):
        if number == 0:
            return ask_site(REFUND, asked)
        return [site.deliver(event).status_code for event in news]

    payload, statuses = ask_at_once(2, act)

    assert set(statuses) == {200}
    (error,) = payload["errors"]
    assert error["code"] == "INVALID_STATE"
    assert not dashboard.v1.refunds.list().data
    assert_invariants()
    (error,) = ask_site(REFUND, asked | {"idempotencyKey": "key-2"})["errors"]
    assert error["currentStatus"] == "DISPUTED"
    paid.refresh_from_db()
    assert paid.amount_refundable == 0


def test_a_card_is_detached_once(scene, ask_site, count_effects, assert_invariants):
    """Two tabs: the second is told that it is done, or gets the same answer."""
    asked = DETACH.prepare(scene)

    payloads = ask_at_once(2, lambda _: ask_site(DETACH, asked))

    assert count_effects(DETACH) == 1
    assert all(error["code"] in ("INVALID_STATE", "NOT_FOUND") for error in _errors(payloads))
    assert_invariants()


_LIST = "paymentIntent { status }"


def test_two_requests_of_different_amounts_are_one_payment(
    scene, site, tokens, count_effects, assert_invariants
):
    """The same key for something else is an error, not a second payment."""
    before = count_effects(CREATE)

    def ask(number):
        asked = {"idempotencyKey": "key-1", "amount": str(10 + number % 2), "currency": "USD"}
        body = write_body("createPaymentIntent", _LIST, asked)
        return site.ask(body, tokens["alice"]).payload("createPaymentIntent")

    payloads = ask_at_once(6, ask)

    assert count_effects(CREATE) - before == 1
    codes = {error["code"] for error in _errors(payloads)}
    assert "IDEMPOTENCY_KEY_REUSED" in codes
    assert codes <= {"IDEMPOTENCY_KEY_REUSED", "OPERATION_IN_PROGRESS", "RATE_LIMITED"}
    assert_invariants()
