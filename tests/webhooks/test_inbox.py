"""What happens to a stored event."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from payments_graphql.mirror import NotOurs
from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent
from payments_graphql.signals import payment_intent_canceled
from payments_graphql.webhooks import claiming, inbox, storing


def _get() -> StripeWebhookEvent:
    return StripeWebhookEvent.objects.get()


def test_an_unknown_type_is_ignored_without_its_payload(post, make_event):
    post(make_event("invoice.paid"))

    event = _get()
    assert (event.state, event.payload) == ("ignored", None)
    assert event.reason == "no handler for this type"


def test_the_wrong_mode_is_ignored_without_its_payload(post, make_event):
    post(make_event(livemode=True))

    event = _get()
    assert (event.state, event.payload, event.livemode) == ("ignored", None, True)
    assert "livemode" in event.reason


def test_a_connected_accounts_event_is_ignored_without_its_payload(post, make_event):
    post(make_event(account="acct_connected"))

    event = _get()
    assert (event.state, event.payload, event.account) == ("ignored", None, "acct_connected")
    assert "acct_connected" in event.reason


def test_an_event_may_arrive_before_the_account_is_known(post, make_event, monkeypatch):
    monkeypatch.setattr(storing, "find_account", lambda: None)
    monkeypatch.setattr(inbox, "find_account", lambda: None)

    post(make_event())

    event = _get()
    assert (event.state, event.account) == ("pending", "")


@pytest.mark.parametrize(
    ("changed", "before", "customer", "payment"),
    [
        ({"customer": "cus_1", "payment_intent": "pi_1"}, None, "cus_1", "pi_1"),
        ({"payment_intent": "pi_1"}, {}, "", "pi_1"),
        ({"customer": None}, {"customer": "cus_1"}, "cus_1", ""),
        ({"customer": {"id": "cus_1"}, "payment_intent": 7}, ["customer"], "", ""),
    ],
)
def test_whose_object_it_is_can_be_searched_for(
    post, make_event, changed, before, customer, payment
):
    post(make_event("charge.updated", data={"object": changed, "previous_attributes": before}))

    event = _get()
    assert (event.stripe_customer_id, event.stripe_payment_intent_id) == (customer, payment)


@pytest.mark.parametrize(
    ("type", "payload"),
    [
        ("payment_intent.succeeded", {"id": "pi_x", "customer": "cus_other"}),
        ("payment_intent.succeeded", {"id": "pi_x", "customer": None}),
        ("charge.succeeded", {"id": "ch_x", "customer": "cus_other", "payment_intent": "pi_x"}),
        ("charge.succeeded", {"id": "ch_x", "customer": None, "payment_intent": None}),
        ("payment_method.attached", {"id": "pm_x", "customer": "cus_other"}),
        ("customer.updated", {"id": "cus_other"}),
        ("customer.deleted", {"id": "cus_other"}),
        ("refund.created", {"id": "re_x", "payment_intent": None}),
    ],
)
def test_other_peoples_data_is_not_kept(post, make_event, type, payload):
    priced = {"amount": 500, "currency": "usd", "status": "succeeded"}
    post(make_event(type, data={"object": payload | priced}))

    event = _get()
    assert (event.state, event.payload) == ("ignored", None)
    assert event.reason
    assert not StripePaymentIntent.objects.exists()


def test_a_dispute_is_mirrored_and_signaled(post, make_event, caplog, pay, alice):
    intent = pay(alice)
    dispute = {
        "id": "du_1",
        "payment_intent": intent.stripe_payment_intent_id,
        "charge": "ch_1",
        "amount": 500,
        "currency": "usd",
        "status": "needs_response",
        "reason": "fraudulent",
    }
    post(make_event("charge.dispute.created", data={"object": dispute}))

    assert _get().state == "processed"
    mirrored = intent.disputes.get()
    assert (mirrored.stripe_dispute_id, mirrored.amount, mirrored.currency) == ("du_1", 500, "USD")
    assert mirrored.reason == "fraudulent"
    warning = next(record for record in caplog.records if "dispute_opened" in record.getMessage())
    assert warning.levelname == "WARNING"
    assert "du_1" in warning.getMessage()


def test_a_broken_event_is_retried_and_finally_dies(post, make_event):
    payment = {"id": "pi_1", "customer": {"no": "id"}}
    post(make_event(data={"object": payment}))

    event = _get()
    assert event.state == "failed"
    assert event.error
    assert event.next_attempt_at > timezone.now()
    assert inbox.process_due() == 0  # not yet

    for _ in range(inbox.MAXIMUM_ATTEMPTS - 1):
        StripeWebhookEvent.objects.update(next_attempt_at=timezone.now())
        inbox.process_due()
    event = _get()
    assert (event.state, event.attempts) == ("dead", inbox.MAXIMUM_ATTEMPTS)
    assert event.next_attempt_at is None


@pytest.fixture
def claimed(post, make_event, monkeypatch):
    """An event whose worker was killed after claiming it."""
    with monkeypatch.context() as killed:
        killed.setattr(inbox, "_apply_all", _die)
        post(make_event())
    return _get()


def test_an_event_is_claimed_while_it_is_processed(claimed):
    assert (claimed.state, claimed.attempts) == ("processing", 1)
    left = claimed.lease_expires_at - timezone.now()
    assert timedelta(seconds=50) < left <= claiming.LEASE
    assert claimed.next_attempt_at == claimed.lease_expires_at


def test_a_claim_that_is_renewed_is_not_parked_as_a_killer(claimed, pass_lease):
    StripeWebhookEvent.objects.update(attempts=inbox.MAXIMUM_ATTEMPTS)
    claimed.refresh_from_db()
    pass_lease()

    assert claiming.renew(claimed)

    assert inbox.process_due() == 0
    claimed.refresh_from_db()
    assert claimed.state == "processing"
    assert claimed.lease_expires_at - timezone.now() > timedelta(seconds=50)


def test_an_event_whose_nudge_was_lost_is_due_at_once(post, make_event, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(inbox, "process_new", _die)
        assert post(make_event()).status_code == 200
    assert (_get().state, _get().attempts) == ("pending", 0)

    assert inbox.process_due() == 1
    assert _get().state == "ignored"


def test_an_event_whose_worker_died_is_taken_over_after_its_lease(claimed, pass_lease):
    assert inbox.process_due() == 0
    assert claiming.claim(claimed.pk) is None

    pass_lease()
    assert inbox.process_due() == 1
    assert _get().state == "ignored"


def test_the_next_worker_sends_the_signals_of_a_dead_one(
    service, alice, dashboard, events, post, pass_lease, monkeypatch
):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    dashboard.v1.payment_intents.cancel(intent.stripe_payment_intent_id)
    told = []

    def receiver(status_change, **_):
        told.append(status_change.to_status)

    payment_intent_canceled.connect(receiver)
    with monkeypatch.context() as killed:
        killed.setattr(claiming, "finish", _die)
        post(*events("payment_intent.canceled"))
    intent.refresh_from_db()
    assert (intent.status, told) == ("canceled", [])

    pass_lease()
    assert inbox.process_due() == 1
    payment_intent_canceled.disconnect(receiver)
    assert told == ["canceled"]


def _die(*events):
    raise RuntimeError("killed")


def test_a_worker_that_lost_its_lease_overwrites_nothing(claimed, pass_lease):
    slow = claimed
    pass_lease()
    inbox.process(slow.pk)

    claiming.fail(slow, NotOurs("late"))

    assert _get().state == "ignored"


def test_a_payload_is_kept_without_client_secrets(service, alice, events, deliver):
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    delivered = events("payment_intent.created")
    assert "_secret_" in json.dumps(delivered)

    deliver(*delivered)

    stored = json.dumps(_get().payload)
    assert "_secret_" not in stored
    assert "client_secret" not in stored


def test_the_insert_names_every_column(db):
    """The INSERT is written by hand, so a column with a database default would be missed."""
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(
            cursor, StripeWebhookEvent._meta.db_table
        )
    assert {column.name for column in description} == {
        field.column for field in StripeWebhookEvent._meta.concrete_fields
    }
