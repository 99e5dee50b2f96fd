"""Note [Order of updates]: however events arrive, the mirror ends in Stripe's state."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from payments_graphql import mirror, stripe_client
from payments_graphql.mirror import ReadRequired, Source
from payments_graphql.models import (
    CauseKind,
    StatusChange,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.webhooks import inbox


@pytest.fixture
def eventful(service, alice, dashboard, sandbox):
    """A payment with a long history at Stripe, of which only its creation is known here."""
    intent = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", save_payment_method=True
    )["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id
    with pytest.raises(Exception, match="declined"):
        dashboard.v1.payment_intents.confirm(
            stripe_id, {"payment_method": "pm_card_chargeDeclined"}
        )
    dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_refundFail"})
    for amount in (3000, 1000):
        dashboard.v1.refunds.create({"payment_intent": stripe_id, "amount": amount})
        sandbox.advance(2)  # the refund fails, and nothing else happens later
    return intent


def _assert_mirrored(intent, dashboard) -> None:
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    intent.refresh_from_db()
    assert (intent.status, intent.amount_received) == (at_stripe.status, at_stripe.amount_received)
    assert intent.latest_charge_id == at_stripe.latest_charge
    assert intent.payment_method.stripe_payment_method_id == at_stripe.payment_method
    assert intent.payment_method.is_attached
    listed = dashboard.v1.refunds.list({"payment_intent": intent.stripe_payment_intent_id}).data
    assert {(refund.id, refund.status, refund.amount) for refund in listed} == set(
        StripeRefund.objects.values_list("stripe_refund_id", "status", "amount")
    )
    assert StripePaymentIntent.objects.count() == 1
    assert not StripeWebhookEvent.objects.filter(state__in=("failed", "dead")).exists()


def test_in_order(eventful, events, deliver, dashboard):
    deliver(*events())
    reconcile()
    _assert_mirrored(eventful, dashboard)


def test_backwards(eventful, events, deliver, dashboard):
    deliver(*reversed(events()))
    reconcile()
    _assert_mirrored(eventful, dashboard)


@pytest.mark.parametrize("seed", range(4))
def test_permuted_doubled_and_lost(eventful, events, deliver, dashboard, seed):
    chance = random.Random(seed)
    sent = [event for event in events() * 2 if chance.random() > 0.3]
    chance.shuffle(sent)
    deliver(*sent)
    reconcile()
    _assert_mirrored(eventful, dashboard)


def test_none_at_all(eventful, dashboard):
    reconcile()
    _assert_mirrored(eventful, dashboard)


@pytest.mark.parametrize("seed", range(2))
def test_with_reconcile_at_any_moment(eventful, events, deliver, dashboard, seed):
    chance = random.Random(seed)
    sent = events()
    chance.shuffle(sent)
    half = len(sent) // 2
    deliver(*sent[:half])
    reconcile()
    deliver(*sent[half:])
    reconcile()
    _assert_mirrored(eventful, dashboard)


@pytest.mark.parametrize("type", ["payment_intent.created", "payment_intent.requires_action"])
def test_a_late_event_never_undoes_a_success(service, alice, events, deliver, authenticate, type):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")
    authenticate(intent, "succeed")
    service.sync_payment_intent(intent)
    assert intent.status == "succeeded"
    version, changes = intent.version, StatusChange.objects.count()

    late = events(type)
    assert late
    for event in late:  # even if its time says that it is newer
        event["created"] += 60
    deliver(*late)

    intent.refresh_from_db()
    assert (intent.status, intent.version) == ("succeeded", version)
    assert StatusChange.objects.count() == changes


def test_a_success_wins_over_an_older_time(service, alice, dashboard, events, deliver):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    (succeeded,) = events("payment_intent.succeeded")
    deliver(succeeded | {"created": succeeded["created"] - 60})

    intent.refresh_from_db()
    assert intent.status == "succeeded"


def test_a_contradiction_within_one_second_is_left_to_a_read(service, alice, sandbox):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    answer = stripe_client.retrieve_payment_intent(intent.stripe_payment_intent_id)
    payload = answer.object | {"status": "processing"}
    intent.refresh_from_db()

    with pytest.raises(ReadRequired):
        mirror.apply_payment_intent(payload, Source(CauseKind.EVENT, "evt_1", intent.as_of))
    for earlier in (1, 100):
        as_of = intent.as_of_earliest - timedelta(seconds=earlier)
        mirror.apply_payment_intent(payload, Source(CauseKind.EVENT, "evt_2", as_of))

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"


def test_a_webhook_does_not_call_stripe_before_it_answers(eventful, events, deliver, sandbox):
    all_events = events()
    asked = len(sandbox.requests())

    deliver(*reversed(all_events))

    assert len(sandbox.requests()) == asked


def test_an_event_of_another_api_version_is_reread(eventful, events, deliver, dashboard, sandbox):
    for event in events():
        # Like an old endpoint: another API version in another format.
        subject = event["data"]["object"]
        shape = {"id": subject["id"], "object": subject["object"]}
        for name in ("customer", "payment_intent"):
            shape |= {name: subject[name]} if name in subject else {}
        deliver(event | {"api_version": "2015-01-01", "data": {"object": shape}})
    assert StripeWebhookEvent.objects.filter(state="pending").exists()

    reconcile()

    _assert_mirrored(eventful, dashboard)


def test_a_refund_before_its_payment_brings_the_payment(service, alice, dashboard, events, deliver):
    customer = service.get_or_create_customer(alice)["customer"]
    made = dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.stripe_customer_id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    dashboard.v1.refunds.create({"payment_intent": made.id})

    deliver(*events("refund.created"))
    reconcile()

    (intent,) = StripePaymentIntent.objects.for_user(alice)
    assert (intent.status, intent.amount_refunded) == ("succeeded", 500)


def test_a_status_that_stripe_adds_later_is_kept_as_unknown(service, alice, sandbox):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    answer = stripe_client.retrieve_payment_intent(intent.stripe_payment_intent_id)
    later = Source(CauseKind.EVENT, "evt_1", answer.as_of + timedelta(seconds=5))

    mirror.apply_payment_intent(answer.object | {"status": "requires_a_poem"}, later)

    intent.refresh_from_db()
    assert intent.status == "unknown"


def test_a_detached_card_stays_detached(service, alice, pay, events, deliver):
    card = pay(alice, save_payment_method=True).payment_method
    attached = events("payment_method.attached")
    service.detach_payment_method(card)

    deliver(*attached)
    reconcile()

    assert not StripePaymentMethod.objects.attached().exists()


def test_a_late_creation_within_the_second_of_what_followed_is_not_read(
    service, alice, events, deliver, sandbox
):
    """Nothing can be older than a creation, so there is nothing to read."""
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    service.confirm_payment_intent(intent, payment_method="pm_card_threeDSecureRequired")
    (created,) = events("payment_intent.created")
    at_once = datetime.fromtimestamp(created["created"], UTC)
    StripePaymentIntent.objects.update(as_of=at_once)
    asked = len(sandbox.requests())

    deliver(created)

    event = StripeWebhookEvent.objects.get(event_id=created["id"])
    assert event.state == "processed"
    assert len(sandbox.requests()) == asked
    intent.refresh_from_db()
    assert intent.status == "requires_action"


@pytest.mark.parametrize("amounts", [[3000], [1000, 2000]])
def test_a_charge_that_was_refunded_by_others_brings_its_refunds(
    pay, alice, dashboard, events, deliver, amounts
):
    """The refunds' own events may be lost."""
    intent = pay(alice)
    for amount in amounts:
        dashboard.v1.refunds.create(
            {"payment_intent": intent.stripe_payment_intent_id, "amount": amount}
        )
    (*_, last) = events("charge.refunded")
    deliver(last)
    waits = StripeWebhookEvent.objects.get(event_id=last["id"])
    assert waits.state == "pending"

    assert inbox.process(waits.pk) == "processed"

    assert sorted(StripeRefund.objects.values_list("amount", flat=True)) == amounts
    intent.refresh_from_db()
    assert intent.amount_refunded == 3000


def test_a_charge_whose_refunds_are_known_is_not_read(
    pay, alice, service, events, deliver, sandbox
):
    intent = pay(alice)
    service.create_refund(intent, amount="30.00")
    (refunded,) = events("charge.refunded")
    asked = len(sandbox.requests())

    deliver(refunded)

    assert StripeWebhookEvent.objects.get(event_id=refunded["id"]).state == "processed"
    assert len(sandbox.requests()) == asked
