"""A booking is given to Bob while Alice's payment for it is created, confirmed or captured.

Processes die or answers are lost meanwhile. Nobody gets the other's payment or its client secret.
What each has paid is what the sandbox says, and only what the booking's user has paid counts for
the booking.
"""

from dataclasses import replace

import pytest
from django.db import connection

from payments_graphql.models import Booking, StripePaymentIntent
from tests.faults.conftest import FULL
from tests.faults.mutations import CAPTURE, CONFIRM, CREATE, global_id
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.steps import Step
from tests.faulty_stripe import RESET, Fault

SELECTION = "paymentIntent { id stripePaymentIntentId status clientSecret } replayed"
HERS = replace(CREATE, selection=SELECTION)
HIS = replace(HERS, by="bob")
HE_CONFIRMS = replace(CONFIRM, by="bob")
LOST_REQUEST, LOST_ANSWER, LATE_ANSWER = "request lost", "answer lost", "answer late"
MOMENTS = [
    Step.RECORDED,
    Step.WORKING,
    Step.ANSWERED,
    Step.SETTLED,
    LOST_REQUEST,
    LOST_ANSWER,
    LATE_ANSWER,
]
IN_SHORT = (Step.RECORDED, Step.ANSWERED, LATE_ANSWER)
CASES = [
    pytest.param(mutation, moment, id=f"{mutation}-{moment}")
    for mutation in (CREATE, CONFIRM, CAPTURE)
    for moment in MOMENTS
    if FULL or mutation is CONFIRM or moment in IN_SHORT
]


@pytest.fixture
def move(scene):
    """By the site's own code, without reporting it."""

    def move() -> None:
        Booking.objects.filter(pk=scene.booking.pk).update(user=scene.bob)

    return move


@pytest.fixture
def move_meanwhile(ask, die, link, move):
    """The booking becomes his before she gets her answer, or without her ever getting one."""

    def move_at_the_link() -> None:
        try:
            move()
        finally:
            connection.close()

    def move_meanwhile(mutation, asked, moment) -> None:
        if isinstance(moment, Step):
            die(mutation, asked, moment)
            move()
            return
        if moment == LOST_REQUEST:
            link.faults.append(replace(RESET, before=move_at_the_link))
        elif moment == LOST_ANSWER:
            link.faults.append(Fault(is_sent_on=True, before=move_at_the_link))
        else:
            link.before_answer = move_at_the_link
        answer = ask(mutation, asked, STRIPE_API_BASE=link.url, PAYMENTS_OPERATION_TIMEOUT=0)
        assert bool(answer.payload(mutation)["errors"]) == (moment != LATE_ANSWER)
        link.before_answer = None
        assert Booking.objects.get().user.username == "bob"

    return move_meanwhile


@pytest.fixture
def pay_as_bob(ask_until_settled, scene):
    """Until it is paid, or he is told that it cannot be paid yet."""

    def pay_as_bob(hers: StripePaymentIntent | None) -> bool:
        asked = {"idempotencyKey": "key-1", "bookingId": global_id("Booking", scene.booking)}
        payload = ask_until_settled(HIS, asked)
        if payload["errors"]:
            (error,) = payload["errors"]
            assert error["code"] == "INVALID_STATE", error
            return False
        his = payload["paymentIntent"]
        row = StripePaymentIntent.objects.get(stripe_payment_intent_id=his["stripePaymentIntentId"])
        assert row.customer.user == scene.bob
        assert row != hers
        assert his["clientSecret"].startswith(row.stripe_payment_intent_id)
        confirm = {"paymentIntentId": his["id"], "stripePaymentMethodId": "pm_card_visa"}
        confirmed = ask_until_settled(HE_CONFIRMS, confirm)
        assert confirmed["paymentIntent"]["status"] == "SUCCEEDED", confirmed
        return True

    return pay_as_bob


@pytest.fixture
def assert_totals(dashboard):
    """Each user's payments are those that the sandbox has for the user's customers."""

    def assert_totals() -> None:
        booking = Booking.objects.get()
        at_stripe = [one.to_dict() for one in dashboard.v1.payment_intents.list({"limit": 100})]
        received = {"alice": 0, "bob": 0}
        for intent in at_stripe:
            row = StripePaymentIntent.objects.get(stripe_payment_intent_id=intent["id"])
            assert row.customer.stripe_customer_id == intent["customer"]
            received[row.customer.user.username] += intent["amount_received"]
        paid = received[booking.user.username]
        assert (booking.amount_paid, booking.amount_due) == (paid, booking.amount - paid)
        assert booking.amount_overpaid == 0

    return assert_totals


@pytest.mark.parametrize("reconciles", [False, True] if FULL else [False])
@pytest.mark.parametrize(("mutation", "moment"), CASES)
def test_nobody_gets_the_payment_of_another(
    move_meanwhile,
    pay_as_bob,
    ask_until_settled,
    scene,
    assert_invariants,
    assert_totals,
    mutation,
    moment,
    reconciles,
):
    asked = mutation.prepare(scene)
    hers = StripePaymentIntent.objects.first()
    move_meanwhile(mutation, asked, moment)
    let_time_pass()
    if reconciles:
        reconcile_twice()

    has_paid = pay_as_bob(hers)

    assert_invariants()
    assert_totals()
    hers = StripePaymentIntent.objects.filter(customer__user=scene.alice).first()
    if not has_paid:
        assert mutation is CAPTURE  # her money was held, and nobody else may pay
        if hers.status != "succeeded":
            assert scene.service.cancel_payment_intent(hers)["success"]
        assert pay_as_bob(hers)
        assert_totals()
        hers.refresh_from_db()
    assert hers is None or hers.status in ("canceled", "succeeded")
    assert Booking.objects.get().amount_due == 0
    if mutation is CREATE:
        _assert_her_repeat_shows_her_nothing_of_his(ask_until_settled, asked, hers)
    assert_invariants()


def _assert_her_repeat_shows_her_nothing_of_his(ask_until_settled, asked, hers) -> None:
    again = ask_until_settled(HERS, asked)
    found = again["paymentIntent"]
    assert found is None or (found["id"], found["clientSecret"]) == (
        global_id("PaymentIntent", hers),
        None,
    )
    assert found or [error["code"] for error in again["errors"]] == ["NOT_FOUND"]
