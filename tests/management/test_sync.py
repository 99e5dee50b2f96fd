"""`manage.py payments_sync` imports existing data, and importing again changes nothing."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import stripe
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from payments_graphql.importing import LISTS
from payments_graphql.models import (
    ImportCursor,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.reconciliation import reconcile

MIRRORED = (
    StripeCustomer, StripePaymentMethod, StripeSetupIntent, StripePaymentIntent, StripeRefund,
    StripeDispute,
)  # fmt: skip


@pytest.fixture
def past(dashboard, make_customer, pay_there):
    """Everything that a customer can have."""
    customer = make_customer("alice")
    (method,) = dashboard.v1.payment_methods.list({"customer": customer.id}).data
    settings = {"default_payment_method": method.id}
    dashboard.v1.customers.update(customer.id, {"invoice_settings": settings})
    paid = pay_there(customer.id, card=method.id, description="Lisbon", metadata={"order": "7"})
    dashboard.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    pay_there(customer.id, card="pm_card_createDispute")
    with pytest.raises(stripe.CardError):
        pay_there(customer.id, card="pm_card_chargeDeclined")
    dashboard.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_mastercard",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    return paid


def _read_rows() -> list[list[dict[str, object]]]:
    changing = ("as_of", "as_of_earliest", "updated_at", "next_read_at")
    return [
        [
            {name: value for name, value in row.items() if name not in changing}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in MIRRORED
    ]


def test_everything_of_a_customer_is_imported(sync_alice, alice, past, service):
    said = sync_alice()

    paid = StripePaymentIntent.objects.for_user(alice).get(stripe_payment_intent_id=past.id)
    assert (paid.status, paid.amount_received, paid.amount_refunded) == ("succeeded", 5000, 100)
    assert (paid.description, paid.metadata) == ("Lisbon", {"order": "7"})
    assert paid.receipt_url
    assert paid.payment_method.is_default
    statuses = set(StripePaymentIntent.objects.values_list("status", flat=True))
    assert statuses == {"succeeded", "requires_payment_method"}
    assert StripeRefund.objects.get().payment_intent == paid
    assert StripeDispute.objects.get().status == "needs_response"
    assert StripeSetupIntent.objects.get().payment_method.brand == "mastercard"
    assert "payment intents: 3 seen, 3 imported" in said
    assert said.endswith("Done.\n")
    refund = service.create_refund(paid, amount="1.00")
    assert refund["success"], refund


def test_rows_are_as_old_as_at_stripe(sync_alice, alice, past):
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        sync_alice()

    created = datetime.fromtimestamp(past.created, tz=UTC)
    assert StripePaymentIntent.objects.get(stripe_payment_intent_id=past.id).created_at == created
    for model in (StripeRefund, StripeDispute, StripeSetupIntent):
        assert abs(model.objects.get().created_at - created) < timedelta(minutes=5)


def test_history_sends_no_signals(sync_alice, alice, past, told):
    sync_alice()
    StatusChange.objects.update(created_at=timezone.now() - timedelta(hours=1))
    reconcile()

    assert told == []
    changes = StatusChange.objects.filter(payment_intent__stripe_payment_intent_id=past.id)
    assert [(one.to_status, one.cause_kind) for one in changes] == [
        ("succeeded", "read"), ("succeeded", "read"),
    ]  # fmt: skip
    assert not StatusChange.objects.filter(signaled_at=None).exists()


def test_a_change_of_a_known_row_is_signaled(sync_alice, alice, make_customer, dashboard, told):
    customer = make_customer("alice")
    open_intent = dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": "pm_card_visa",
        }
    )
    sync_alice()
    dashboard.v1.payment_intents.confirm(
        open_intent.id, {"return_url": "https://shop.example/done"}
    )

    said = sync_alice()

    assert told == ["payment_intent_succeeded"]
    assert "payment intents: 1 seen, 0 imported, 1 changed" in said


def test_changes_after_the_customer_was_known_are_signaled(
    sync_alice, alice, past, pay_there, sandbox, told
):
    sync_alice()
    sandbox.advance(3600)
    pay_there(StripeCustomer.objects.get().stripe_customer_id)

    sync_alice()

    assert told == ["payment_intent_succeeded"]


def test_a_second_run_starts_over_and_changes_nothing(sync_alice, alice, past, sandbox):
    sync_alice()
    before, changes = _read_rows(), StatusChange.objects.count()

    said = sync_alice()

    assert _read_rows() == before
    assert StatusChange.objects.count() == changes
    assert "customers: 1 seen, 0 imported, 0 changed, 1 unchanged" in said
    assert "Continuing" not in said


def test_a_dry_run_prints_the_same_and_changes_nothing(
    sync_alice, alice, past, make_customer, pay_there
):
    pay_there(make_customer("nobody").id)

    rehearsed = sync_alice("--dry-run")

    assert not any(model._default_manager.exists() for model in (*MIRRORED, ImportCursor))
    assert rehearsed.endswith("Nothing was changed.\n")
    real = sync_alice()
    counts = [line for line in real.splitlines() if " seen, " in line]
    assert counts == [
        line.replace("to import", "imported")
        for line in rehearsed.splitlines()
        if " seen, " in line
    ]
    again = sync_alice("--dry-run")
    assert "payment intents: 4 seen, 0 to import, 0 changed, 3 unchanged, 1 skipped" in again
    assert StatusChange.objects.filter(signaled_at=None).count() == 0


def test_payments_without_a_customer_are_counted(sync, dashboard, db):
    dashboard.v1.payment_intents.create({"amount": 500, "currency": "usd"})

    assert "1 skipped (1 without a customer)" in sync()


def test_more_than_a_page_of_each_list_is_read(
    sync_alice, alice, bob, make_customer, pay_there, small_pages
):
    for _ in range(5):
        make_customer()
    customer = make_customer("alice")
    for _ in range(5):
        pay_there(customer.id)

    said = sync_alice()

    assert "customers: 6 seen" in said
    assert StripePaymentIntent.objects.for_user(alice).count() == 5
    assert StripePaymentMethod.objects.filter(is_attached=True).count() == 1


def test_one_object_that_cannot_be_imported_does_not_stop_others(
    sync_alice, alice, past, monkeypatch, caplog
):
    """As if Stripe sends something unexpected."""
    apply = LISTS[2].apply

    def fail_once(payload, source):
        if payload["id"] == past.id:
            raise KeyError("status")
        return apply(payload, source)

    object.__setattr__(LISTS[2], "apply", fail_once)
    try:
        with pytest.raises(CommandError, match="1 objects could not be imported"):
            sync_alice()
    finally:
        object.__setattr__(LISTS[2], "apply", apply)

    assert StripePaymentIntent.objects.count() == 3  # its refund caused it to be read
    (line,) = [one for one in caplog.records if "import_failed" in one.getMessage()]
    assert past.id in line.getMessage()


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("verbosity", [0, 1])
def test_a_bar_shows_the_progress_on_a_terminal_unless_told_to_be_quiet(
    alice, past, capsys, verbosity
):
    screen = _Terminal()

    arguments = ("--user-id-metadata", "username", "--verbosity", str(verbosity))
    call_command("payments_sync", *arguments, stdout=screen)

    assert ("payment intents: 0  [" in capsys.readouterr().err) == bool(verbosity)
    assert "payment intents: 3 seen" in screen.getvalue()


def test_without_a_terminal_there_is_a_line_for_each_list(sync_alice, alice, past, capsys):
    lines = sync_alice().splitlines()

    assert [line.partition(":")[0] for line in lines[:6]] == [
        "customers", "payment methods", "setup intents", "payment intents", "refunds", "disputes",
    ]  # fmt: skip
    assert "[" not in capsys.readouterr().err


def test_nothing_secret_is_stored_or_logged(sync_alice, alice, past, caplog):
    caplog.set_level("DEBUG", logger="payments_graphql")
    said = sync_alice()

    assert "_secret_" not in f"{said}{_read_rows()}{caplog.text}"
    assert "sk_test" not in f"{said}{caplog.text}"
