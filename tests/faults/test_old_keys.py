"""Stripe forgets an idempotency key after a day: an operation that old is never sent again."""

from datetime import timedelta

import pytest

from payments_graphql.models import Operation
from tests.faults.mutations import CAPTURE, CONFIRM, CREATE, DETACH, REFUND, SETUP
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.steps import Step

JUST_TOO_OLD = timedelta(hours=23, minutes=1)
each_mutation = pytest.mark.parametrize(
    "mutation", [CREATE, CONFIRM, CAPTURE, REFUND, SETUP, DETACH], ids=str
)


@pytest.fixture
def leave_open(ask, scene, sandbox, count_effects):
    """An operation of a dead process whose key is too old by now."""

    def leave_open(mutation, step):
        asked = mutation.prepare(scene)
        before = count_effects(mutation)
        assert ask(mutation, asked, step=step) is None
        sandbox.advance(JUST_TOO_OLD.total_seconds())
        let_time_pass(JUST_TOO_OLD)
        return asked, before

    return leave_open


@each_mutation
def test_what_was_done_is_found_by_reading(
    leave_open, ask_until_settled, sandbox, count_effects, assert_invariants, mutation
):
    asked, before = leave_open(mutation, Step.ANSWERED)
    sent = len(sandbox.requests("POST"))

    reconcile_twice()

    assert Operation.objects.first().state == "succeeded"
    assert len(sandbox.requests("POST")) == sent
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@each_mutation
def test_what_was_not_done_is_not_sent(
    leave_open, ask, sandbox, count_effects, assert_invariants, mutation
):
    """Given up if Stripe prevents a second effect. For a refund a person decides after a day."""
    asked, before = leave_open(mutation, Step.RECORDED)
    sent = len(sandbox.requests("POST"))

    reconcile_twice()
    let_time_pass(timedelta(hours=1))

    assert_invariants(needs_review=["create_refund"] if mutation is REFUND else [])
    assert len(sandbox.requests("POST")) == sent
    assert count_effects(mutation) == before
    if mutation is REFUND:
        (error,) = ask(mutation, asked).payload(mutation)["errors"]
        assert len(sandbox.requests("POST")) == sent, error
