"""Only the holder of the claim settles an operation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import Operation, StatusChange, StripePaymentIntent
from payments_graphql.operations import refusals, resume, resuming, running, settling
from payments_graphql.stripe_client import StripeRefusedError
from tests import faulty_stripe as faults


@pytest.fixture
def unknown(service, alice, stripe_link) -> Operation:
    """A create whose answer was lost."""
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    service.create_payment_intent(user=alice, amount=10, currency="USD", idempotency_key="key-1")
    return Operation.objects.get(key="key-1")


def test_only_one_of_two_gets_the_claim(unknown):
    first = resuming._claim(unknown)
    assert first is not None
    assert first.fence == unknown.fence + 1

    assert resuming._claim(unknown) is None
    assert resuming._claim(first) is None  # the lease has not ended


def test_a_slow_owner_finds_the_fence_raised_and_changes_nothing(unknown, caplog):
    slow = resuming._claim(unknown)
    Operation.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    quick = settling.load(unknown.pk)
    assert resume(quick).error is None
    settled = Operation.objects.get(pk=unknown.pk)
    changes = StatusChange.objects.count()

    outcome = running.run(slow, patience=0)

    assert outcome.error is None  # it returns what the other one found
    assert outcome.operation.fence == quick.fence + 1
    after = Operation.objects.get(pk=unknown.pk)
    assert (after.state, after.fence, after.settled_at) == (
        settled.state,
        settled.fence,
        settled.settled_at,
    )
    assert StatusChange.objects.count() == changes
    assert StripePaymentIntent.objects.count() == 1
    assert any("claim_lost" in record.getMessage() for record in caplog.records)


def test_a_slow_failure_does_not_undo_a_success(unknown):
    slow = resuming._claim(unknown)
    Operation.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    resume(settling.load(unknown.pk))
    error = refusals.explain(StripeRefusedError("No."), slow)

    outcome = settling.settle_failure(slow, error)

    assert outcome.error is None
    assert Operation.objects.get(pk=unknown.pk).state == "succeeded"
    assert StripePaymentIntent.objects.accepted().count() == 1


def test_a_replayed_answer_is_reread(unknown, stripe_link, service, dashboard):
    """Stripe repeats the first answer, in which the payment is still unpaid."""
    (made,) = dashboard.v1.payment_intents.list().data
    dashboard.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})

    resume(unknown)

    (intent,) = StripePaymentIntent.objects.all()
    assert (intent.status, intent.amount_received) == ("succeeded", 1000)


def test_a_webhook_during_the_call_is_not_undone(service, alice, stripe_link, dashboard):
    """The browser pays between Stripe's answer to our create and our read of it."""

    def pay_meanwhile() -> None:
        stripe_link.before_answer = None
        (made,) = dashboard.v1.payment_intents.list().data
        dashboard.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})

    stripe_link.before_answer = pay_meanwhile
    result = service.create_payment_intent(user=alice, amount=10, currency="USD")

    service.sync_payment_intent(result["payment_intent"])
    assert result["payment_intent"].status == "succeeded"
