"""A process dies by SIGKILL at each step of each mutation.

Settled by `reconcile`, or by the caller's retry alone; at most one effect; a confirm that was not
sent charges nobody later; the retry gets the result of the first.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from payments_graphql.models import Operation
from tests.faults.client import PATIENCE, kill
from tests.faults.mutations import (
    CANCEL_REFUND,
    CONFIRM,
    CREATE_FIRST,
    MUTATIONS,
    Mutation,
)
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.steps import Step
from tests.faulty_stripe import Fault, FaultyStripe, faulty_stripe

KILLED = [*MUTATIONS, CREATE_FIRST, CANCEL_REFUND]
EVERY_STEP = [(mutation, step) for mutation in KILLED for step in Step]
_each_step = pytest.mark.parametrize(
    ("mutation", "step"),
    EVERY_STEP,
    ids=[f"{one.path.split('/')[-1]}-{step}" for one, step in EVERY_STEP],
)


@pytest.fixture
def link(sandbox, settings) -> Iterator[FaultyStripe]:
    """What lies between the process that dies and the sandbox."""
    with faulty_stripe(sandbox.url) as link:
        yield link


@pytest.fixture
def die(ask, link) -> Callable[[Mutation, dict, Step], None]:
    def die(mutation: Mutation, input: dict, step: Step) -> None:
        pid: Future[int] = Future()

        def kill_it() -> None:
            kill(pid.result(PATIENCE))

        done = threading.Event()
        if step == Step.SENT:
            link.faults.append(Fault(before=kill_it))
        elif step == Step.WORKING:
            link.faults.append(Fault(before=kill_it, is_sent_on=True, after=done.set))
        elif step == Step.ANSWERING:
            link.faults.append(Fault(is_sent_on=True, after=kill_it))
        answer = ask(mutation, input, step=step, started=pid.set_result, STRIPE_API_BASE=link.url)
        assert answer is None, f"it did not die: {answer}"
        if step == Step.WORKING:
            assert done.wait(PATIENCE)  # Stripe has finished, though nobody listens

    return die


def _prepare(mutation, scene, count_effects):
    input = mutation.prepare(scene)
    return input, count_effects(mutation)


@_each_step
def test_reconcile_settles_it(
    die, ask_until_settled, scene, count_effects, assert_invariants, mutation, step
):
    input, before = _prepare(mutation, scene, count_effects)
    recorded = Operation.objects.count()
    die(mutation, input, step)
    assert count_effects(mutation) - before == step.has_effect
    assert Operation.objects.count() - recorded == (step != Step.BEFORE_RECORD)

    reconcile_twice()

    is_sent_later = mutation is not CONFIRM and step != Step.BEFORE_RECORD
    assert count_effects(mutation) - before == (step.has_effect or is_sent_later)
    assert_invariants()
    _assert_result(ask_until_settled(mutation, input), mutation)
    assert count_effects(mutation) - before == 1
    assert_invariants()


@_each_step
def test_the_callers_retry_alone_settles_it(
    die, ask_until_settled, scene, count_effects, assert_invariants, mutation, step
):
    input, before = _prepare(mutation, scene, count_effects)
    die(mutation, input, step)
    let_time_pass()

    payload = ask_until_settled(mutation, input)

    _assert_result(payload, mutation)
    assert count_effects(mutation) - before == 1
    again = ask_until_settled(mutation, input)
    assert mutation.get_object(again) == mutation.get_object(payload)
    assert_invariants()


def _assert_result(payload, mutation):
    """The object as it is once it is done, whether or not this request found it so."""
    assert mutation.get_object(payload) is not None, payload
    assert mutation.get_object(payload).get("status", "") == mutation.done
    if mutation.has_key:
        assert payload["errors"] == []
    assert all(error["code"] == "INVALID_STATE" for error in payload["errors"])
