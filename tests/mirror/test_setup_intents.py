"""A card is saved in the browser, and its events arrive in any order or not at all."""

import itertools
import uuid

import pytest
import requests

from payments_graphql import mirror, signals
from payments_graphql.models import (
    StatusChange,
    StripePaymentMethod,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import setup_intents


@pytest.fixture
def setup_intent(alice, sandbox) -> StripeSetupIntent:
    return setup_intents.create_setup_intent(user=alice).setup_intent


@pytest.fixture
def confirm(dashboard):
    """Does what Stripe.js does in the browser."""

    def confirm(setup_intent, method="pm_card_visa"):
        return dashboard.v1.setup_intents.confirm(
            setup_intent.stripe_setup_intent_id, {"payment_method": method}
        )

    return confirm


@pytest.fixture
def answer_bank(sandbox):
    def answer_bank(setup_intent, outcome):
        address = f"{sandbox.url}/_sandbox/authenticate/{setup_intent.stripe_setup_intent_id}"
        requests.post(address, json={"outcome": outcome}, timeout=5).raise_for_status()

    return answer_bank


@pytest.fixture
def heard():
    """The signals that the site receives: (name, status change)."""
    heard = []
    receivers = {
        name: lambda status_change, _name=name, **_: heard.append((_name, status_change))
        for name in ("setup_intent_succeeded", "setup_intent_failed")
    }
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, weak=False)
    yield heard
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def _assert_saved(service, alice, setup_intent):
    setup_intent.refresh_from_db()
    assert setup_intent.status == "succeeded"
    (card,) = service.list_payment_methods(alice)
    assert (card.last4, card.is_attached) == ("4242", True)
    assert setup_intent.payment_method == card
    assert not StripeWebhookEvent.objects.filter(state__in=("failed", "dead")).exists()


def test_success_attaches_and_lists_the_card(
    service, alice, setup_intent, confirm, events, deliver
):
    confirm(setup_intent)
    deliver(*events())
    reconcile()

    _assert_saved(service, alice, setup_intent)


def test_in_whatever_order_its_events_come(service, alice, setup_intent, confirm, events, deliver):
    confirm(setup_intent)
    news = events("setup_intent.created", "payment_method.attached", "setup_intent.succeeded")
    assert len(news) == 3

    for number, order in enumerate(itertools.permutations(news)):
        StatusChange.objects.all().delete()
        setup_intent.delete()
        StripePaymentMethod.objects.all().delete()
        StripeWebhookEvent.objects.all().delete()
        deliver(*order)
        reconcile()
        setup_intent = StripeSetupIntent.objects.get()
        _assert_saved(service, alice, setup_intent)
        changes = StatusChange.objects.values_list("to_status", flat=True)
        assert list(changes)[-1] == "succeeded", number
        assert list(changes).count("succeeded") == 1


def test_without_a_webhook_reconcile_brings_it(service, alice, setup_intent, confirm):
    confirm(setup_intent)
    reconcile()

    _assert_saved(service, alice, setup_intent)


def test_a_success_without_the_cards_own_event_is_read(
    service, alice, setup_intent, confirm, events, deliver
):
    confirm(setup_intent)
    deliver(*events("setup_intent.succeeded"))
    setup_intent.refresh_from_db()
    assert setup_intent.status == "requires_payment_method"  # left to a read, like its card

    reconcile()
    _assert_saved(service, alice, setup_intent)


def test_the_signal_comes_once(setup_intent, confirm, events, deliver, heard):
    confirm(setup_intent)
    for _ in range(2):
        deliver(*events())
        reconcile()

    assert [name for name, _ in heard] == ["setup_intent_succeeded"]
    assert heard[0][1].setup_intent == setup_intent


def test_the_bank_may_ask_the_customer(
    service, alice, setup_intent, confirm, answer_bank, events, deliver
):
    asked = confirm(setup_intent, "pm_card_threeDSecureRequired")
    assert asked.status == "requires_action"
    deliver(*events("setup_intent.requires_action"))
    reconcile()
    setup_intent.refresh_from_db()
    assert setup_intent.status == "requires_action"
    assert setup_intent.is_confirmable
    details = setup_intents.fetch_setup_details(setup_intent)
    assert details.next_action["type"]
    assert service.list_payment_methods(alice) == []

    answer_bank(setup_intent, "succeed")
    reconcile()
    setup_intent.refresh_from_db()
    assert setup_intent.status == "succeeded"
    assert [card.last4 for card in service.list_payment_methods(alice)] == ["3063"]


def test_a_failed_authentication_is_recorded_and_signalled(
    service, alice, setup_intent, confirm, answer_bank, heard
):
    confirm(setup_intent, "pm_card_threeDSecureRequired")
    reconcile()
    answer_bank(setup_intent, "fail")
    reconcile()

    setup_intent.refresh_from_db()
    assert setup_intent.status == "requires_payment_method"
    assert setup_intent.last_error["code"] == "setup_intent_authentication_failure"
    assert service.list_payment_methods(alice) == []
    ((name, change),) = heard
    assert name == "setup_intent_failed"
    assert change.failure_code == "setup_intent_authentication_failure"


def test_each_decline_is_recorded_and_signalled(
    service, alice, setup_intent, confirm, heard, sandbox
):
    for number in (1, 2):
        with pytest.raises(Exception, match="declined"):
            confirm(setup_intent, "pm_card_chargeDeclined")
        sandbox.advance(1)
        reconcile()
        assert [name for name, _ in heard] == ["setup_intent_failed"] * number

    setup_intent.refresh_from_db()
    assert setup_intent.last_error["decline_code"] == "generic_decline"
    assert [change.failure_code for _, change in heard] == ["generic_decline"] * 2
    assert len({change.pk for _, change in heard}) == 2

    confirm(setup_intent)
    reconcile()
    _assert_saved(service, alice, setup_intent)
    assert setup_intent.last_error is None


def test_a_late_event_never_undoes_a_success(
    service, alice, setup_intent, confirm, events, deliver
):
    confirm(setup_intent)
    reconcile()
    late = events("setup_intent.created")
    for event in late:
        event |= {"id": "evt_late", "created": event["created"] + 60}
    deliver(*late)
    reconcile()

    _assert_saved(service, alice, setup_intent)


def test_a_canceled_setup_is_final(setup_intent, dashboard, heard):
    dashboard.v1.setup_intents.cancel(
        setup_intent.stripe_setup_intent_id, {"cancellation_reason": "abandoned"}
    )
    reconcile()

    setup_intent.refresh_from_db()
    assert (setup_intent.status, setup_intent.is_terminal) == ("canceled", True)
    assert setup_intent.cancellation_reason == "abandoned"
    assert heard == []


def test_one_made_in_the_dashboard_is_adopted(service, alice, dashboard, events, deliver):
    customer = service.get_or_create_customer(alice)["customer"]
    made = dashboard.v1.setup_intents.create(
        {"customer": customer.stripe_customer_id, "usage": "on_session"}
    )
    deliver(*events("setup_intent.created"))

    (adopted,) = StripeSetupIntent.objects.for_user(alice)
    assert (adopted.stripe_setup_intent_id, adopted.usage) == (made.id, "on_session")


@pytest.mark.parametrize("has_customer", [True, False])
def test_another_accounts_object_is_ignored_without_calling_stripe(
    db, dashboard, events, deliver, sandbox, has_customer
):
    values = {}
    if has_customer:
        values["customer"] = dashboard.v1.customers.create({}).id
    dashboard.v1.setup_intents.create(values)
    news = events("setup_intent.created")
    asked = len(sandbox.requests())
    other_version = news[0] | {"id": "evt_other", "api_version": "2015-01-01"}
    deliver(*news, other_version)
    assert len(sandbox.requests()) == asked

    assert not StripeSetupIntent.objects.exists()
    for event in StripeWebhookEvent.objects.all():
        assert (event.state, event.payload) == ("ignored", None)


def test_an_event_of_another_api_version_is_reread(
    service, alice, setup_intent, confirm, events, deliver
):
    confirm(setup_intent)
    for event in events("setup_intent.succeeded"):
        subject = event["data"]["object"]
        shape = {name: subject[name] for name in ("id", "object", "customer")}
        deliver(event | {"api_version": "2015-01-01", "data": {"object": shape}})
    assert StripeWebhookEvent.objects.get().state == "pending"
    reconcile()

    _assert_saved(service, alice, setup_intent)


@pytest.fixture
def unanswered(service, alice, sandbox):
    """The row of a setup intent whose answer from Stripe was lost."""
    customer = service.get_or_create_customer(alice)["customer"]
    return StripeSetupIntent.objects.create(customer=customer)


@pytest.mark.parametrize("lie", [None, "installation", "customer"])
def test_matching_metadata_finds_the_row(service, bob, unanswered, dashboard, events, deliver, lie):
    customer = unanswered.customer
    metadata = mirror.our_metadata(uuid.uuid4(), setup_intent=unanswered.pk)
    if lie == "installation":
        metadata["payments_installation"] = "another site"
    if lie == "customer":
        customer = service.get_or_create_customer(bob)["customer"]
    made = dashboard.v1.setup_intents.create(
        {"customer": customer.stripe_customer_id, "metadata": metadata}
    )
    deliver(*events("setup_intent.created"))

    unanswered.refresh_from_db()
    assert unanswered.stripe_setup_intent_id == (None if lie else made.id)
    assert StripeSetupIntent.objects.get(stripe_setup_intent_id=made.id).customer == customer
    assert StripeSetupIntent.objects.count() == (2 if lie else 1)


def test_rows_that_stripe_has_not_accepted_are_not_listed(alice, unanswered):
    assert not StripeSetupIntent.objects.for_user(alice).exists()


def test_a_status_that_stripe_adds_later_is_kept_as_unknown(setup_intent, events, deliver):
    (created,) = events("setup_intent.created")
    subject = created["data"]["object"] | {"status": "requires_a_poem", "usage": "for_poems"}
    later = {"id": "evt_later", "created": created["created"] + 5, "data": {"object": subject}}
    deliver(created | later | {"type": "setup_intent.requires_action"})

    setup_intent.refresh_from_db()
    assert (setup_intent.status, setup_intent.usage) == ("unknown", "off_session")
