"""Webhooks from the sandbox, over HTTP, to the real server process: whatever happens to them on the
way, the mirror matches the sandbox."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from django.utils import timezone

from payments_graphql.models import StatusChange, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from payments_graphql.webhooks import inbox
from settings.management.processes import Processes, find_free_port
from tests.conftest import WEBHOOK_PATH
from tests.faults.equality import assert_mirror_equals_sandbox
from tests.sandbox.waiting import wait_until
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_testing"
PATIENCE = 180  # seconds, for a busy machine


@contextmanager
def _serve(**environment: str) -> Iterator[str]:
    """The address of its webhook endpoint."""
    values = {"DJANGO_SETTINGS_MODULE": "tests.faults.site_settings", "HEARD": "/dev/null"}
    with Processes(get_environment(**values | environment)) as processes:
        port = find_free_port()
        processes.start_site(port, interface="wsgi")
        yield f"http://127.0.0.1:{port}{WEBHOOK_PATH}"


@pytest.fixture(scope="module")
def endpoint(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """One server for this module: it uses the database, and never calls Stripe."""
    with django_db_blocker.unblock(), _serve() as url:
        yield url


@pytest.fixture
def delivered(sandbox: Any) -> Callable[..., list[dict[str, Any]]]:
    """Waits until no webhook is pending. Returns the deliveries, newest first."""

    def list_all() -> list[dict[str, Any]]:
        answer = requests.get(f"{sandbox.url}/_sandbox/webhooks", timeout=10).json()
        found: list[dict[str, Any]] = answer["deliveries"]
        return found

    def delivered(*, moving: float = 0) -> list[dict[str, Any]]:
        def is_done() -> bool:
            if moving:
                sandbox.advance(moving)
            return not any(one["status"] == "pending" for one in list_all())

        wait_until(is_done, PATIENCE)
        return list_all()

    return delivered


@pytest.fixture
def live(service: Any, alice: Any, pay: Any, dashboard: Any, sandbox: Any) -> Callable[[], None]:
    """A decline, payments, a capture, refunds of which one fails, a dispute, a saved card."""

    def live() -> None:
        customer = service.get_or_create_customer(alice)["customer"].stripe_customer_id
        tried = service.create_payment_intent(user=alice, amount=10, currency="USD")
        intent_id = tried["payment_intent"].stripe_payment_intent_id
        for card in ("pm_card_chargeDeclined", "pm_card_refundFail"):
            _ask(dashboard.v1.payment_intents.confirm, intent_id, {"payment_method": card})
        for _ in range(2):
            dashboard.v1.refunds.create({"payment_intent": intent_id, "amount": 300})
        held = pay(alice, capture_method="manual", save_payment_method=True)
        dashboard.v1.payment_intents.capture(
            held.stripe_payment_intent_id, {"amount_to_capture": 5000}
        )
        service.create_refund(pay(alice, method="pm_card_pendingRefund"), amount=5)
        disputed = pay(alice, method="pm_card_createDispute").stripe_payment_intent_id
        (dispute,) = dashboard.v1.disputes.list({"payment_intent": disputed}).data
        dashboard.v1.disputes.close(dispute.id)
        card = dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
        default = {"invoice_settings": {"default_payment_method": card.id}}
        dashboard.v1.customers.update(customer, default)
        sandbox.advance(2)

    return live


def _ask(call: Callable[..., Any], *arguments: Any) -> None:
    """A decline is an answer too."""
    with suppress(stripe.CardError):
        call(*arguments)


def _assert_settled(dashboard: Any) -> None:
    assert not StripeWebhookEvent.objects.filter(state__in=("failed", "dead")).exists()
    assert_mirror_equals_sandbox(dashboard)


@pytest.mark.parametrize(
    "faults",
    [
        {"webhook_duplicated": "*"},
        {"webhook_reordered": "*"},
        {"webhook_other_version": "*"},
        {"webhook_two_secrets": "*"},
        {
            "webhook_duplicated": "payment_intent.*",
            "webhook_delayed": "refund.*",
            "webhook_reordered": "charge.*",
            "webhook_other_version": "payment_method.*",
        },
    ],
    ids="+".join,
)
def test_what_arrives_is_enough(sandbox, endpoint, live, delivered, dashboard, faults):
    """No event is pulled: webhooks that arrive somehow, and reading their objects, settle it."""
    sandbox.forward_to(endpoint, SECRET)
    with ExitStack() as on:
        for kind, event in faults.items():
            on.enter_context(sandbox.faults.add(kind, event=event))
        live()
        deliveries = delivered(moving=61 if "webhook_delayed" in faults else 0)
    assert all(one["status"] == "succeeded" for one in deliveries)

    while inbox.process_due():
        pass

    _assert_settled(dashboard)


@pytest.mark.parametrize(
    ("kind", "event"),
    [("webhook_dropped", "*"), ("webhook_livemode", "*"), ("webhook_dropped", "payment_intent.*")],
)
def test_what_is_lost_is_found_by_reconcile(
    sandbox, endpoint, live, delivered, dashboard, kind, event
):
    """For an hour, in which no webhook, or none of ours, arrives."""
    sandbox.forward_to(endpoint, SECRET)
    with sandbox.faults.add(kind, event=event):
        live()
        delivered()
        sandbox.advance(3600)
    if kind == "webhook_livemode":
        events = StripeWebhookEvent.objects.all()
        assert {one.state for one in events} == {"ignored"}
        StripeWebhookEvent.objects.all().delete()  # since the two modes' events have their own ids

    for _ in range(2):
        reconcile()

    _assert_settled(dashboard)


def test_a_secret_is_rolled(sandbox, live, delivered, dashboard):
    """Either signature is accepted while both secrets are known. Afterwards the old one is
    refused."""
    with _serve(SITE_SECRETS=f"whsec_old,{SECRET}") as url:
        sandbox.forward_to(url, SECRET)
        with sandbox.faults.add("webhook_old_secret", event="payment_intent.*"):
            live()
            deliveries = delivered()
        assert all(one["status"] == "succeeded" for one in deliveries)
    before = StripeWebhookEvent.objects.count()
    with _serve(SITE_SECRETS=SECRET) as url:
        sandbox.forward_to(url, SECRET, replace=True)
        with sandbox.faults.add("webhook_old_secret"):
            card = dashboard.v1.payment_methods.attach("pm_card_visa", {"customer": _customer()})
            wait_until(lambda: _last_answer(sandbox).startswith("400"), PATIENCE)
            assert StripeWebhookEvent.objects.count() == before
        deliveries = delivered(moving=60)  # Stripe sends it again, now signed with the new one
        assert all(one["status"] == "succeeded" for one in deliveries)
        assert StripeWebhookEvent.objects.filter(object_id=card.id).exists()
    while inbox.process_due():
        pass
    _assert_settled(dashboard)


def _customer() -> str:
    return str(StripePaymentIntent.objects.all()[0].customer.stripe_customer_id)


def _last_answer(sandbox: Any) -> str:
    answer = requests.get(f"{sandbox.url}/_sandbox/webhooks", timeout=10).json()
    return str(answer["deliveries"][0]["answer"])


def test_foreign_events_are_accepted_and_change_nothing(
    sandbox, endpoint, live, delivered, dashboard
):
    sandbox.forward_to(endpoint, SECRET)
    live()
    delivered()
    reconcile()
    states = _all_states()
    known = set(StripeWebhookEvent.objects.values_list("event_id", flat=True))

    for event_type in ("charge.dispute.created", "setup_intent.succeeded", "customer.deleted"):
        sandbox.trigger(event_type)  # of another customer of the account
    delivered()
    with sandbox.faults.add("webhook_livemode"):
        made = {"amount": 500, "currency": "usd", "customer": _customer()}
        dashboard.v1.payment_intents.create(made)
        deliveries = delivered()

    assert all(one["status"] == "succeeded" for one in deliveries)
    while inbox.process_due():
        pass
    new = StripeWebhookEvent.objects.exclude(event_id__in=known)
    assert {one.state for one in new} == {"ignored"}
    assert all(one.reason and one.payload is None for one in new)
    reasons = {one.reason for one in new}
    assert {"the event's livemode is not that of our keys", "no handler for this type"} < reasons
    assert _all_states() == states


def _all_states() -> set[tuple[Any, ...]]:
    return set(StripePaymentIntent.objects.values_list("pk", "status", "version"))


def test_a_broken_receiver_keeps_neither_the_event_nor_another_receiver(
    sandbox, delivered, dashboard, service, alice, tmp_path
):
    heard = tmp_path / "heard"
    with _serve(RECEIVER="raises", HEARD=str(heard)) as url:
        sandbox.forward_to(url, SECRET)
        _pay_in_the_browser(service, alice, dashboard, sandbox)
        assert all(one["status"] == "succeeded" for one in delivered())
    change = StatusChange.objects.get(to_status="succeeded")
    assert (change.signaled_at, change.signal_attempts) == (None, 1)
    assert heard.read_text().split() == [str(change.pk)]
    assert not StripeWebhookEvent.objects.exclude(state__in=("processed", "ignored")).exists()

    _make_old()
    assert _run_reconcile(RECEIVER="", HEARD=str(heard)) == 0

    assert heard.read_text().split() == [str(change.pk)]  # its signal was sent before
    change.refresh_from_db()
    assert change.signaled_at is not None
    assert_mirror_equals_sandbox(dashboard)


def test_a_process_that_dies_while_sending_signals_loses_none(
    sandbox, dashboard, service, alice, tmp_path
):
    heard = tmp_path / "heard"
    _pay_in_the_browser(service, alice, dashboard, sandbox)

    assert _run_reconcile(RECEIVER="dies", HEARD=str(heard)) == -signal.SIGKILL

    change = StatusChange.objects.get(to_status="succeeded")
    assert change.signaled_at is None
    assert not heard.exists()
    _make_old()
    assert _run_reconcile(RECEIVER="", HEARD=str(heard)) == 0
    assert heard.read_text().split() == [str(change.pk)]
    assert StatusChange.objects.filter(to_status="succeeded").count() == 1
    assert_mirror_equals_sandbox(dashboard)


def _pay_in_the_browser(service: Any, alice: Any, dashboard: Any, sandbox: Any) -> None:
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    sandbox.advance(2)
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )


def _make_old() -> None:
    """Simulates the seconds for which a recent change is left to its process."""
    StatusChange.objects.update(created_at=timezone.now() - timedelta(minutes=1))


def _run_reconcile(**environment: str) -> int:
    values = {"DJANGO_SETTINGS_MODULE": "tests.faults.site_settings", **environment}
    done = subprocess.run(
        [sys.executable, "manage.py", "payments_reconcile"],
        env=get_environment(**values),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode
