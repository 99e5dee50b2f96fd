"""Our keys at Stripe were rotated: no request is at fault, and it is logged for people."""

import pytest

from payments_graphql.models import Operation
from tests.faults.mutations import CONFIRM, CREATE, CREATE_FIRST, MUTATIONS


@pytest.mark.parametrize("mutation", [*MUTATIONS, CREATE_FIRST], ids=str)
def test_the_callers_key_is_not_spent(
    ask, ask_until_settled, scene, count_effects, assert_invariants, mutation
):
    """Stripe no longer knows the old key. The new one comes with the next deployment."""
    asked = mutation.prepare(scene)
    before = count_effects(mutation)

    answer = ask(mutation, asked, STRIPE_SECRET_KEY="rk_old", PAYMENTS_OPERATION_TIMEOUT=0)

    (error,) = answer.payload(mutation)["errors"]
    assert (error["code"], error["retryable"]) == ("PROVIDER_ERROR", True)
    assert "rk_old" not in str(answer.body)
    assert answer.has_logged("CRITICAL", "stripe_refuses_our_keys")
    assert Operation.objects.first().state == "pending"
    assert count_effects(mutation) == before
    payload = ask_until_settled(mutation, asked)
    assert mutation.get_object(payload)["id"]
    assert mutation.get_object(payload).get("status", "") == mutation.done
    assert count_effects(mutation) - before == 1
    assert_invariants()


@pytest.mark.parametrize("mutation", [CREATE, CONFIRM], ids=str)
@pytest.mark.parametrize("fault", ["unauthorized", "forbidden"])
def test_it_stays_open_as_long_as_the_keys_are_wrong(
    ask, scene, sandbox, count_effects, assert_invariants, mutation, fault
):
    asked = mutation.prepare(scene)
    before = count_effects(mutation)
    with sandbox.faults.add(fault):
        for _ in range(3):
            (error,) = ask(mutation, asked).payload(mutation)["errors"]
            assert error["retryable"]
            assert Operation.objects.first().state in ("pending", "unknown")
    assert count_effects(mutation) == before
    assert_invariants()
