"""People retry failed webhook events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import (
    EventState,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.services import StripeService

from .conftest import list_url, page_url, retry_url

pytestmark = pytest.mark.any_database


@pytest.fixture
def dead_event(
    service: StripeService,
    alice: User,
    dashboard: stripe.StripeClient,
    events: Callable[..., list[dict[str, Any]]],
    deliver: Callable[..., Any],
) -> StripeWebhookEvent:
    """Alice's payment succeeded at Stripe. Its event arrived, but failed permanently."""
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    intent = created["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    deliver(*events("payment_intent.succeeded"))
    StripePaymentIntent.objects.update(status="requires_payment_method", as_of=None)
    StripeWebhookEvent.objects.update(
        state=EventState.DEAD, attempts=12, error="OperationalError: disk full",
        next_attempt_at=None, processed_at=None,
    )  # fmt: skip
    return StripeWebhookEvent.objects.get()


def _retry_from_list(client: Client, *events: StripeWebhookEvent) -> Any:
    values = {"action": "retry", "_selected_action": [str(event.pk) for event in events]}
    return client.post(list_url("stripewebhookevent"), values, follow=True)


def _assert_processed(event: StripeWebhookEvent) -> None:
    event.refresh_from_db()
    assert (event.state, event.error) == (EventState.PROCESSED, "")
    assert StripePaymentIntent.objects.get().status == PaymentIntentStatus.SUCCEEDED


def test_a_dead_event_is_retried_from_the_list(
    staff_client: Client, dead_event: StripeWebhookEvent
) -> None:
    response = _retry_from_list(staff_client, dead_event)
    assert "Retried webhook events: 1." in response.text
    _assert_processed(dead_event)


def test_a_dead_event_is_retried_from_its_page(
    staff_client: Client, dead_event: StripeWebhookEvent
) -> None:
    assert retry_url(dead_event) in staff_client.get(page_url(dead_event)).text
    response = staff_client.post(retry_url(dead_event), follow=True)
    assert "Its state is now &quot;processed&quot;" in response.text
    _assert_processed(dead_event)


def test_the_page_that_asks_says_what_would_change(
    staff_client: Client, dead_event: StripeWebhookEvent
) -> None:
    StripePaymentIntent.objects.update(as_of=dead_event.stripe_created - timedelta(hours=1))
    page = staff_client.get(retry_url(dead_event))
    assert page.status_code == 200
    assert "<td>status</td><td>requires_payment_method</td><td>succeeded</td>" in page.text
    dead_event.refresh_from_db()
    assert dead_event.state == EventState.DEAD
    assert StripePaymentIntent.objects.get().status == "requires_payment_method"


def test_a_retry_that_changes_nothing_says_so(
    staff_client: Client, dead_event: StripeWebhookEvent
) -> None:
    staff_client.post(retry_url(dead_event))
    assert "<td>Nothing.</td>" in staff_client.get(retry_url(dead_event)).text


def test_an_ignored_event_that_is_gone_is_left_out_and_said_so(
    staff_client: Client, dead_event: StripeWebhookEvent
) -> None:
    StripeWebhookEvent.objects.update(
        state=EventState.IGNORED, payload=None, reason="not ours", event_id="evt_gone"
    )
    response = _retry_from_list(staff_client, dead_event)
    assert "Retried webhook events: 0. Skipped: 1." in response.text
    assert "Stripe no longer has it" in response.text
    assert "Stripe no longer has it" in staff_client.get(retry_url(dead_event)).text
    assert "Stripe no longer has it" in staff_client.post(retry_url(dead_event)).text
    dead_event.refresh_from_db()
    assert (dead_event.state, dead_event.reason) == (EventState.IGNORED, "not ours")


def test_staff_who_may_only_look_cannot_retry(
    viewer_client: Client, dead_event: StripeWebhookEvent
) -> None:
    assert retry_url(dead_event) not in viewer_client.get(page_url(dead_event)).text
    _retry_from_list(viewer_client, dead_event)
    assert viewer_client.post(retry_url(dead_event)).status_code == 403
    dead_event.refresh_from_db()
    assert dead_event.state == EventState.DEAD


def test_neither_view_is_in_a_transaction_under_atomic_requests() -> None:
    from django.urls import resolve

    page = "/admin/payments_graphql/stripewebhookevent/"
    for address in (page, f"{page}00000000-0000-4000-8000-000000000000/retry/"):
        assert resolve(address).func._non_atomic_requests == {"default"}
