"""The clock of one machine is ten minutes wrong, in either direction."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from payments_graphql.models import Operation, StripePaymentIntent, StripeWebhookEvent
from tests.conftest import WEBHOOK_PATH
from tests.faults.mutations import CAPTURE, CONFIRM, REFUND
from tests.faults.site import sign
from tests.faults.steps import Step

TEN_MINUTES = 600
wrong_clock = pytest.mark.parametrize("clock", [TEN_MINUTES, -TEN_MINUTES], ids=["ahead", "behind"])


@wrong_clock
@pytest.mark.parametrize("mutation", [CONFIRM, CAPTURE, REFUND], ids=str)
def test_a_payment_still_succeeds(ask, scene, count_effects, assert_invariants, mutation, clock):
    asked = mutation.prepare(scene)
    before = count_effects(mutation)

    payload = ask(mutation, asked, clock=clock).payload(mutation)

    assert payload["errors"] == []
    assert count_effects(mutation) - before == 1
    assert_invariants()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="its clock is this machine's")
@wrong_clock
def test_a_lease_lasts_by_the_clock_of_the_database(
    ask, scene, sandbox, count_effects, assert_invariants, clock
):
    """A machine with a wrong clock takes nothing from another that is working, and holds nothing
    longer than its lease."""
    asked = REFUND.prepare(scene)
    before = count_effects(REFUND)
    dies_wrong = clock < 0
    assert ask(REFUND, asked, step=Step.RECORDED, clock=clock if dies_wrong else 0) is None
    lease = Operation.objects.get(kind="create_refund").lease_expires_at
    assert timedelta(0) < lease - timezone.now() < timedelta(minutes=3)

    answer = ask(REFUND, asked, clock=clock, PAYMENTS_OPERATION_TIMEOUT=0.2)

    (error,) = answer.payload(REFUND)["errors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    operation = Operation.objects.get(kind="create_refund")
    assert (operation.state, operation.lease_expires_at) == ("calling", lease)
    assert count_effects(REFUND) == before
    assert_invariants()
    assert count_effects(REFUND) - before == 1


@wrong_clock
def test_a_signature_of_another_time_is_refused_and_said_so(
    workers, scene, dashboard, events, assert_invariants, clock
):
    """Signatures whose age cannot be checked are refused. Reconcile reads what was refused."""
    intent = scene.create_intent()
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    body, headers = sign(events("payment_intent.succeeded")[0])

    answer = workers.ask(body, path=WEBHOOK_PATH, headers=headers, clock=clock)

    assert answer.status == 400
    assert "timestamp" in answer.body["error"].lower()
    assert answer.has_logged("WARNING", "webhook_rejected")
    assert not StripeWebhookEvent.objects.exists()
    assert_invariants()
    assert StripePaymentIntent.objects.get().status == "succeeded"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="its clock is this machine's")
@wrong_clock
def test_an_operations_age_comes_from_the_database(ask, scene, clock):
    """Otherwise a confirm in progress would be given up too early."""
    asked = REFUND.prepare(scene)

    assert ask(REFUND, asked, clock=clock).payload(REFUND)["errors"] == []

    age = timezone.now() - Operation.objects.get(kind="create_refund").created_at
    assert timedelta(0) < age < timedelta(minutes=5)
