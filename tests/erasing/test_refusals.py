"""Nothing is erased while money is in flight, or if it is not clear who the person is."""

from typing import Any

import pytest
from django.core.management import CommandError

from payments_graphql.models import Operation, StripeCustomer, StripePaymentIntent

from .conftest import find_marker


def test_money_in_flight_is_named_and_nothing_is_changed(
    paid, anna, service, run, dashboard, tmp_path
):
    held = service.create_payment_intent(
        user=anna, amount="20.00", currency="USD", capture_method="manual"
    )["payment_intent"]
    service.confirm_payment_intent(held, payment_method="pm_card_visa")
    before = find_marker()

    with pytest.raises(CommandError) as refused:
        run("anna.marker", "--export", str(tmp_path / "anna.json"))

    assert f'Payment {held.stripe_payment_intent_id} has the status "requires_capture"' in str(
        refused.value
    )
    assert find_marker() == before
    assert StripeCustomer.objects.get().erased_at is None
    assert not list(tmp_path.iterdir())


def test_an_open_dispute_is_named(anna, pay, events, deliver, run):
    pay(anna, "20.00", method="pm_card_createDispute")
    deliver(*events())

    with pytest.raises(CommandError, match=r'Dispute d[up]_\w+ has the status "needs_response"'):
        run("anna.marker")


def test_a_refund_in_progress_is_named(anna, pay, service, run):
    service.create_refund(pay(anna, "20.00", method="pm_card_refundRequiresAction"))

    with pytest.raises(CommandError, match=r'Refund \w+ has the status "requires_action"'):
        run("anna.marker")


def test_a_payment_that_is_processing_is_named(paid, anna, run):
    StripePaymentIntent.objects.update(status="processing")

    with pytest.raises(CommandError, match=r'Payment pi_\w+ has the status "processing"'):
        run("anna.marker")


@pytest.mark.parametrize("state", ["pending", "calling", "unknown", "needs_review"])
def test_an_unsettled_operation_is_named(paid, run, state):
    Operation.objects.filter(kind="create_refund").update(state=state)

    with pytest.raises(CommandError, match=r"Operation .* \(create_refund\) is in progress"):
        run("anna.marker")


def test_an_event_that_cannot_be_processed_is_named(paid, run, events, deliver, monkeypatch):
    from payments_graphql.webhooks import handlers

    def fail(event: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(handlers, "handle", fail)
    deliver(*events("payment_intent.succeeded"))

    with pytest.raises(CommandError, match=r"Webhook event evt_\w+ is not processed"):
        run("anna.marker")


def test_an_ambiguous_name_is_refused(anna, alice, run):
    alice.email = anna.email
    alice.save()

    with pytest.raises(CommandError, match=f"{anna.pk}, {alice.pk}"):
        run("anna.marker@example.com")


@pytest.mark.parametrize("arguments", [(), ("anna.marker", "--customer", "cus_1")])
def test_a_user_or_a_customer_is_needed(db, run, arguments):
    with pytest.raises(CommandError, match="Give either a user or --customer"):
        run(*arguments)


@pytest.mark.parametrize("arguments", [("nobody",), ("--customer", "cus_nobody")])
def test_an_unknown_person_is_refused(db, run, arguments):
    with pytest.raises(CommandError, match="There is no such"):
        run(*arguments)


def test_a_customer_of_other_keys_is_refused(paid, run):
    customer = StripeCustomer.objects.get()
    StripeCustomer.objects.update(livemode=True)

    with pytest.raises(CommandError, match="for the current keys"):
        run("--customer", customer.stripe_customer_id)


def test_a_file_of_something_else_is_not_overwritten(paid, run, tmp_path):
    file = tmp_path / "letter.json"
    file.write_text("{}")

    with pytest.raises(CommandError, match="is not an export of this person"):
        run("anna.marker", "--export", str(file))
    assert file.read_text() == "{}"
    assert StripeCustomer.objects.get().erased_at is None
