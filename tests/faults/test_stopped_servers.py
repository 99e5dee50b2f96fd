"""SIGTERM to a real server process in the middle of a request: drained, or like kill -9."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.client import PATIENCE
from tests.faults.conftest import FULL, get_faults_environment
from tests.faults.mutations import CONFIRM, CREATE, REFUND
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.site import point_at, serve_site
from tests.faulty_stripe import Fault, faulty_stripe
from tests.sandbox.waiting import wait_until

MUTATIONS = [CONFIRM, CREATE, REFUND] if FULL else [CONFIRM, REFUND]
TOO_LATE = [
    pytest.param(
        mutation, has_effect, id=f"{mutation}-{'after' if has_effect else 'before'}_effect"
    )
    for mutation in MUTATIONS
    for has_effect in (False, True)
    if FULL or has_effect == (mutation is REFUND)
]


@pytest.fixture
def stop_in_the_middle(scene, sandbox, tokens, witness_file, tmp_path, count_effects):
    """Sends a request to its own server and stops it while Stripe works. `drains`: Stripe answers
    in time, not after the server is gone. Returns the input, the answer if any, and the effects
    before."""

    def stop_in_the_middle(mutation, *, drains, has_effect_before=True):
        asked = mutation.prepare(scene)
        before = count_effects(mutation)
        arrived, released = threading.Event(), threading.Event()

        def hold():
            arrived.set()
            assert released.wait(PATIENCE)

        def ask():
            try:
                return site.ask(mutation.body(asked), tokens[mutation.by])
            except requests.ConnectionError:
                return None

        log = (tmp_path / "log").open("w")
        environment = get_faults_environment()
        with (
            log,
            faulty_stripe(sandbox.url) as link,
            serve_site(environment, log) as site,
            ThreadPoolExecutor(1) as pool,
        ):
            point_at(site.to_stripe, link.url)
            if has_effect_before:
                link.before_answer = hold
            else:
                link.faults.append(Fault(before=hold, is_sent_on=True))
            try:
                answer = pool.submit(ask)
                assert arrived.wait(PATIENCE)
                server = site.processes._running["site"]
                server.terminate()
                if drains:
                    released.set()
                server.wait(PATIENCE)
            finally:
                released.set()
            got = answer.result(PATIENCE)
        # Stripe finishes the request, although nobody waits for the answer.
        wait_until(lambda: count_effects(mutation) - before == 1, PATIENCE)
        return asked, got, before

    return stop_in_the_middle


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_what_stripe_answers_in_time_is_drained_or_settled_later(
    stop_in_the_middle, ask_until_settled, count_effects, assert_invariants, mutation
):
    asked, answer, before = stop_in_the_middle(mutation, drains=True)

    if answer is not None:
        payload = answer.payload(mutation)
        assert payload["errors"] == []
        assert mutation.get_object(payload)["status"] == mutation.done
    reconcile_twice()
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload)["status"] == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@pytest.mark.parametrize(("mutation", "has_effect_before"), TOO_LATE)
def test_what_stripe_answers_too_late_is_settled_as_after_kill_9(
    stop_in_the_middle,
    ask_until_settled,
    count_effects,
    assert_invariants,
    mutation,
    has_effect_before,
):
    asked, answer, before = stop_in_the_middle(
        mutation, drains=False, has_effect_before=has_effect_before
    )

    assert answer is None
    let_time_pass()
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload)["status"] == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()
