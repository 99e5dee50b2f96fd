"""A client reuses its idempotency key after the site's keys were changed to another mode or
account, while the first request is still open."""

from contextlib import contextmanager

import pytest

from payments_graphql.conf import conf
from payments_graphql.models import Operation
from tests.faults import disorders
from tests.faults.mutations import CREATE, REFUND, SETUP
from tests.faults.passing_time import let_time_pass, reconcile_twice
from tests.faults.steps import Step

OTHER_ACCOUNT = "acct_other"


@pytest.fixture(params=["account", "mode"])
def other_keys(request, settings, monkeypatch):
    """Lasts for the block. Returns the settings for processes started inside it. The sandbox has no
    live mode, and its objects belong to every account: only the site sees a difference."""

    @contextmanager
    def other_keys():
        with monkeypatch.context() as patch:
            if request.param == "account":
                patch.setattr(settings, "PAYMENTS_ACCOUNT", OTHER_ACCOUNT)
                yield {"PAYMENTS_ACCOUNT": OTHER_ACCOUNT}
            else:
                patch.setattr(type(conf), "livemode", True)
                yield {"disorder": disorders.live_keys}

    return other_keys


@pytest.mark.parametrize("step", [Step.RECORDED, Step.ANSWERED, Step.SETTLED])
@pytest.mark.parametrize("mutation", [CREATE, SETUP, REFUND], ids=str)
def test_each_mode_has_an_effect_and_an_answer_of_its_own(
    ask,
    ask_until_settled,
    scene,
    sandbox,
    count_effects,
    assert_invariants,
    other_keys,
    mutation,
    step,
):
    asked = mutation.prepare(scene)
    before = count_effects(mutation)
    assert ask(mutation, asked, step=step) is None
    first = Operation.objects.get(key="key-1")

    with other_keys() as started_with:
        asked_of_others = mutation.prepare(scene)
        done = count_effects(mutation)
        let_time_pass()
        payload = ask_until_settled(mutation, asked_of_others, **started_with)
        reconcile_twice()

        assert (payload["errors"], payload["replayed"]) == ([], False)
        assert mutation.get_object(payload)["status"] == mutation.done
        assert count_effects(mutation) - done == 1
        left = Operation.objects.get(pk=first.pk)
        assert (left.state, left.fence, left.attempts) == (
            first.state,
            first.fence,
            first.attempts,
        )

    assert_invariants()
    again = ask_until_settled(mutation, asked)
    assert (again["errors"], again["replayed"]) == ([], True)
    assert mutation.get_object(again)["id"] != mutation.get_object(payload)["id"]
    assert count_effects(mutation) - before == 2
    assert_invariants()
