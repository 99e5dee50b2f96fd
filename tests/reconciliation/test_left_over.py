"""A row that was written before a call to Stripe and that no operation will settle."""

from io import StringIO

import pytest
from django.core.management import call_command

from payments_graphql.models import (
    Operation,
    OperationKind,
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.problems import get_kind


@pytest.fixture
def run(sandbox, db):
    def run(*arguments: str) -> tuple[int, str]:
        output = StringIO()
        try:
            call_command("payments_reconcile", *arguments, stdout=output)
        except SystemExit as ended:
            return int(ended.code), output.getvalue()
        return 0, output.getvalue()

    return run


@pytest.fixture
def make_row(alice, bob, booking, pay, sandbox):
    """A row without Stripe's id, and its operation in `state`. None: no operation."""

    def make_row(name: str, state: str | None):
        paid = pay(alice)
        customer = paid.customer
        row = {
            "payment_intent": lambda: StripePaymentIntent.objects.create(
                customer=customer, booking=booking, amount=9999, currency="USD"
            ),
            "refund": lambda: StripeRefund.objects.create(
                payment_intent=paid, amount=100, currency="USD"
            ),
            "setup_intent": lambda: StripeSetupIntent.objects.create(customer=customer),
            "customer": lambda: StripeCustomer.objects.create(user=bob),
        }
        made = row[name]()
        if state is not None:
            _make_operation(name, made, state)
        return made

    return make_row


def _count() -> int:
    return len(list(get_kind("left_over_rows").iterate_lines()))


def _make_operation(name: str, row, state: str) -> Operation:
    kind = OperationKind(f"create_{name}")
    return Operation.objects.create(
        actor="user:1", key=f"{name}-{state}", kind=kind, state=state, **{name: row}
    )


NAMES = ["payment_intent", "refund", "setup_intent", "customer"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_reported_and_repairing_removes_what_stripe_never_accepted(run, make_row, name):
    row = make_row(name, "failed")
    operation = Operation.objects.get(key=f"{name}-failed")

    code, text = run("--report")
    assert code == 1
    said = f"{name} was never accepted by Stripe and will not be settled: row {row.pk}, "
    assert f"{said}operation {operation.pk} failed" in text
    assert type(row).objects.filter(pk=row.pk).exists()

    code, text = run("--repair")
    assert code == 1
    assert f"{name} is removed" in text
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert run("--report")[0] == 0


def test_a_booking_is_payable_again_once_it_is_removed(run, make_row, service, booking, alice):
    make_row("payment_intent", None)
    assert not service.create_payment_intent(user=alice, booking=booking)["success"]

    assert run("--repair")[0] == 1

    assert service.create_payment_intent(user=alice, booking=booking)["success"]


@pytest.mark.parametrize("name", NAMES)
def test_if_stripe_accepted_the_object_a_person_decides(run, make_row, name):
    row = make_row(name, "succeeded")

    for argument in ("--report", "--repair"):
        code, text = run(argument)
        assert code == 2
        assert f"{name} has no Stripe id and will not be settled: row {row.pk}" in text
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_reservation_without_an_operation_is_kept(run, make_row):
    """Whether it was sent is unknown. Without the row, the money could be refunded again."""
    make_row("refund", None)
    assert run("--repair")[0] == 2
    assert StripeRefund.objects.exists()


@pytest.mark.parametrize("state", ["pending", "calling", "unknown", "needs_review"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_in_progress_is_left_alone(make_row, name, state):
    make_row(name, state)
    assert _count() == 0


def test_an_open_operation_of_another_kind_settles_nothing(make_row):
    """Each payment's creation also refers to the customer."""
    customer = make_row("customer", None)
    Operation.objects.create(
        actor="user:1", key="k", kind="create_payment_intent", state="calling", customer=customer
    )
    assert _count() == 1
