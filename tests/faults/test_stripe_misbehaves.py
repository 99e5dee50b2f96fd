"""Stripe hangs, breaks, is busy or answers nonsense, for each mutation that calls it.

Nothing is resent blindly: the sandbox counts requests by idempotency key. A client of the API never
gets a 500.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from payments_graphql.models import Operation, StripeRefund
from tests.faults.conftest import FULL
from tests.faults.mutations import CAPTURE, CONFIRM, CREATE, MUTATIONS, REFUND, SETUP, Mutation
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faulty_stripe import GATEWAY_STATUSES
from tests.sandbox.waiting import wait_until

ONE_TRY = {"PAYMENTS_OPERATION_TIMEOUT": 0, "PAYMENTS_STRIPE_TIMEOUT": (20, 0.5)}
"""The caller waits for no second attempt, and a hanging answer times out soon."""


@dataclass(frozen=True)
class Case:
    """A fault of the sandbox. `state` is the operation's state after it. `is_sent_again`: by
    another process with the same key, unless it is a confirm."""

    fault: str
    state: str
    has_effect: bool = False
    is_sent_again: bool = True
    code: str = "OPERATION_IN_PROGRESS"
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.fault, *(f"{name}={value}" for name, value in self.options.items())])


CASES = [
    Case("reset", "unknown"),
    Case("hang", "unknown"),
    Case("bad_gateway", "unknown"),
    Case("reset_after_effect", "unknown", has_effect=True),
    Case("hang_after_effect", "unknown", has_effect=True),
    Case("truncated", "unknown", has_effect=True),
    Case("not_json", "unknown", has_effect=True),
    Case("gateway_page_after_effect", "unknown", has_effect=True, options={"status": 404}),
    Case("error_500_after_effect", "unknown", has_effect=True, is_sent_again=False),
    Case("key_in_use", "pending"),
    Case("rate_limited", "pending", code="RATE_LIMITED"),
    Case("key_in_use", "pending", options={"should_retry": True}),
    Case("unauthorized", "pending", code="PROVIDER_ERROR"),
    Case("forbidden", "pending", code="PROVIDER_ERROR"),
]
GIVEN_UP = [mutation for mutation in MUTATIONS if mutation is not REFUND]
"""After their lease, if nothing was found: Stripe does none of them twice."""
STATUSES = (*GATEWAY_STATUSES, 302, 502) if FULL else (403, 404)
# Finding nothing proves nothing, since it may still take effect.
LEFT_OPEN = [
    Case("error_500", "unknown", is_sent_again=False),
    Case("error_500", "unknown", is_sent_again=False, options={"should_retry": False}),
    Case("key_in_use", "unknown", is_sent_again=False, options={"should_retry": False}),
]
RESENT_AT_ONCE = [
    "reset",
    "reset_after_effect",
    "truncated",
    "not_json",
    "key_in_use",
    "bad_gateway",
    "hang",
]


def _of(cases: list[Any]) -> Any:
    """Each fault with each mutation. In the short form all mutations with the first fault, and a
    confirm and a refund, which differ most, with the others."""
    pairs = [
        (mutation, case)
        for case in cases
        for mutation in MUTATIONS
        if FULL or case is cases[0] or mutation in (CONFIRM, REFUND)
    ]
    ids = [f"{mutation}-{case}" for mutation, case in pairs]
    return pytest.mark.parametrize(("mutation", "case"), pairs, ids=ids)


@pytest.fixture
def disturb(sandbox):
    def disturb(mutation: Mutation, fault: str, **options: Any) -> None:
        sandbox.faults.add(fault, method="POST", path=mutation.path, times=1, **options)

    return disturb


@pytest.fixture
def count_sends(sandbox):
    """How often each idempotency key arrived since `mutation` was prepared."""

    def count_sends(mutation: Mutation, since: int = 0) -> list[int]:
        keys = [one.idempotency_key for one in sandbox.requests("POST", mutation.path)[since:]]
        return list(Counter(keys).values())

    return count_sends


@pytest.fixture
def ask_once(ask, disturb, scene, count_effects):
    """The first answer, with the input and the number of effects before it."""

    def ask_once(mutation: Mutation, case: Case) -> tuple[dict[str, Any], dict[str, Any], int]:
        asked = mutation.prepare(scene)
        before = count_effects(mutation)
        disturb(mutation, case.fault, **case.options)
        answer = ask(mutation, asked, **ONE_TRY)
        payload = answer.payload(mutation)
        (error,) = payload["errors"]
        assert (error["code"], error["retryable"]) == (case.code, True)
        assert Operation.objects.first().state == case.state
        assert mutation.get_object(payload) is None or not mutation.has_key
        wait_until(lambda: count_effects(mutation) - before == case.has_effect, 60)
        is_about_keys = case.fault in ("unauthorized", "forbidden")
        assert answer.has_logged("CRITICAL", "stripe_refuses_our_keys") == is_about_keys
        return payload, asked, before

    return ask_once


@_of(CASES)
def test_it_is_settled_without_a_second_effect(
    ask_once,
    ask_until_settled,
    sandbox,
    count_effects,
    count_sends,
    assert_invariants,
    mutation,
    case,
):
    prepared = len(sandbox.requests("POST", mutation.path))
    _, asked, before = ask_once(mutation, case)

    reconcile_twice()

    is_sent_again = case.is_sent_again and mutation is not CONFIRM
    prepared = 0 if mutation not in (CREATE, CONFIRM) else prepared
    assert count_sends(mutation, prepared) == [2 if is_sent_again else 1]
    assert count_effects(mutation) - before == (case.has_effect or is_sent_again)
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("mutation", [REFUND, CREATE, CAPTURE], ids=str)
def test_a_gateways_page_after_the_effect_says_nothing_of_it(
    ask_once, ask_until_settled, count_effects, assert_invariants, mutation, status
):
    """A caller that takes it for a refusal would refund again with the next key."""
    options = {"status": status}
    case = Case("gateway_page_after_effect", "unknown", has_effect=True, options=options)
    _, asked, before = ask_once(mutation, case)
    if mutation is REFUND:
        reserved = StripeRefund.objects.get()
        assert reserved.payment_intent.amount_refundable == 9999 - reserved.amount

    payload = ask_until_settled(mutation, asked)

    assert mutation.get_object(payload)["status"] == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@_of(CASES)
def test_the_callers_retry_settles_it_too(
    ask_once, ask_until_settled, count_effects, assert_invariants, mutation, case
):
    _, asked, before = ask_once(mutation, case)
    let_time_pass()

    payload = ask_until_settled(mutation, asked)

    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@_of(LEFT_OPEN)
def test_an_error_without_an_effect_is_read_for_a_day(
    ask_once, ask, count_effects, count_sends, assert_invariants, mutation, case
):
    _, asked, before = ask_once(mutation, case)

    reconcile_twice()
    is_given_up = mutation in GIVEN_UP
    assert Operation.objects.first().state == ("failed" if is_given_up else "unknown")
    if not is_given_up:
        (error,) = ask(mutation, asked).payload(mutation)["errors"]
        assert error["retryable"]
    let_time_pass(timedelta(hours=24))

    assert_invariants(needs_review=[] if is_given_up else [Operation.objects.first().kind])
    assert count_effects(mutation) == before
    assert count_sends(mutation)[-1] == 1


@_of([Case("error_500_rolled_forward", "unknown", options={"delay": 60})])
@pytest.mark.parametrize("is_late", [False, True])
def test_an_effect_that_is_rolled_forward_is_found(
    ask_once, ask_until_settled, sandbox, count_effects, assert_invariants, mutation, case, is_late
):
    """Late: after reading, and for some kinds after giving up. A new request created another
    payment or setup by then. The first one is adopted, and costs nobody anything."""
    _, asked, before = ask_once(mutation, case)
    if is_late:
        reconcile_twice()
        assert count_effects(mutation) == before
    sandbox.advance(61)
    assert count_effects(mutation) - before == 1

    reconcile_twice()

    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload).get("status", "") == mutation.done
    is_made_anew = is_late and mutation in (CREATE, SETUP)
    assert count_effects(mutation) - before == (2 if is_made_anew else 1)
    assert_invariants()


@_of([Case("rate_limited", "pending", code="RATE_LIMITED", options={"should_retry": False})])
def test_it_is_not_sent_again_at_once_where_stripe_says_so(
    ask,
    ask_until_settled,
    scene,
    disturb,
    count_effects,
    count_sends,
    assert_invariants,
    mutation,
    case,
):
    """However long the caller would wait: Stripe has not done it, so it may be sent later."""
    asked = mutation.prepare(scene)
    before = count_effects(mutation)
    disturb(mutation, case.fault, **case.options)

    (error,) = ask(mutation, asked).payload(mutation)["errors"]

    assert (error["code"], error["retryable"]) == (case.code, True)
    assert Operation.objects.first().state == case.state
    assert count_sends(mutation)[-1] == 1
    assert count_effects(mutation) == before
    let_time_pass()
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@_of(RESENT_AT_ONCE)
def test_it_is_sent_again_with_the_same_key_while_the_caller_waits(
    ask, scene, disturb, count_effects, count_sends, assert_invariants, mutation, case
):
    asked = mutation.prepare(scene)
    before = count_effects(mutation)
    disturb(mutation, case)

    answer = ask(mutation, asked, PAYMENTS_STRIPE_TIMEOUT=(20, 2))

    payload = answer.payload(mutation)
    assert payload["errors"] == []
    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert count_sends(mutation)[-1] >= 2
    assert_invariants()
