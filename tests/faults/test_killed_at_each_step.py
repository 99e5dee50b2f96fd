"""A process dies by SIGKILL at each step of each mutation.

Settled by `payments_reconcile`, or by the caller's retry alone. At most one effect. A confirm that
was not sent charges nobody later. The retry gets the first request's result.
"""

import pytest

from payments_graphql.models import Operation
from tests.faults.conftest import FULL
from tests.faults.mutations import CONFIRM, CREATE_FIRST, MUTATIONS, REFUND
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.steps import Step

KILLED = [*MUTATIONS, CREATE_FIRST]


def _of(steps):
    """The steps of each mutation. In the short form all steps of a refund, and for the others those
    at which something is half done."""
    pairs = [
        (mutation, step)
        for mutation in KILLED
        for step in Step
        if FULL or mutation is REFUND or step in steps
    ]
    ids = [f"{mutation}-{step}" for mutation, step in pairs]
    return pytest.mark.parametrize(("mutation", "step"), pairs, ids=ids)


def _prepare(mutation, scene, count_effects):
    asked = mutation.prepare(scene)
    return asked, count_effects(mutation)


@_of([Step.RECORDED, Step.WORKING, Step.ANSWERED, Step.SETTLED])
def test_reconcile_settles_it(
    die, ask_until_settled, scene, count_effects, assert_invariants, mutation, step
):
    asked, before = _prepare(mutation, scene, count_effects)
    recorded = Operation.objects.count()
    die(mutation, asked, step)
    assert count_effects(mutation) - before == step.has_effect
    assert (Operation.objects.count() > recorded) == (step != Step.BEFORE_RECORD)

    reconcile_twice()

    is_sent_later = mutation is not CONFIRM and step != Step.BEFORE_RECORD
    assert count_effects(mutation) - before == (step.has_effect or is_sent_later)
    assert_invariants()
    _assert_result(ask_until_settled(mutation, asked), mutation)
    assert count_effects(mutation) - before == 1
    assert_invariants()


@_of([Step.RECORDED, Step.ANSWERING, Step.SETTLED])
def test_the_callers_retry_alone_settles_it(
    die, ask_until_settled, scene, count_effects, assert_invariants, mutation, step
):
    asked, before = _prepare(mutation, scene, count_effects)
    die(mutation, asked, step)
    let_time_pass()

    payload = ask_until_settled(mutation, asked)

    _assert_result(payload, mutation)
    assert count_effects(mutation) - before == 1
    again = ask_until_settled(mutation, asked)
    assert mutation.get_object(again) == mutation.get_object(payload)
    assert_invariants()


def _assert_result(payload, mutation):
    """The object as it is afterwards, whether or not this request found it so."""
    assert mutation.get_object(payload) is not None, payload
    assert mutation.get_object(payload).get("status", "") == mutation.done
    if mutation.has_key:
        assert payload["errors"] == []
    assert all(error["code"] == "INVALID_STATE" for error in payload["errors"])
