"""Things happen for real, and the next scrape shows each of them once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql import money, rate_limits
from payments_graphql.errors import RateLimitedError
from payments_graphql.mirror.changes import record_change
from payments_graphql.mirror.source import Source
from payments_graphql.models import (
    CauseKind,
    EventState,
    Operation,
    OperationKind,
    OperationState,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from tests.conftest import WEBHOOK_PATH
from tests.prometheus.conftest import labeled
from tests.schema.conftest import GraphQLClient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_stripe(sandbox: Any) -> None:
    """Each test has its own Stripe."""


def test_a_payment_counts_once_whatever_reports_it(counted, pay, alice, events, deliver):
    pay(alice, "99.99")
    deliver(*events())
    deliver(*events())
    reconcile()

    assert counted("payments_total") == {
        labeled(outcome="created", currency="USD"): 1,
        labeled(outcome="succeeded", currency="USD"): 1,
    }
    [(flow, amount)] = counted("payments_amount_total").items()
    assert flow == labeled(flow="received", currency="USD")
    assert amount == pytest.approx(99.99)
    results = counted("payments_webhooks_total")
    assert results[labeled(result="duplicate")] == len(events())


def test_counters_of_alerts_are_shown_before_their_first_increase(scrape, pay, alice):
    """Prometheus sees no increase of a counter that appears with it."""
    pay(alice, "20.00", "NOK")
    found = scrape()

    for name, labels in (
        ("payments_total", {"outcome": "declined", "currency": "NOK"}),
        ("payments_refunds_total", {"status": "succeeded", "currency": "NOK"}),
        ("payments_disputes_total", {"status": "opened", "currency": "NOK"}),
    ):
        assert found[name, labeled(**labels)] == 0
    # Of these, an earlier test in this process may have counted some.
    for name, labels in (
        ("payments_stripe_calls_total", {"outcome": "credentials", "call": "customers.create"}),
        ("payments_webhooks_total", {"result": "no_secret"}),
    ):
        assert (name, labeled(**labels)) in found


def test_an_amount_is_in_major_units_of_its_currency(counted, pay, alice):
    pay(alice, "5000", "JPY")

    assert counted("payments_amount_total") == {labeled(flow="received", currency="JPY"): 5000}


def test_a_decline_counts_with_its_code(counted, service, alice):
    created = service.create_payment_intent(user=alice, amount="20.00", currency="EUR")
    service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"
    )

    assert counted("payments_declines_total") == {
        labeled(code="insufficient_funds", currency="EUR"): 1
    }
    assert counted("payments_total")[labeled(outcome="declined", currency="EUR")] == 1
    calls = counted("payments_stripe_calls_total")
    assert calls[labeled(call="payment_intents.confirm", outcome="refused")] == 1


def test_an_unknown_code_counts_as_other(counted, pay, alice):
    intent = pay(alice)
    _record_failure(intent, "code_of_the_year_2040")

    assert counted("payments_declines_total") == {labeled(code="other", currency="USD"): 1}


def _record_failure(intent: StripePaymentIntent, code: str) -> None:
    record_change(
        Source(CauseKind.READ, "", timezone.now()),
        stripe_id=intent.stripe_payment_intent_id,
        from_status="requires_payment_method",
        to_status="requires_payment_method",
        failure_code=code,
        payment_intent=intent,
    )


def test_what_is_rolled_back_does_not_count(counted, pay, alice):
    intent = pay(alice)
    before = counted("payments_total")
    with transaction.atomic():
        _record_failure(intent, "insufficient_funds")
        transaction.set_rollback(True)

    assert counted("payments_total") == before


def test_a_refund_counts_with_its_amount(counted, service, pay, alice, events, deliver):
    intent = pay(alice, "99.99")
    assert service.create_refund(payment_intent=intent, amount="10.00")["success"]
    deliver(*events())

    assert counted("payments_refunds_total") == {labeled(status="succeeded", currency="USD"): 1}
    flows = counted("payments_amount_total")
    assert flows[labeled(flow="refunded", currency="USD")] == pytest.approx(10)
    settled = counted("payments_operations_settled_total")
    assert settled[labeled(kind="create_refund", state="succeeded")] == 1


def test_a_dispute_counts_when_it_opens(counted, pay, alice, events, deliver):
    pay(alice, "30.00", method="pm_card_createDispute")
    deliver(*events())
    reconcile()

    disputes = counted("payments_disputes_total")
    assert disputes[labeled(status="opened", currency="USD")] == 1
    flows = counted("payments_amount_total")
    assert flows[labeled(flow="disputed", currency="USD")] == pytest.approx(30)


def test_webhooks_count_by_their_result_and_delay(counted, client, pay, alice, events, deliver):
    pay(alice)
    deliver(*events())
    client.post(WEBHOOK_PATH, "{}", content_type="application/json")

    results = counted("payments_webhooks_total")
    assert results[labeled(result="bad_signature")] == 1
    stored = StripeWebhookEvent.objects.exclude(state=EventState.IGNORED).count()
    assert results[labeled(result="stored")] == stored
    delays = counted("payments_webhook_delay_seconds_count")
    assert delays == {labeled(source="webhook"): len(events())}
    states = counted("payments_webhook_events_total")
    assert states[labeled(state="processed")] == stored


def test_requests_count_by_root_field_and_not_by_the_name_that_clients_choose(counted, alice):
    client = GraphQLClient(alice)
    client.ask("query alice_at_example_com { paymentIntents(first: 1) { totalCount } }")
    client.ask("{ me { id } paymentsConfig { publishableKey } }")
    client.post({"query": "{ noSuchField }"})
    client.post({"query": "{"})
    client.post("not JSON")
    GraphQLClient().post({"query": "{ me { id } paymentIntents(first: 1) { totalCount } }"})

    assert counted("payments_graphql_requests_total") == {
        labeled(operation="paymentIntents", type="query", outcome="ok"): 1,
        labeled(operation="several", type="query", outcome="ok"): 1,
        labeled(operation="other", type="query", outcome="invalid"): 1,
        labeled(operation="other", type="none", outcome="invalid"): 2,
        labeled(operation="several", type="query", outcome="unauthenticated"): 1,
    }


def test_an_error_that_a_mutation_returns_counts_by_its_code(counted, alice):
    given = {"idempotencyKey": "k", "amount": "0.001", "currency": "USD"}
    GraphQLClient(alice).mutate("createPaymentIntent", given, "replayed")

    assert counted("payments_graphql_payload_errors_total") == {labeled(code="amount_precision"): 1}


def test_an_object_without_a_plan_counts_by_its_type(counted, alice, pay, monkeypatch):
    pay(alice, "20.00")
    client = GraphQLClient(alice)
    planned = "{ paymentIntents { nodes { id history { toStatus } } } }"
    client.ask(planned)
    assert counted("payments_graphql_unplanned_total") == {}

    client.ask("{ paymentIntents { nodes { clientSecret } } }")  # reading it calls Stripe
    assert counted("payments_graphql_unplanned_total") == {
        labeled(type="PaymentIntentConnection", reason="no_plan"): 1,
        labeled(type="PaymentIntent", reason="no_plan"): 1,
    }

    monkeypatch.setattr(money, "to_decimal", lambda *_: 1 / 0)
    client.post({"query": "{ paymentIntents { nodes { amount } } }"})
    found = counted("payments_graphql_unplanned_total")
    assert found[labeled(type="PaymentIntent", reason="failed")] == 1


def test_a_limit_of_documents_counts_by_its_name(counted, alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_DEPTH = 2
    GraphQLClient(alice).post({"query": "{ paymentIntents { edges { node { id } } } }"})

    assert counted("payments_limits_hit_total") == {labeled(limit="graphql.depth"): 1}


def test_a_rate_limit_counts_by_its_name(counted, settings, fresh_counts):
    settings.PAYMENTS_RATE_LIMITS = {"create.user": "1/minute"}
    rate_limits.count("create", user=5, address="192.0.2.1")
    with pytest.raises(RateLimitedError):
        rate_limits.count("create", user=5, address="192.0.2.1")

    assert counted("payments_limits_hit_total") == {labeled(limit="create.user"): 1}


def test_a_wrong_password_and_a_refused_attempt_count_apart(
    counted, settings, fresh_counts, client, alice
):
    settings.PAYMENTS_RATE_LIMITS = {"sign_in.pair": "1/minute"}
    for _ in range(2):
        client.post("/admin/login/", {"username": "alice", "password": "wrong"})

    assert counted("payments_sign_in_refusals_total") == {
        labeled(reason="credentials"): 1,
        labeled(reason="limit"): 1,
    }


def test_card_testing_counts_what_it_cancels_and_refuses(counted, settings, service, alice):
    settings.PAYMENTS_FAILURES_PER_INTENT = 2
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    for _ in range(2):
        service.confirm_payment_intent(
            created["payment_intent"], payment_method="pm_card_visa_chargeDeclined"
        )
    given = {"idempotencyKey": "k", "amount": "20.00", "currency": "USD"}
    GraphQLClient(alice).mutate("createPaymentIntent", given, "replayed")

    assert counted("payments_card_testing_total") == {
        labeled(action="canceled"): 1,
        labeled(action="refused"): 1,
    }


def test_what_is_open_is_shown_with_the_age_of_the_oldest(scrape, pay, alice, events, deliver):
    pay(alice)
    deliver(*events())
    hour_ago = timezone.now() - timedelta(hours=1)
    first, second, *_ = StripeWebhookEvent.objects.values_list("pk", flat=True)
    rows = StripeWebhookEvent.objects
    rows.filter(pk=first).update(state=EventState.DEAD)
    rows.filter(pk=second).update(state=EventState.FAILED, received_at=hour_ago)
    _leave(OperationState.NEEDS_REVIEW)
    found = scrape()

    def get(name: str, **labels: str) -> float:
        return found[f"payments_{name}", labeled(**labels)]

    assert get("webhook_backlog", state="dead") == 1
    assert get("webhook_backlog", state="failed") == 1
    assert get("webhook_backlog", state="pending") == 0
    assert get("webhook_backlog_oldest_seconds", state="failed") == pytest.approx(3600, abs=60)
    assert get("operations", state="needs_review") == 1
    assert get("database_up") == 1


def _leave(state: OperationState, **values: str) -> None:
    """Puts one operation into this state."""
    operations = Operation.objects.filter(kind=OperationKind.CREATE_PAYMENT_INTENT)
    assert operations.update(state=state, **values) == 1


def test_rows_of_another_mode_are_not_shown(scrape, pay, alice, events, deliver):
    pay(alice)
    deliver(*events())
    StripeWebhookEvent.objects.update(state=EventState.DEAD, livemode=True)
    _leave(OperationState.UNKNOWN, account="acct_of_others")
    found = scrape()

    assert found["payments_webhook_backlog", labeled(state="dead")] == 0
    assert found["payments_operations", labeled(state="unknown")] == 0


def test_a_round_of_reconcile_shows_how_far_it_has_read(scrape):
    assert ("payments_events_read_until_timestamp_seconds", frozenset()) not in scrape()
    reconcile()

    read_until = scrape()["payments_events_read_until_timestamp_seconds", frozenset()]
    assert read_until == pytest.approx(timezone.now().timestamp(), abs=60)
