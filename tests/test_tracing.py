"""Spans, as OpenTelemetry's SDK collects them."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from payments_graphql import tracing
from payments_graphql.models import Operation
from payments_graphql.reconciliation import reconcile
from payments_graphql.webhooks import inbox

CREATE = """mutation ($key: String!) {
  createPaymentIntent(input: {idempotencyKey: $key, amount: "12.00", currency: "USD"}) {
    paymentIntent { id stripePaymentIntentId } errors { code message }
  }
}"""


class Spans(InMemorySpanExporter):
    """`spans["graphql query me"]` is the only span of that name."""

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.get_finished_spans() if span.name == name]

    def __getitem__(self, name: str) -> ReadableSpan:
        (found,) = self.named(name)
        return found


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """As a site sets it up. The API accepts a provider only once per process, so it is patched."""
    exporter = Spans()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def ask(client: Client, query: str, **variables: Any) -> Any:
    return client.post(
        "/graphql/",
        orjson.dumps({"query": query, "variables": variables}),
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    ).json()


def test_without_the_sdk_a_span_costs_almost_nothing() -> None:
    assert not tracing.is_on()
    count = 20_000
    started = time.perf_counter()
    for _ in range(count):
        with tracing.span("stripe refunds.create", {"payments.call": "refunds.create"}):
            pass
    took = (time.perf_counter() - started) / count
    assert took < 20e-6, "about 0.5 µs on a quiet machine; a real span costs 30 µs"
    assert tracing.get_traceparent() == ""


@pytest.mark.usefixtures("sandbox")
def test_without_the_sdk_an_operation_stores_no_trace(alice: Any, pay: Any) -> None:
    pay(alice)
    assert set(Operation.objects.values_list("traceparent", flat=True)) == {""}


def test_a_query_has_a_span(client: Client, alice: Any, spans: Spans) -> None:
    client.force_login(alice)
    ask(client, "query Mine { me { username } }")
    span = spans["graphql query me"]
    assert dict(span.attributes or {}) == {
        "payments.operation_type": "query",
        "payments.operation_name": "Mine",
        "payments.outcome": "ok",
        "payments.cost": 2,
    }
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("query", "name", "outcome"),
    [
        ("{", "graphql", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "graphql query", "GRAPHQL_VALIDATION_FAILED"),
        ("{ paymentIntents { nodes { id } } }", "graphql query paymentIntents", "UNAUTHENTICATED"),
        ("{ a: __typename me { username } }", "graphql query me", "ok"),
    ],
)
def test_the_outcome_is_the_first_errors_code(
    client: Client, db: None, spans: Spans, query: str, name: str, outcome: str
) -> None:
    ask(client, query)
    assert (spans[name].attributes or {})["payments.outcome"] == outcome


def test_a_name_that_the_client_chooses_is_cut_and_names_no_span(
    client: Client, db: None, spans: Spans
) -> None:
    ask(client, "query " + "N" * 5_000 + " { me { username } }")
    span = spans["graphql query me"]
    assert (span.attributes or {})["payments.operation_name"] == "N" * 100
    ask(client, "query Card4242424242424242 { paymentsConfig { publishableKey } }")
    span = spans["graphql query paymentsConfig"]
    assert "4242424242424242" not in str(span.attributes)


def test_an_unexpected_error_fails_the_span_without_its_message(
    client: Client, alice: Any, spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        @property
        def STRIPE_PUBLISHABLE_KEY(self) -> str:  # noqa: N802 (the setting's name)
            raise KeyError("alice@example.com")

    monkeypatch.setattr("schema.types.payments_config.conf", Broken())
    answer = ask(client, "{ paymentsConfig { publishableKey } }")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    span = spans["graphql query paymentsConfig"]
    assert span.status.status_code is StatusCode.ERROR
    assert "alice" not in span.to_json()


@pytest.mark.django_db(transaction=True)
def test_a_mutation_leads_to_the_call_of_stripe(
    client: Client, alice: Any, sandbox: Any, spans: Spans
) -> None:
    client.force_login(alice)
    ask(client, CREATE, key="key-1")
    graphql = spans["graphql mutation createPaymentIntent"]
    operation = spans["operation create_payment_intent"]
    call = spans["stripe payment_intents.create"]
    assert call.parent is not None
    assert operation.parent is not None
    assert call.parent.span_id == operation.context.span_id
    assert operation.parent.span_id == graphql.context.span_id
    attributes = dict(call.attributes or {})
    assert str(attributes.pop("payments.stripe_request_id")).startswith("req_")
    assert attributes == {
        "payments.call": "payment_intents.create",
        "payments.status": 200,
        "payments.attempt": 1,
    }
    assert call.kind is trace.SpanKind.CLIENT


@pytest.mark.usefixtures("sandbox")
def test_a_decline_is_told_by_code_alone(alice: Any, service: Any, spans: Spans) -> None:
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_chargeDeclined"
    )
    call = spans["stripe payment_intents.confirm"]
    assert call.status.status_code is StatusCode.ERROR
    assert (call.attributes or {})["payments.status"] == 402
    assert (call.attributes or {})["payments.code"] == "card_declined"
    assert call.events == (), "no exception, whose message and traceback could tell more"


@pytest.mark.parametrize("by", ["site", "browser"])
def test_an_event_is_linked_to_the_operation_that_caused_it(
    sandbox: Any,
    alice: Any,
    service: Any,
    events: Any,
    deliver: Any,
    dashboard: Any,
    spans: Spans,
    by: str,
) -> None:
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    if by == "site":
        service.confirm_payment_intent(intent, payment_method="pm_card_visa")
        cause = spans["operation confirm_payment_intent"]
    else:
        dashboard.v1.payment_intents.confirm(
            intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
        )
        cause = spans["operation create_payment_intent"]
    spans.clear()
    deliver(*events("payment_intent.succeeded"))
    received, processed = spans["webhook receive"], spans["webhook process"]
    assert [link.context.span_id for link in processed.links] == [cause.context.span_id]
    assert [link.context.trace_id for link in processed.links] == [cause.context.trace_id]
    assert processed.parent is not None
    assert processed.parent.span_id == received.context.span_id
    assert processed.context.trace_id != cause.context.trace_id
    found = dict(processed.attributes or {})
    assert found["payments.event_type"] == "payment_intent.succeeded"
    assert found["payments.outcome"] == "processed"


def test_a_failed_event_fails_its_span(
    sandbox: Any,
    alice: Any,
    pay: Any,
    events: Any,
    deliver: Any,
    spans: Spans,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pay(alice)

    def fail(*_: Any) -> Any:
        raise KeyError("alice@example.com")

    monkeypatch.setattr(inbox.handlers, "handle", fail)
    deliver(*events("payment_intent.succeeded"))
    span = spans["webhook process"]
    assert (span.attributes or {})["error.type"] == "KeyError"
    assert "alice" not in span.to_json()


def test_a_forged_webhook_fails_its_span(client: Client, db: None, spans: Spans) -> None:
    client.post("/api/stripe/webhooks/stripe/", "{}", content_type="application/json")
    span = spans["webhook receive"]
    assert (span.attributes or {})["payments.status"] == 400
    assert span.status.status_code is StatusCode.ERROR


def test_a_round_has_a_span_and_resumed_operations_are_linked_to_their_own(
    sandbox: Any, alice: Any, service: Any, spans: Spans
) -> None:
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    operation = Operation.objects.get(kind="create_payment_intent")
    Operation.objects.filter(pk=operation.pk).update(
        state="pending", next_attempt_at=operation.created_at
    )
    first = spans["operation create_payment_intent"]
    reconcile()
    round_, resumed = spans["reconcile round"], spans["operation create_payment_intent resumed"]
    assert [link.context.span_id for link in resumed.links] == [first.context.span_id]
    assert resumed.parent is not None
    assert resumed.parent.span_id == round_.context.span_id
    assert (round_.attributes or {})["payments.operations"] == 1


def test_no_span_has_a_value_that_is_long_or_secret(spans: Spans) -> None:
    values = {"payments.call": "x" * 100_000, "payments.code": "sk_live_51HabcDEFghiJKL"}
    with tracing.span("stripe refunds.create", values) as span:
        tracing.describe(span, finding="alice@example.com", nothing=None, empty="")
    found = dict(spans["stripe refunds.create"].attributes or {})
    assert len(str(found["payments.call"])) < 600
    assert found["payments.code"] == "[redacted]"
    assert found["payments.finding"] == "a•••@example.com"
    assert len(found) == 3


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_an_odd_position_makes_no_link(spans: Spans, traceparent: str) -> None:
    with tracing.span("operation", link=traceparent):
        pass
    assert spans["operation"].links == ()
