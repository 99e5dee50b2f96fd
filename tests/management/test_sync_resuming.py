"""Killed by SIGKILL, `payments_sync` continues where it was."""

import signal
import subprocess
import sys

import pytest

from payments_graphql.models import ImportCursor, StripePaymentIntent, StripeRefund
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def killed(settings, sandbox, alice, make_customer, pay_there, dashboard):
    """Nine payments, the oldest refunded. Killed at the third page of payments."""

    def killed(moment: str) -> None:
        customer = make_customer("alice")
        paid = [pay_there(customer.id) for _ in range(9)]
        dashboard.v1.refunds.create({"payment_intent": paid[0].id})
        done = subprocess.run(
            [sys.executable, "-m", "tests.management.die_in_sync", moment],
            env=get_environment(),
            cwd=settings.BASE_DIR,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
        assert StripePaymentIntent.objects.count() == 6
        assert not StripeRefund.objects.exists()

    return killed


@pytest.mark.parametrize(("moment", "seen"), [("imported", 4), ("saved", 6)])
def test_it_continues_after_the_last_saved_page(killed, sync_alice, sandbox, moment, seen):
    killed(moment)
    cursor = ImportCursor.objects.get(kind="payment_intent")
    assert (cursor.seen, cursor.is_finished) == (seen, False)
    before = len(sandbox.requests("GET"))

    said = sync_alice()

    assert f"after: customers 1, setup intents 0, payment intents {seen}." in said
    asked = sandbox.requests("GET")[before:]
    assert {one.path for one in asked} == {"/v1/payment_intents", "/v1/refunds", "/v1/disputes"}
    assert asked[0].parameters["starting_after"] == cursor.after_id
    assert f"payment intents: {9 - seen} seen" in said
    assert StripePaymentIntent.objects.count() == 9
    assert StripeRefund.objects.count() == 1
    assert ImportCursor.objects.filter(is_finished=True).count() == 5


def test_restart_starts_from_the_beginning(killed, sync_alice):
    killed("saved")

    said = sync_alice("--restart")

    assert "Continuing" not in said
    assert "payment intents: 9 seen, 3 imported, 0 changed, 6 unchanged" in said


def test_a_dry_run_leaves_the_place_where_it_was(killed, sync_alice):
    killed("saved")

    assert "payment intents: 9 seen, 3 to import" in sync_alice("--dry-run")
    assert ImportCursor.objects.get(kind="payment_intent").seen == 6


def test_if_the_last_object_was_deleted_the_list_is_read_again(
    sync_alice, alice, make_customer, dashboard
):
    gone = make_customer()
    make_customer("alice")
    ImportCursor.objects.create(kind="customer", after_id=gone.id, seen=1)
    dashboard.v1.customers.delete(gone.id)

    said = sync_alice()

    assert "customers: 1 seen, 1 imported" in said
