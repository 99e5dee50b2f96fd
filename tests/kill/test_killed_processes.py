"""A real process dies by SIGKILL, and `reconcile` and the caller's retry find one effect."""

import signal
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.utils import timezone

from payments_graphql.models import Operation, StripePaymentIntent, StripeRefund
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db(transaction=True)

MOMENTS = ["recorded", "answered", "settled"]


@pytest.fixture
def die(settings, sandbox):
    def die(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tests.kill.die", *arguments],
            env=get_environment(),
            cwd=settings.BASE_DIR,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]

    return die


def _let_the_lease_run_out() -> None:
    now = timezone.now()
    Operation.objects.filter(state="calling").update(lease_expires_at=now, next_attempt_at=now)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_payment_is_made_once(die, service, alice, dashboard, moment):
    assert service.get_or_create_customer(alice)["success"]
    die(moment, "create", "alice", "key-1")
    made = len(dashboard.v1.payment_intents.list().data)
    assert made == (0 if moment == "recorded" else 1)
    listed = StripePaymentIntent.objects.for_user(alice).count()
    assert listed == (1 if moment == "settled" else 0)

    _let_the_lease_run_out()
    call_command("reconcile")

    (at_stripe,) = dashboard.v1.payment_intents.list().data
    (intent,) = StripePaymentIntent.objects.for_user(alice)
    assert intent.stripe_payment_intent_id == at_stripe.id
    assert Operation.objects.get(key="key-1").state == "succeeded"
    again = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", idempotency_key="key-1"
    )
    assert again["success"], again
    assert again["replayed"]
    assert again["payment_intent"] == intent
    assert again["client_secret"] == at_stripe.client_secret
    assert len(dashboard.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_refund_is_made_once(die, service, alice, pay, dashboard, moment):
    intent = pay(alice, "99.99")
    die(moment, "refund", str(intent.pk), "refund-1")
    assert intent.amount_refundable == 5999  # reserved, whatever is known
    made = len(dashboard.v1.refunds.list().data)
    assert made == (0 if moment == "recorded" else 1)

    _let_the_lease_run_out()
    call_command("reconcile")

    (at_stripe,) = dashboard.v1.refunds.list().data
    refund = StripeRefund.objects.get()
    assert (refund.stripe_refund_id, refund.status) == (at_stripe.id, "succeeded")
    assert Operation.objects.get(key="refund-1").state == "succeeded"
    again = service.create_refund(intent, amount="40.00", idempotency_key="refund-1")
    assert again["success"], again
    assert again["replayed"]
    assert again["refund"] == refund
    assert len(dashboard.v1.refunds.list().data) == 1


@pytest.mark.parametrize("what", ["create", "refund"])
def test_the_callers_retry_alone_is_enough(die, service, alice, pay, dashboard, what):
    intent = pay(alice, "99.99")
    subject = "alice" if what == "create" else str(intent.pk)
    die("answered", what, subject, "key-1")
    _let_the_lease_run_out()

    if what == "create":
        result = service.create_payment_intent(
            user=alice, amount="99.99", currency="USD", idempotency_key="key-1"
        )
    else:
        result = service.create_refund(intent, amount="40.00", idempotency_key="key-1")

    assert result["success"], result
    assert len(dashboard.v1.payment_intents.list().data) == (2 if what == "create" else 1)
    assert len(dashboard.v1.refunds.list().data) == (0 if what == "create" else 1)


def test_before_the_lease_is_over_nobody_takes_it_over(
    die, service, alice, dashboard, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    service.get_or_create_customer(alice)
    die("recorded", "create", "alice", "key-1")

    call_command("reconcile")
    result = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", idempotency_key="key-1"
    )

    assert result["error_code"] == "operation_in_progress"
    assert not sandbox.requests("POST", "/v1/payment_intents")


def test_a_webhook_may_bring_the_payment_before_anybody_resumes_it(
    die, service, alice, events, deliver, dashboard
):
    service.get_or_create_customer(alice)
    die("answered", "create", "alice", "key-1")

    deliver(*events())

    (intent,) = StripePaymentIntent.objects.for_user(alice)
    _let_the_lease_run_out()
    call_command("reconcile")
    assert list(StripePaymentIntent.objects.all()) == [intent]
    assert Operation.objects.get(key="key-1").state == "succeeded"
    assert len(dashboard.v1.payment_intents.list().data) == 1
