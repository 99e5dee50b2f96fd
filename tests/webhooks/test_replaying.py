"""People reprocess events, and first see what would change."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from payments_graphql import mirror
from payments_graphql.mirror import ReadRequired
from payments_graphql.models import StatusChange, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.webhooks import handlers, inbox, replaying


@pytest.fixture
def dead_event(sandbox, service, alice, dashboard, events, deliver):
    """Alice's payment succeeded at Stripe. Its event arrived, but failed permanently."""
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    intent = created["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "handle", lambda event: 1 / 0)
        deliver(*events("payment_intent.succeeded"))
    StripeWebhookEvent.objects.update(state="dead", attempts=12, next_attempt_at=None)
    # Older than the event: the answer to its creation may be of the same second.
    StripePaymentIntent.objects.update(as_of=timezone.now() - timedelta(hours=1))
    return StripeWebhookEvent.objects.get()


def _fields(rehearsal):
    return {one.field: (one.ours, one.theirs) for one in rehearsal.differences}


def test_a_rehearsal_names_each_field_and_changes_nothing(dead_event):
    before = list(StripePaymentIntent.objects.values())

    rehearsal = replaying.rehearse(dead_event)

    assert rehearsal.problem == ""
    assert not rehearsal.is_read
    assert _fields(rehearsal)["status"] == ("requires_payment_method", "succeeded")
    assert _fields(rehearsal)["amount_received"] == (0, 2000)
    assert list(StripePaymentIntent.objects.values()) == before
    assert not StatusChange.objects.filter(to_status="succeeded").exists()
    dead_event.refresh_from_db()
    assert dead_event.state == "dead"


def test_a_replay_does_what_was_rehearsed(dead_event):
    assert replaying.replay(dead_event) == replaying.Replay("processed")

    assert StripePaymentIntent.objects.get().status == "succeeded"
    dead_event.refresh_from_db()
    assert (dead_event.state, dead_event.error) == ("processed", "")
    rehearsal = replaying.rehearse(dead_event)
    assert (rehearsal.differences, rehearsal.problem) == ([], "")
    replaying.replay(dead_event)
    assert StatusChange.objects.filter(to_status="succeeded").count() == 1


def test_an_event_of_another_version_is_rehearsed_by_a_new_read(dead_event):
    StripeWebhookEvent.objects.update(api_version="2020-08-27")
    dead_event.refresh_from_db()
    before = list(StripePaymentIntent.objects.values())

    rehearsal = replaying.rehearse(dead_event)

    assert rehearsal.is_read
    assert _fields(rehearsal)["status"] == ("requires_payment_method", "succeeded")
    assert list(StripePaymentIntent.objects.values()) == before


def test_a_rehearsal_that_fails_says_why(dead_event, monkeypatch):
    monkeypatch.setattr(handlers, "handle", lambda event: 1 / 0)

    assert replaying.rehearse(dead_event).problem == "ZeroDivisionError: division by zero"


def test_a_rehearsal_of_what_keeps_changing_says_so(dead_event, monkeypatch):
    StripeWebhookEvent.objects.update(api_version="2020-08-27")
    dead_event.refresh_from_db()

    def move(kind, stripe_id):
        raise ReadRequired(kind, stripe_id)

    monkeypatch.setattr(mirror, "fetch_and_rehearse", move)

    assert replaying.rehearse(dead_event).problem == (
        f"RuntimeError: payment_intent {dead_event.object_id} must be read from Stripe, "
        "and keeps changing while it is read"
    )


def test_while_stripe_is_unreachable_an_ignored_event_is_left(dead_event, settings):
    StripeWebhookEvent.objects.update(state="ignored", payload=None)
    dead_event.refresh_from_db()
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    assert replaying.rehearse(dead_event).problem.startswith("Stripe could not be reached: ")
    replay = replaying.replay(dead_event)
    assert replay.state is None
    assert replay.problem.startswith("Stripe could not be reached: ")
    dead_event.refresh_from_db()
    assert dead_event.state == "ignored"


def test_a_replay_that_is_cut_short_is_due_at_once(dead_event, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(inbox, "process", lambda pk: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            replaying.replay(dead_event)
    dead_event.refresh_from_db()
    assert (dead_event.state, dead_event.attempts) == ("pending", 0)
    assert (dead_event.error, dead_event.reason) == ("", "")

    assert inbox.process_due() == 1
    assert StripePaymentIntent.objects.get().status == "succeeded"


def test_an_ignored_event_is_fetched_again(dead_event):
    StripeWebhookEvent.objects.update(state="ignored", payload=None, reason="not ours then")
    dead_event.refresh_from_db()

    assert _fields(replaying.rehearse(dead_event))["status"][1] == "succeeded"
    dead_event.refresh_from_db()
    assert dead_event.payload is None
    assert replaying.replay(dead_event).state == "processed"

    dead_event.refresh_from_db()
    assert "client_secret" not in str(dead_event.payload)
    assert StripePaymentIntent.objects.get().status == "succeeded"


def test_an_ignored_event_that_stripe_no_longer_has_says_so(dead_event):
    StripeWebhookEvent.objects.update(state="ignored", payload=None, event_id="evt_long_gone")
    dead_event.refresh_from_db()

    assert "Stripe no longer has it" in replaying.rehearse(dead_event).problem
    replay = replaying.replay(dead_event)
    assert replay.state is None
    assert "Stripe no longer has it" in replay.problem
    dead_event.refresh_from_db()
    assert dead_event.state == "ignored"


def test_an_ignored_event_of_an_unknown_type_is_left(dead_event, sandbox):
    StripeWebhookEvent.objects.update(state="ignored", payload=None, type="invoice.paid")
    dead_event.refresh_from_db()

    assert replaying.replay(dead_event) == replaying.Replay(
        None, "Events of this type are not handled."
    )
    assert not sandbox.requests("GET", "/v1/events/*")


def test_an_event_that_is_being_processed_is_left(dead_event):
    StripeWebhookEvent.objects.update(
        state="processing", lease_expires_at=timezone.now() + timedelta(minutes=1)
    )

    assert replaying.replay(dead_event).problem == "The event is being processed."


def test_the_command_says_what_would_change(dead_event, capsys):
    call_command("payments_replay_events", state="dead", dry_run=True)

    printed = capsys.readouterr().out
    assert "payment_intent.succeeded would change" in printed
    assert "status requires_payment_method -> succeeded" in printed
    assert "rehearsed: 1, with a problem: 0" in printed
    assert StripePaymentIntent.objects.get().status == "requires_payment_method"


@pytest.mark.parametrize("by", ["event", "object", "state", "type", "family", "since"])
def test_the_command_replays_what_is_chosen(dead_event, by, capsys):
    options = {
        "event": {"event": [dead_event.event_id]},
        "object": {"object": dead_event.object_id},
        "state": {"state": "dead"},
        "type": {"type": "payment_intent.succeeded"},
        "family": {"type": "payment_intent.*"},
        "since": {"since": dead_event.stripe_created},
    }[by]

    call_command("payments_replay_events", **options)

    assert "replayed: 1" in capsys.readouterr().out
    assert StripePaymentIntent.objects.get().status == "succeeded"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Choose events"),
        (["--event", "evt_unknown"], "No event matches"),
        (["--since", "yesterday"], "is not a date"),
        (["--state", "lost"], "invalid choice"),
    ],
)
def test_the_command_refuses_what_chooses_nothing(db, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("payments_replay_events", *options)


def test_the_command_fails_when_an_event_does(dead_event, monkeypatch, capsys):
    monkeypatch.setattr(handlers, "handle", lambda event: 1 / 0)

    with pytest.raises(CommandError, match="1 of 1"):
        call_command("payments_replay_events", state="dead")
    assert "ZeroDivisionError" in capsys.readouterr().out
