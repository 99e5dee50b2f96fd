"""Rounds and reports list what needs a person, and exit with code 2."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from payments_graphql import problems
from payments_graphql.models import Booking, Operation, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import rounds


@pytest.fixture(params=[(), ("--report",)], ids=["round", "report"])
def run(request, sandbox, db):
    def run() -> tuple[int, str]:
        output = StringIO()
        try:
            call_command("payments_reconcile", *request.param, stdout=output)
        except SystemExit as ended:
            return int(ended.code), output.getvalue()
        return 0, output.getvalue()

    return run


def test_nothing_needs_a_person(run, alice, pay, booking):
    pay(alice, None, None, booking=booking)
    assert run()[0] == 0


def test_an_operation_that_needs_review(run):
    operation = Operation.objects.create(
        actor="user:1", key="k", kind="create_refund", state="needs_review",
        finding="A refund of the same amount, from bob@example.com",
    )  # fmt: skip
    code, text = run()
    assert code == 2
    assert f"operation {operation.pk} (create_refund) needs review: A refund of the same" in text
    assert "bob@" not in text


def test_a_dead_event(run):
    StripeWebhookEvent.objects.create(
        event_id="evt_1", type="charge.failed", state="dead", error="KeyError: 'amount'",
        stripe_created=timezone.now(),
    )  # fmt: skip
    code, text = run()
    assert code == 2
    assert "event evt_1 (charge.failed) is dead: KeyError" in text


@pytest.fixture
def paid_twice(service, alice, pay, booking, dashboard):
    """The second was paid in Stripe's Dashboard, and is known to be for the booking."""
    pay(alice, None, None, booking=booking)
    second = pay(alice, "99.99")
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)
    return second


def test_a_booking_that_is_paid_twice(run, paid_twice):
    code, text = run()
    assert code == 2
    assert "booking LIS-1 is overpaid by 99.99 USD" in text


def test_a_booking_is_right_again_once_the_second_payment_is_refunded(run, paid_twice, service):
    assert service.create_refund(paid_twice)["success"]
    assert run()[0] == 0


def test_only_the_first_are_shown_but_all_are_counted(db):
    Operation.objects.bulk_create(
        Operation(actor="user:1", key=str(number), kind="create_refund", state="needs_review")
        for number in range(60)
    )
    found = next(one for one in problems.examine() if one.kind == "operations_to_review")
    assert len(list(problems.describe(found))) == 50
    assert found.count == 60


def test_a_step_that_fails_does_not_stop_others_and_is_reported(
    monkeypatch, unpaid, make_due, caplog
):
    def fail():
        raise ZeroDivisionError

    make_due()
    monkeypatch.setattr(rounds.operations, "resume_due", fail)
    monkeypatch.setattr(rounds, "pull_events", fail)
    output = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("payments_reconcile", stdout=output)

    assert ended.value.code == 2
    text = output.getvalue()
    assert "rows read: 1" in text
    assert "failed, see the log: operations" in text
    assert "failed, see the log: events pulled" in text
    assert caplog.text.count("reconcile_step_failed") == 2


def test_a_comparison_without_a_database_has_another_exit_code_than_one_with_findings(
    db, monkeypatch, sandbox
):
    def fail():
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(
        "payments_graphql.management.commands.payments_reconcile.problems.refresh", fail
    )
    with pytest.raises(CommandError) as failed:
        call_command("payments_reconcile", "--report")
    assert failed.value.returncode == 2


@pytest.mark.parametrize("arguments", [("--report", "--repair"), ("--every", "1", "--report")])
def test_one_thing_at_a_time(arguments):
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("payments_reconcile", *arguments)


def test_a_booking_that_now_costs_less_is_overpaid(run, alice, pay, booking):
    pay(alice, None, None, booking=booking)
    Booking.objects.update(amount=5000)
    assert "booking LIS-1 is overpaid by 49.99 USD" in run()[1]
