import json
from typing import Any

import pytest
from django.core.management import call_command

from payments_graphql import erasing, stripe_client
from payments_graphql.erasing import erasure
from payments_graphql.models import (
    Booking,
    EventState,
    Operation,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.customers import get_or_create_customer

from .conftest import find_marker


def get_books() -> Any:
    """What the books need, for all payments."""
    intents = StripePaymentIntent.objects.order_by("created_at")
    refunds = StripeRefund.objects.order_by("created_at")
    return (
        list(intents.values_list("stripe_payment_intent_id", "amount", "amount_received")),
        list(refunds.values_list("stripe_refund_id", "amount", "status")),
        [(booking.reference, booking.amount_paid) for booking in Booking.objects.all()],
    )


def get_state() -> Any:
    customer = StripeCustomer.objects.get()
    return (
        find_marker(),
        get_books(),
        customer.deleted_at is not None and customer.erased_at is not None,
        sorted(StripePaymentIntent.objects.values_list("status", flat=True)),
        sorted(StripeSetupIntent.objects.values_list("status", flat=True)),
        Operation.objects.filter(kind="delete_customer", state="succeeded").count(),
    )


def test_personal_data_is_removed_and_the_books_remain(life, anna, run, dashboard):
    before = get_books()
    kinds = {one.split(":")[0] for one in find_marker()}
    assert {
        "StripePaymentIntent.description",
        "StripePaymentIntent.metadata",
        "StripePaymentIntent.receipt_email",
        "StripeRefund.description",
        "RefundRequest.description",
        "RefundRequest.note",
        "StripeWebhookEvent.payload",
        "Operation.parameters",
        "Operation.error",
        "Operation.finding",
        "Booking.description",
    } <= kinds

    run(anna.email)

    assert find_marker() == []
    assert get_books() == before
    assert dashboard.v1.customers.retrieve(life.stripe_customer_id).to_dict()["deleted"]
    card = StripePaymentMethod.objects.filter(brand="visa").first()
    assert (card.last4, card.exp_year, card.fingerprint) == ("", None, "")
    assert not StripePaymentMethod.objects.attached().exists()
    open_intents = StripePaymentIntent.objects.exclude(status__in=("succeeded", "canceled"))
    assert not open_intents.exists()
    assert StripeSetupIntent.objects.get().status == "canceled"
    assert Operation.objects.get(kind="delete_customer").actor == "system:erasure"


def test_late_events_bring_nothing_back(life, anna, run, sandbox, events, deliver, make_late):
    sandbox.advance(60)
    run(str(anna.pk))

    deliver(*events())
    deliver(*make_late(*events()))
    reconcile()
    call_command("payments_reconcile", "--repair")

    assert find_marker() == []
    assert not StripeWebhookEvent.objects.filter(state__in=EventState.open()).exists()


@pytest.fixture
def make_late():
    """The same events, dated a minute later."""

    def make_late(*events: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            event | {"id": f"{event['id']}_late", "created": event["created"] + 60}
            for event in events
        ]

    return make_late


def test_a_sync_and_a_payment_in_the_dashboard_bring_nothing_back(life, anna, run, sandbox):
    sandbox.advance(60)
    run(str(anna.pk))
    sandbox.advance(60)

    call_command("payments_sync", verbosity=0)

    assert find_marker() == []


@pytest.mark.parametrize("step", ["_mark", "_cancel_open", "_delete_at_stripe", "clear"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_step_is_finished_by_the_same_command(
    life, anna, run, monkeypatch, tmp_path, step, moment
):
    file = str(tmp_path / "anna.json")
    done = getattr(erasure, step)

    def crash(*arguments: Any) -> None:
        if moment == "after":
            done(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasure, step, crash)
        with pytest.raises(KeyboardInterrupt):
            run("anna.marker", "--export", file)
    run("anna.marker", "--export", file)

    assert get_state() == (
        [],
        get_books(),
        True,
        ["canceled", "succeeded", "succeeded"],
        ["canceled"],
        1,
    )
    exported = json.loads((tmp_path / "anna.json").read_text())
    assert exported["payment_intents"][0]["receipt_email"]
    assert run("anna.marker")[1].endswith("Erased.\n")


def test_a_lost_answer_is_settled(life, anna, run, monkeypatch):
    """Stripe has deleted the customer, but the connection was reset."""
    delete = stripe_client.delete_customer
    calls = []

    def lose_first(*arguments: Any) -> Any:
        calls.append(arguments)
        answer = delete(*arguments)
        if len(calls) == 1:
            raise stripe_client.StripeNoAnswerError("reset")
        return answer

    monkeypatch.setattr(stripe_client, "delete_customer", lose_first)
    run("anna.marker")

    assert len(calls) == 2
    assert len(set(calls)) == 1
    assert Operation.objects.get(kind="delete_customer").state == "succeeded"
    assert find_marker() == []


def test_one_that_was_deleted_in_the_dashboard_is_erased(life, anna, run, dashboard):
    dashboard.v1.customers.delete(life.stripe_customer_id)

    run("anna.marker")

    life.refresh_from_db()
    assert life.deleted_at is not None
    assert find_marker() == []


@pytest.mark.parametrize("user_first", [True, False])
def test_the_user_may_be_deleted_before_or_after(life, anna, run, user_first):
    if user_first:
        anna.delete()
    run("--customer", life.stripe_customer_id)
    if not user_first:
        anna.delete()

    assert find_marker() == []
    assert Booking.objects.get().amount_paid == 8999
    assert run("--customer", life.stripe_customer_id)[1].endswith("Erased.\n")


def test_no_payment_begins_while_the_person_is_erased(life, anna, service, run):
    StripeCustomer.objects.update(erased_at=life.created_at)
    refused = service.create_payment_intent(user=anna, amount="5.00", currency="USD")
    assert not refused["success"]

    run("anna.marker")
    assert get_or_create_customer(anna).pk != life.pk


def test_others_are_left_alone(life, anna, alice, pay, run):
    hers = pay(alice, "30.00", description="Alice's room")
    run("anna.marker")

    hers.refresh_from_db()
    assert (hers.description, hers.receipt_email) == ("Alice's room", "alice@example.com")
    assert Operation.objects.get(payment_intent=hers, kind="create_payment_intent").parameters
    assert StripePaymentMethod.objects.get(customer=hers.customer).last4 == "4242"


def test_nothing_of_the_person_is_logged(life, anna, run, caplog):
    caplog.set_level("DEBUG")
    caplog.clear()
    erasing.erase(erasing.find_by_name("anna.marker"))

    assert "person_erased" in caplog.text
    assert "marker" not in caplog.text.lower()


def test_a_person_who_never_paid_is_erased(anna, run):
    Booking.objects.create(
        reference="ANN-2", user=anna, description="Anna Marker", amount=500, currency="USD"
    )
    run("anna.marker")

    assert find_marker() == []
