"""Note [Order of news]: an answer is from some time between its request and its `Date`."""

import time
from datetime import timedelta

import pytest

from payments_graphql import mirror, stripe_client
from payments_graphql.mirror import ReadRequired, Source
from payments_graphql.models import CauseKind, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from tests.faulty_stripe import faulty_stripe
from tests.sandbox.waiting import wait_until


def test_news_of_while_an_answer_was_on_its_way_is_not_dropped(
    service, alice, sandbox, settings, authenticate, events, deliver
):
    """Stripe's answer says that the customer has to authenticate. That fails before the answer has
    its `Date`, which is later than the event."""
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
    """A payment as an answer gave it that took from `as_of_earliest` to `as_of`; and its object."""
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    payload = stripe_client.retrieve_payment_intent(intent.stripe_payment_intent_id).object
    earliest = intent.as_of - 3 * SECOND
    StripePaymentIntent.objects.update(as_of_earliest=earliest)
    intent.refresh_from_db()
    return intent, payload


def _apply(payload, as_of, **values) -> StripePaymentIntent:
    return mirror.apply_payment_intent(payload, Source(CauseKind.EVENT, "evt_1", as_of, **values))


def test_news_from_before_the_answer_was_asked_for_is_dropped(answered):
    intent, payload = answered

    _apply(payload | {"status": "processing"}, intent.as_of_earliest - SECOND)

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


@pytest.mark.parametrize("seconds", [0, 1, 2, 3])
def test_news_from_while_it_was_answered_is_read_where_it_differs(answered, seconds):
    intent, payload = answered
    as_of = intent.as_of_earliest + seconds * SECOND

    with pytest.raises(ReadRequired):
        _apply(payload | {"status": "processing"}, as_of)
    _apply(payload, as_of)
    _apply(payload | {"status": "processing"}, as_of, is_creation=True)

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


def test_news_from_after_the_answer_is_applied(answered):
    intent, payload = answered

    _apply(payload | {"status": "processing"}, intent.as_of + SECOND)

    intent.refresh_from_db()
    assert intent.status == "processing"
    assert (intent.as_of_earliest, intent.is_terminal) == (None, False)


def test_an_answer_that_began_before_the_row_was_seen_is_read(answered):
    """It ended later than the last news, and may have been written before."""
    intent, payload = answered
    later = intent.as_of + SECOND

    with pytest.raises(ReadRequired):
        _apply(payload | {"status": "processing"}, later, as_of_earliest=intent.as_of)


def test_what_was_asked_for_after_the_row_was_seen_is_newer_whatever_the_clocks_say(answered):
    intent, payload = answered
    as_of, earliest = intent.as_of - SECOND, intent.as_of_earliest - 9 * SECOND

    _apply(
        payload | {"status": "processing"}, as_of, as_of_earliest=earliest, version=intent.version
    )

    before = (intent.as_of, intent.as_of_earliest)
    intent.refresh_from_db()
    assert intent.status == "processing"
    assert (intent.as_of, intent.as_of_earliest) == before


def test_a_charge_says_nothing_of_how_old_its_payment_is(alice, pay, events):
    intent = pay(alice, capture_method="manual")
    StripePaymentIntent.objects.update(as_of_earliest=intent.as_of - 3 * SECOND, receipt_url="")
    (event,) = events("charge.succeeded")

    mirror.apply_charge(event["data"]["object"])

    before = intent.as_of
    intent.refresh_from_db()
    assert intent.receipt_url
    assert (intent.as_of, intent.as_of_earliest) == (before, before - 3 * SECOND)
