"""Updates of disputes: in any order, of unknown payments, or of another API version."""

import random

import pytest

from payments_graphql import signals
from payments_graphql.models import StatusChange, StripeDispute, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes
from payments_graphql.webhooks import inbox


@pytest.fixture
def paid(alice, booking, pay, sandbox):
    """Charged back at Stripe, but not known here yet."""
    return pay(alice, None, None, booking=booking, method="pm_card_createDispute")


@pytest.fixture
def heard():
    """The signals that the site receives: (name, status change)."""
    heard = []
    receivers = {
        name: lambda status_change, _name=name, **_: heard.append((_name, status_change))
        for name in ("dispute_opened", "dispute_closed")
    }
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, weak=False)
    yield heard
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def _answer_and_settle(dashboard, sandbox, text):
    (dispute,) = dashboard.v1.disputes.list().data
    dashboard.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})
    sandbox.advance(2)
    return dashboard.v1.disputes.retrieve(dispute.id)


def _assert_mirrored(at_stripe):
    dispute = StripeDispute.objects.get()
    assert (dispute.stripe_dispute_id, dispute.status) == (at_stripe.id, at_stripe.status)
    assert dispute.submission_count == at_stripe.evidence_details.submission_count
    assert dispute.has_evidence == at_stripe.evidence_details.has_evidence
    assert dispute.is_charge_refundable == at_stripe.is_charge_refundable
    assert not StripeWebhookEvent.objects.filter(state__in=("failed", "dead")).exists()
    return dispute


def test_the_first_event_opens_it_and_is_logged_and_signaled(paid, events, deliver, heard, caplog):
    deliver(*events("charge.dispute.created", "charge.dispute.funds_withdrawn"))

    dispute = StripeDispute.objects.get(payment_intent=paid)
    assert dispute.status == "needs_response"
    ((name, change),) = heard
    assert name == "dispute_opened"
    assert (change.dispute, change.payment_intent) == (dispute, paid)
    (warning,) = [line for line in caplog.records if "dispute_opened" in line.getMessage()]
    assert warning.levelname == "WARNING"
    assert dispute.stripe_dispute_id in warning.getMessage()


@pytest.mark.parametrize("text", ["winning_evidence", "losing_evidence", "undecided"])
def test_in_order(paid, dashboard, sandbox, events, deliver, heard, text):
    at_stripe = _answer_and_settle(dashboard, sandbox, text)
    deliver(*events())
    reconcile()

    dispute = _assert_mirrored(at_stripe)
    names = [name for name, _ in heard]
    assert names == ["dispute_opened"] + ["dispute_closed"] * dispute.is_closed


@pytest.mark.parametrize("text", ["winning_evidence", "losing_evidence"])
def test_backwards(paid, booking, dashboard, sandbox, events, deliver, text):
    at_stripe = _answer_and_settle(dashboard, sandbox, text)
    deliver(*reversed(events()))
    reconcile()

    _assert_mirrored(at_stripe)
    assert booking.amount_paid == (9999 if text == "winning_evidence" else 0)


@pytest.mark.parametrize("seed", range(3))
def test_permuted_doubled_and_lost(paid, dashboard, sandbox, events, deliver, seed):
    at_stripe = _answer_and_settle(dashboard, sandbox, "losing_evidence")
    chance = random.Random(seed)
    sent = [event for event in events() * 2 if chance.random() > 0.3]
    chance.shuffle(sent)
    half = len(sent) // 2
    deliver(*sent[:half])
    reconcile()
    deliver(*sent[half:])
    reconcile()

    _assert_mirrored(at_stripe)


def test_none_at_all(paid, dashboard, sandbox, heard):
    at_stripe = _answer_and_settle(dashboard, sandbox, "winning_evidence")
    reconcile()

    _assert_mirrored(at_stripe)
    assert heard[-1][0] == "dispute_closed"


def test_a_sync_of_the_payment_brings_its_dispute(service, paid):
    assert service.sync_payment_intent(paid)["success"]

    assert paid.disputes.get().status == "needs_response"
    assert paid.amount_refundable == 0


@pytest.mark.parametrize("type", ["charge.dispute.created", "charge.dispute.updated"])
def test_a_late_event_never_reopens_a_closed_dispute(
    paid, dashboard, sandbox, events, deliver, type
):
    _answer_and_settle(dashboard, sandbox, "losing_evidence")
    reconcile()
    changes = StatusChange.objects.count()

    (late,) = events(type)
    deliver(late | {"id": "evt_late", "created": late["created"] + 3600})
    reconcile()

    assert StripeDispute.objects.get().status == "lost"
    assert StatusChange.objects.count() == changes


def test_a_final_state_wins_over_an_older_time(paid, dashboard, sandbox, events, deliver):
    reconcile()
    _answer_and_settle(dashboard, sandbox, "losing_evidence")
    (closed,) = events("charge.dispute.closed")
    deliver(closed | {"created": closed["created"] - 3600})
    inbox.process_due()

    assert StripeDispute.objects.get().status == "lost"


def test_a_dispute_before_its_payment_brings_the_payment(
    service, alice, dashboard, events, deliver, sandbox
):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.stripe_customer_id,
            "payment_method": "pm_card_createDispute",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    deliver(*events("charge.dispute.created"))
    assert StripeWebhookEvent.objects.get().state == "pending"
    reconcile()

    dispute = StripeDispute.objects.get()
    assert dispute.payment_intent.customer == customer
    assert dispute.amount == 500


@pytest.mark.parametrize("version", [None, "2015-01-01"])
def test_another_accounts_dispute_is_ignored_after_one_read(
    db, dashboard, events, deliver, sandbox, version
):
    dashboard.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "payment_method": "pm_card_createDispute",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    (created,) = events("charge.dispute.created")
    deliver(created | ({"api_version": version} if version else {}))
    asked = len(sandbox.requests("GET", "/v1/*"))
    reconcile()

    event = StripeWebhookEvent.objects.get(event_id=created["id"])
    assert (event.state, event.payload) == ("ignored", None)
    assert not StripeDispute.objects.exists()
    # A dispute does not contain the customer, so the payment is read. A dispute in an unknown
    # format is read first. The other requests list events.
    looks = [request.path for request in sandbox.requests("GET", "/v1/*")[asked:]]
    assert [path.split("/")[2] for path in looks].count("payment_intents") >= 1
    assert sum("/disputes/" in path for path in looks) == (1 if version else 0)


def test_a_dispute_without_a_payment_is_ignored_without_calling_stripe(
    paid, events, deliver, sandbox
):
    (created,) = events("charge.dispute.created")
    subject = created["data"]["object"] | {"payment_intent": None}
    asked = len(sandbox.requests())
    deliver(created | {"data": {"object": subject}})

    assert len(sandbox.requests()) == asked
    assert StripeWebhookEvent.objects.get().state == "ignored"
    assert not StripeDispute.objects.exists()


def test_an_event_of_another_api_version_is_reread(paid, dashboard, sandbox, events, deliver):
    at_stripe = _answer_and_settle(dashboard, sandbox, "losing_evidence")
    news = [event for event in events() if event["type"].startswith("charge.dispute.")]
    for event in news:
        subject = event["data"]["object"]
        shape = {"id": subject["id"], "object": "dispute", "charge": subject["charge"]}
        deliver(event | {"api_version": "2015-01-01", "data": {"object": shape}})
    reconcile()

    _assert_mirrored(at_stripe)
    assert (
        not StripeWebhookEvent.objects.exclude(state="processed")
        .filter(type__startswith="charge.dispute")
        .exists()
    )


def test_a_status_that_stripe_adds_later_is_kept_as_unknown(paid, events, deliver):
    (created,) = events("charge.dispute.created")
    subject = created["data"]["object"] | {"status": "needs_a_poem"}
    deliver(created | {"data": {"object": subject}})

    dispute = StripeDispute.objects.get()
    assert dispute.status == "unknown"
    assert dispute.holds_money  # no refund before the dispute's type is known


def test_our_own_operations_are_in_the_history_with_their_cause(paid, sam):
    reconcile()
    dispute = StripeDispute.objects.get()
    disputes.accept_dispute(dispute=dispute, user=sam)

    changes = StatusChange.objects.filter(dispute=dispute)
    assert [(one.from_status, one.to_status) for one in changes] == [
        ("", "needs_response"),
        ("needs_response", "lost"),
    ]
    assert changes.last().cause_kind == "operation"


@pytest.fixture
def reported(alice, pay, sandbox):
    return pay(alice, method="pm_card_createIssuerFraudRecord")


@pytest.mark.parametrize("version", [None, "2015-01-01"])
def test_an_early_fraud_warning_is_logged(reported, events, deliver, caplog, sandbox, version):
    (news,) = events("radar.early_fraud_warning.created")
    asked = len(sandbox.requests())
    deliver(news | ({"api_version": version} if version else {}))

    assert len(sandbox.requests()) == asked
    assert StripeWebhookEvent.objects.get().state == "processed"
    (line,) = [
        one
        for one in caplog.records
        if "early_fraud_warning" in one.getMessage() and one.levelname == "WARNING"
    ]
    assert str(reported.pk) in line.getMessage()
    assert "misc" in line.getMessage()


def test_a_fraud_warning_about_an_unknown_payment_is_ignored(
    reported, events, deliver, caplog, sandbox
):
    (news,) = events("radar.early_fraud_warning.created")
    for number, other in enumerate(("pi_other", None)):
        subject = news["data"]["object"] | {"payment_intent": other}
        asked = len(sandbox.requests())
        deliver(news | {"id": f"evt_{number}", "data": {"object": subject}})
        assert len(sandbox.requests()) == asked

    for event in StripeWebhookEvent.objects.all():
        assert (event.state, event.payload) == ("ignored", None)
    assert not [
        one
        for one in caplog.records
        if one.levelname == "WARNING" and "early_fraud_warning" in one.getMessage()
    ]
