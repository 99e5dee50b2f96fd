"""A process dies while it works on stored events, and an event that cannot be processed."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from payments_graphql.webhooks import inbox
from tests.conftest import WEBHOOK_PATH
from tests.faults import disorders
from tests.faults.conftest import get_faults_environment
from tests.faults.passing_time import let_time_pass
from tests.faults.site import sign

_DIE_WHILE_PROCESSING = """
import os, signal, django
django.setup()
from payments_graphql.webhooks import handlers
handlers.handle = lambda event: os.kill(os.getpid(), signal.SIGKILL)
from payments_graphql.reconciliation import reconcile
reconcile()
"""


@pytest.fixture
def paid_unnoticed(scene, dashboard):
    """A payment made at Stripe, without a webhook."""
    intent = scene.create_intent()
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    return intent


def test_what_a_killed_worker_left_is_taken_over_after_its_lease(
    paid_unnoticed, settings, assert_invariants
):
    done = subprocess.run(
        [sys.executable, "-c", _DIE_WHILE_PROCESSING],
        env=get_faults_environment(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    claimed = StripeWebhookEvent.objects.filter(attempts=1)
    left = {row.pk for row in claimed.filter(state="processing")}
    assert left

    reconcile()  # while the lease lasts
    assert left <= {row.pk for row in claimed.filter(state="processing")}

    let_time_pass()
    reconcile()
    taken_over = StripeWebhookEvent.objects.filter(pk__in=left)
    assert set(taken_over.values_list("state", "attempts")) == {("processed", 2)}
    assert StripePaymentIntent.objects.get().status == "succeeded"
    assert_invariants()


def test_a_poison_event_is_parked_and_the_rest_flows(
    paid_unnoticed, site, events, dashboard, assert_invariants
):
    """Signed by Stripe, but in a format that cannot be applied."""
    news = events()
    poison = next(event for event in news if event["type"] == "charge.succeeded")
    good = [event for event in news if event is not poison]
    del poison["data"]["object"]["amount"]

    assert site.deliver(poison).status_code == 200
    for event in good:
        assert site.deliver(event).status_code == 200
    row = StripeWebhookEvent.objects.get(event_id=poison["id"])
    assert row.state == "failed"
    assert "KeyError" in row.error
    others = StripeWebhookEvent.objects.exclude(pk=row.pk)
    assert set(others.values_list("state", flat=True)) <= {"processed", "ignored", "pending"}

    for _ in range(inbox.MAXIMUM_ATTEMPTS):
        let_time_pass(timedelta(hours=6))
        reconcile()

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", inbox.MAXIMUM_ATTEMPTS)
    dashboard.v1.refunds.create({"payment_intent": paid_unnoticed.stripe_payment_intent_id})
    for event in events():
        assert site.deliver(event).status_code == 200
    assert_invariants()


@pytest.mark.parametrize(
    ("disorder", "state"),
    [(disorders.die_at_nudge, "pending"), (disorders.die_once_claimed, "processing")],
)
def test_a_webhook_whose_process_dies_is_not_lost(
    paid_unnoticed, workers, events, deliver, assert_invariants, disorder, state
):
    """Dies after the event was stored, before Stripe gets its answer: Stripe sends it again."""
    (event,) = events("payment_intent.succeeded")
    body, headers = sign(event)

    answer = workers.ask(body, path=WEBHOOK_PATH, headers=headers, disorder=disorder)

    assert answer is None
    assert StripeWebhookEvent.objects.get().state == state
    assert deliver(event).json() == {"received": True, "duplicate": True}
    assert_invariants()
    assert StripePaymentIntent.objects.get().status == "succeeded"
