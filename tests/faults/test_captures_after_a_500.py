"""Stripe answers a capture with 500, and after its lease someone captures or cancels again.

What Stripe makes of the first one later does not matter: it does each of them once per payment, and
of a capture and a cancel the first to arrive.
"""

import pytest

from payments_graphql.models import StripePaymentIntent
from tests.faults.conftest import FULL
from tests.faults.mutations import CANCEL, CAPTURE
from tests.faults.passing_time import let_time_pass
from tests.faults.steps import Step
from tests.faults.test_stripe_misbehaves import ONE_TRY

FOLLOWING = {
    "the same again": (CAPTURE, {}, "succeeded", 9999),
    "a part": (CAPTURE, {"amount": "40.00"}, "succeeded", 4000),
    "a cancel": (CANCEL, {}, "canceled", 0),
}
DYING = [None, Step.RECORDED, Step.ANSWERED] if FULL else [None, Step.ANSWERED]


@pytest.fixture
def fail_to_capture(ask, scene, sandbox):
    """The payment whose capture was answered with 500. It is carried out after a minute, if at
    all."""

    def fail_to_capture(is_rolled_forward):
        asked = CAPTURE.prepare(scene)
        kind = "error_500_rolled_forward" if is_rolled_forward else "error_500"
        delay = {"delay": 60} if is_rolled_forward else {}
        sandbox.faults.add(kind, method="POST", path=CAPTURE.path, times=1, **delay)
        (error,) = ask(CAPTURE, asked, **ONE_TRY).payload(CAPTURE)["errors"]
        assert (error["code"], error["retryable"]) == ("OPERATION_IN_PROGRESS", True)
        let_time_pass()
        return asked

    return fail_to_capture


@pytest.mark.parametrize("dies_at", DYING)
@pytest.mark.parametrize("carried_out", ["never", "before", "after"])
@pytest.mark.parametrize("following", FOLLOWING)
def test_whoever_asks_next_decides_unless_it_was_carried_out(
    fail_to_capture,
    ask,
    ask_until_settled,
    sandbox,
    count_effects,
    assert_invariants,
    dashboard,
    following,
    carried_out,
    dies_at,
):
    mutation, changed, status, received = FOLLOWING[following]
    asked = fail_to_capture(carried_out != "never") | changed
    if carried_out == "before":
        sandbox.advance(61)
        status, received = "succeeded", 9999
    if dies_at is not None and carried_out != "before":  # otherwise it would end before that step
        assert ask(mutation, asked, step=dies_at) is None
        let_time_pass()

    payload = ask_until_settled(mutation, asked)

    if carried_out == "after":
        sandbox.advance(61)
    assert payload["paymentIntent"]["status"] == status.upper(), payload
    assert_invariants()
    intent = StripePaymentIntent.objects.get()
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert (at_stripe.status, at_stripe.amount_received) == (status, received)
    assert count_effects(CAPTURE) == (status == "succeeded")
