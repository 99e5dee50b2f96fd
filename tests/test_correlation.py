"""One id from the browser through Stripe to the webhook, in every log line."""

import asyncio
import logging
import uuid
from typing import Any

import pytest
import structlog
from django.core.handlers.asgi import ASGIHandler
from django.core.management import call_command
from django.test import AsyncClient, Client
from django.urls import reverse

from payments_graphql import correlation
from payments_graphql.correlation import HEADER, CorrelationFilter, clean, get_correlation_id
from payments_graphql.models import Operation, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from payments_graphql.webhooks import inbox

ID = "click-7d1e"
CREATE = """mutation ($key: String!) {
  createPaymentIntent(input: {idempotencyKey: $key, amount: "12.00", currency: "USD"}) {
    paymentIntent { id stripePaymentIntentId } errors { code message }
  }
}"""


@pytest.fixture(autouse=True)
def _nothing_is_bound() -> None:
    structlog.contextvars.clear_contextvars()


def post(client: Client, query: str = "{ __typename }", **headers: str) -> Any:
    return client.post(
        "/graphql/",
        {"query": query, "variables": {"key": str(uuid.uuid4())}},
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin", **headers},
    )


def get_ids(caplog: pytest.LogCaptureFixture, *events: str) -> set[str | None]:
    """The correlation ids of our lines, or of those of `events`."""
    fields = [getattr(record, "event_fields", None) for record in caplog.records]
    return {
        found.get("correlation_id")
        for found in fields
        if found is not None and (not events or found["event"] in events)
    }


@pytest.mark.parametrize("id_", ["click-7d1e", "3f0c6c52-5c1a-4d3b-8d7e-0b5f6f1f9d10", "a.b_c"])
def test_the_browsers_id_comes_back(client: Client, db: None, id_: str) -> None:
    response = post(client, **{HEADER: id_})
    assert response[HEADER] == id_
    assert response.json() == {
        "data": {"__typename": "Query"},
        "extensions": response.json()["extensions"],
    }


def test_a_request_without_an_id_gets_one(client: Client, db: None) -> None:
    first, second = post(client)[HEADER], post(client)[HEADER]
    assert uuid.UUID(first) != uuid.UUID(second)


def test_a_long_id_is_cut(client: Client, db: None) -> None:
    assert post(client, **{HEADER: "x" * 500})[HEADER] == "x" * correlation.LONGEST


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "two words",
        "alice@example.com",
        "a\nERROR forged",
        "<script>",
        "Ünicode",
        "4242424242424242",
        "sk_live_51HabcDEFghiJKL",
        "pi_1_secret_abc",
        "whsec_abcdefgh",
    ],
)
def test_what_must_not_be_logged_is_replaced(sent: str) -> None:
    assert clean(sent) == ""


def test_one_search_finds_all_that_a_click_caused(
    client: Client,
    sandbox: Any,
    alice: Any,
    events: Any,
    deliver: Any,
    dashboard: Any,
    caplog: pytest.LogCaptureFixture,
    transactional_db: None,
) -> None:
    """Created by our API, confirmed by the browser at Stripe, told by webhooks."""
    caplog.set_level("INFO")
    client.force_login(alice)
    response = post(client, CREATE, **{HEADER: ID})
    payload = response.json()["data"]["createPaymentIntent"]
    assert payload["errors"] == []
    assert set(Operation.objects.values_list("correlation_id", flat=True)) == {ID}
    assert get_ids(caplog) == {ID}

    stripe_id = payload["paymentIntent"]["stripePaymentIntentId"]
    at_stripe = dashboard.v1.payment_intents.retrieve(stripe_id)
    assert at_stripe.metadata["payments_correlation"] == ID

    dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
    caplog.clear()
    deliver(*events("payment_intent.created", "payment_intent.succeeded", "charge.succeeded"))
    stored = StripeWebhookEvent.objects.values_list("type", "correlation_id")
    assert dict(stored) == dict.fromkeys(
        ("payment_intent.created", "payment_intent.succeeded", "charge.succeeded"), ID
    )
    names = ("webhook_stored", "webhook_processed", "status_changed")
    assert get_ids(caplog, *names) == {ID}


def test_an_event_has_the_id_of_the_operation_that_caused_it(
    sandbox: Any, alice: Any, pay: Any, service: Any, events: Any, deliver: Any, sam: Any
) -> None:
    """Not of the one that created the payment."""
    with correlation.bound("when-paid"):
        paid = pay(alice)
    with correlation.bound("when-refunded"):
        service.create_refund(paid, amount=5, user=sam)
    deliver(*events("payment_intent.succeeded", "charge.refunded", "refund.created"))
    found = dict(StripeWebhookEvent.objects.values_list("type", "correlation_id"))
    assert found == {
        "payment_intent.succeeded": "when-paid",
        "charge.refunded": "when-refunded",
        "refund.created": "when-refunded",
    }


@pytest.mark.parametrize("metadata", [{}, {"payments_correlation": "x"}, "odd", None])
def test_an_event_of_others_has_the_id_of_its_delivery(
    sandbox: Any, db: None, events: Any, dashboard: Any, client: Client, deliver: Any, metadata: Any
) -> None:
    dashboard.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    (event,) = events("payment_intent.created")
    event["data"]["object"]["metadata"] = metadata
    response = deliver(event)
    assert StripeWebhookEvent.objects.get().correlation_id == response[HEADER] != "x"


def test_resuming_logs_the_id_of_the_operation(
    sandbox: Any, alice: Any, service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with correlation.bound(ID):
        service.create_payment_intent(user=alice, amount=10, currency="USD")
    operation = Operation.objects.filter(kind="create_payment_intent").get()
    Operation.objects.filter(pk=operation.pk).update(
        state="pending", next_attempt_at=operation.created_at
    )
    caplog.set_level("INFO")
    caplog.clear()
    reconcile()
    assert get_ids(caplog, "operation_marked") == {ID}


def test_each_round_has_an_id_of_its_own(
    sandbox: Any, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    reconcile()
    first = get_ids(caplog, "stripe_call_succeeded")
    caplog.clear()
    reconcile()
    second = get_ids(caplog, "stripe_call_succeeded")
    assert len(first) == len(second) == 1
    assert first != second
    assert get_correlation_id() == ""


def test_a_command_has_one_id(sandbox: Any, db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    call_command("payments_sync", verbosity=0)
    (only,) = get_ids(caplog, "stripe_call_succeeded")
    assert only


def test_a_sites_own_call_gets_one_id_for_all_its_operations(
    sandbox: Any, alice: Any, service: Any
) -> None:
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    customer, intent = Operation.objects.order_by("created_at")
    assert customer.correlation_id == intent.correlation_id != ""
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert Operation.objects.exclude(correlation_id=intent.correlation_id).count() == 1


def test_a_site_without_our_middleware_gets_it_too(
    client: Client, settings: Any, sandbox: Any, alice: Any, transactional_db: None
) -> None:
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    fresh = Client()
    fresh.force_login(alice)
    assert post(fresh, CREATE, **{HEADER: ID})[HEADER] == ID
    assert set(Operation.objects.values_list("correlation_id", flat=True)) == {ID}
    assert get_correlation_id() == "", "the next request of this thread starts without one"


def test_two_requests_of_a_thread_do_not_share_an_id(client: Client, db: None) -> None:
    assert post(client, **{HEADER: ID})[HEADER] == ID
    assert post(client)[HEADER] != ID
    assert get_correlation_id() == ""


def test_the_admin_has_it_too(client: Client, db: None) -> None:
    assert client.get("/admin/", headers={HEADER: ID})[HEADER] == ID


@pytest.mark.django_db(transaction=True)
def test_under_asgi_requests_at_the_same_time_keep_their_ids() -> None:
    async def ask() -> list[str]:
        client = AsyncClient()
        answers = await asyncio.gather(
            *(client.get("/api/stripe/probe/", headers={HEADER: f"id-{n}"}) for n in range(5))
        )
        return [answer[HEADER] for answer in answers]

    assert ASGIHandler  # the client uses it
    assert asyncio.run(ask()) == [f"id-{n}" for n in range(5)]


def test_djangos_own_line_about_a_404_has_the_id(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged after all middleware has ended."""
    client.get("/nowhere/", headers={HEADER: ID})
    (record,) = [one for one in caplog.records if one.name == "django.request"]
    assert CorrelationFilter().filter(record)
    assert record.correlation_id == ID  # type: ignore[attr-defined]  # added by our filter


def test_a_plain_format_shows_it(db: None) -> None:
    record = logging.makeLogRecord({"msg": "hello"})
    with correlation.bound(ID):
        CorrelationFilter().filter(record)
    formatted = logging.Formatter("%(correlation_id)s %(message)s").format(record)
    assert formatted == f"{ID} hello"


def test_the_lists_of_the_admin_lead_from_one_to_the_other(
    client: Client, sandbox: Any, alice: Any, pay: Any, sam: Any, events: Any, deliver: Any
) -> None:
    with correlation.bound(ID):
        pay(alice)
    deliver(*events("payment_intent.succeeded"))
    client.force_login(sam)
    operations = reverse("admin:payments_graphql_operation_changelist")
    stored = reverse("admin:payments_graphql_stripewebhookevent_changelist")
    operation = Operation.objects.filter(correlation_id=ID).first()
    page = client.get(reverse("admin:payments_graphql_operation_change", args=(operation.pk,)))
    assert f"{stored}?q=correlation%3A{ID}" in page.text
    shown = client.get(stored, {"q": f"correlation:{ID}"})
    assert "payment_intent." in shown.text
    event = StripeWebhookEvent.objects.get(correlation_id=ID)
    page = client.get(reverse("admin:payments_graphql_stripewebhookevent_change", args=(event.pk,)))
    assert f"{operations}?q=correlation%3A{ID}" in page.text
    assert str(event.pk) not in client.get(stored, {"q": "correlation:other"}).text


def test_a_failed_event_is_logged_with_its_id(
    sandbox: Any,
    alice: Any,
    pay: Any,
    events: Any,
    deliver: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with correlation.bound(ID):
        pay(alice)

    def fail(*_: Any) -> Any:
        raise KeyError("unexpected")

    monkeypatch.setattr(inbox.handlers, "handle", fail)
    deliver(*events("payment_intent.succeeded"))
    assert get_ids(caplog, "webhook_failed") == {ID}
