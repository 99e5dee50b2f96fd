"""Note [Order of updates]: an answer describes some time between its request and its `Date`."""

import time
from datetime import timedelta

import pytest

from payments_graphql import mirror, stripe_client
from payments_graphql.mirror import ReadRequired, Source
from payments_graphql.models import CauseKind, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from tests.faulty_stripe import faulty_stripe
from tests.sandbox.waiting import wait_until


def test_an_event_during_the_call_is_not_dropped(
    service, alice, sandbox, settings, authenticate, events, deliver
):
    """Stripe answers that the customer must authenticate. That fails before the answer gets its
    `Date`, which is therefore later than the event."""
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.dates_at_the_end = True

        def fail_to_authenticate():
            link.before_answer = None
            authenticate(intent, "fail")
            (event,) = events("payment_intent.payment_failed")
            wait_until(lambda: time.time() > event["created"] + 1)

        link.before_answer = fail_to_authenticate
        service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")
    assert intent.status == "requires_action"

    deliver(*events("payment_intent.payment_failed"))
    settings.STRIPE_API_BASE = sandbox.url
    reconcile()

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


SECOND = timedelta(seconds=1)


@pytest.fixture
def answered(service, alice):
    """Applies an answer from between `as_of_earliest` and `as_of`. Returns the payment and its
    object."""
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    payload = stripe_client.retrieve_payment_intent(intent.stripe_payment_intent_id).object
    earliest = intent.as_of - 3 * SECOND
    StripePaymentIntent.objects.update(as_of_earliest=earliest)
    intent.refresh_from_db()
    return intent, payload


def _apply(payload, as_of, **values) -> StripePaymentIntent:
    return mirror.apply_payment_intent(payload, Source(CauseKind.EVENT, "evt_1", as_of, **values))


def test_an_event_from_before_the_call_is_dropped(answered):
    intent, payload = answered

    _apply(payload | {"status": "processing"}, intent.as_of_earliest - SECOND)

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


@pytest.mark.parametrize("seconds", [0, 1, 2, 3])
def test_an_event_during_the_call_that_differs_is_read(answered, seconds):
    intent, payload = answered
    as_of = intent.as_of_earliest + seconds * SECOND

    with pytest.raises(ReadRequired):
        _apply(payload | {"status": "processing"}, as_of)
    _apply(payload, as_of)
    _apply(payload | {"status": "processing"}, as_of, is_creation=True)

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


def test_an_event_from_after_the_call_is_applied(answered):
    intent, payload = answered

    _apply(payload | {"status": "processing"}, intent.as_of + SECOND)

    intent.refresh_from_db()
    assert intent.status == "processing"
    assert (intent.as_of_earliest, intent.is_terminal) == (None, False)


def test_an_answer_that_began_before_the_row_was_seen_is_read(answered):
    """The answer ended later than the last update, but may have been read earlier."""
    intent, payload = answered
    later = intent.as_of + SECOND

    with pytest.raises(ReadRequired):
        _apply(payload | {"status": "processing"}, later, as_of_earliest=intent.as_of)


def test_a_read_after_the_row_was_loaded_is_newer_whatever_the_clocks_say(answered):
    intent, payload = answered
    as_of, earliest = intent.as_of - SECOND, intent.as_of_earliest - 9 * SECOND

    _apply(
        payload | {"status": "processing"}, as_of, as_of_earliest=earliest, version=intent.version
    )

    before = (intent.as_of, intent.as_of_earliest)
    intent.refresh_from_db()
    assert intent.status == "processing"
    assert (intent.as_of, intent.as_of_earliest) == before


def test_a_charge_does_not_change_its_payments_time(alice, pay, events):
    intent = pay(alice, capture_method="manual")
    StripePaymentIntent.objects.update(as_of_earliest=intent.as_of - 3 * SECOND, receipt_url="")
    (event,) = events("charge.succeeded")

    mirror.apply_charge(event["data"]["object"])

    before = intent.as_of
    intent.refresh_from_db()
    assert intent.receipt_url
    assert (intent.as_of, intent.as_of_earliest) == (before, before - 3 * SECOND)
