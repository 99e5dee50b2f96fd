"""Each line of the table in `operations/__init__.py`."""

import socket

import pytest

from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from tests import faulty_stripe as faults


@pytest.fixture
def create(service, alice):
    def create(**values):
        asked = {"amount": 10, "currency": "USD", "idempotency_key": "key-1"} | values
        return service.create_payment_intent(user=alice, **asked)

    return create


def _operation() -> Operation:
    return Operation.objects.get(kind="create_payment_intent")


def _payments(dashboard) -> int:
    return len(dashboard.v1.payment_intents.list().data)


def _assert_paid_once(create, dashboard) -> None:
    result = create()
    assert result["success"], result
    assert _payments(dashboard) == 1
    assert StripePaymentIntent.objects.accepted().count() == 1
    assert _operation().state == "succeeded"
    assert result["payment_intent"].stripe_payment_intent_id


def test_a_refusal_fails_and_is_repeated(create, stripe_link):
    stripe_link.faults.append(faults.REFUSED)
    first, second = create(), create()

    assert first == second
    assert not first["success"]
    assert not first["retryable"]
    assert _operation().state == "failed"
    assert not StripePaymentIntent.objects.exists()
    assert len(stripe_link.received) == 1


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.FORBIDDEN])
def test_wrong_api_keys_do_not_use_up_the_callers_key(
    create, stripe_link, dashboard, caplog, fault
):
    stripe_link.faults.append(fault)
    result = create()

    assert result["retryable"]
    assert result["error_code"] == "provider_error"
    assert _operation().state == "pending"
    assert any("stripe_refuses_our_keys" in record.getMessage() for record in caplog.records)
    _assert_paid_once(create, dashboard)


def test_an_idempotency_error_at_stripe_does_not_use_up_the_key(
    create, sandbox, dashboard, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    settings.STRIPE_SECRET_KEY = "bad"
    result = create()
    assert result["retryable"], result
    assert "bad" not in result["error"]

    settings.STRIPE_SECRET_KEY = "sk_test_sandbox"
    _assert_paid_once(create, dashboard)


def test_a_closed_port_leaves_it_pending(create, stripe_link, settings, dashboard):
    good = settings.STRIPE_API_BASE
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = create()

    assert (result["error_code"], result["retryable"]) == ("operation_in_progress", True)
    assert _operation().state == "pending"
    assert not StripePaymentIntent.objects.accepted().exists()
    settings.STRIPE_API_BASE = good
    _assert_paid_once(create, dashboard)


@pytest.mark.parametrize("fault", [faults.CONFLICT, faults.TOO_MANY])
def test_a_busy_answer_is_retried_with_the_same_key(
    create, stripe_link, settings, dashboard, fault
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    stripe_link.faults.append(fault)

    result = create()

    assert result["success"], result
    keys = {key for _, path, key in stripe_link.received if path == "/v1/payment_intents"}
    assert len(keys) == 1
    assert _operation().attempts == 2
    assert _payments(dashboard) == 1


@pytest.mark.parametrize("fault", [faults.CONFLICT, faults.TOO_MANY])
def test_busy_answers_for_longer_than_the_caller_waits_leave_it_pending(
    create, stripe_link, dashboard, fault
):
    stripe_link.faults.append(fault)

    result = create()

    assert result["retryable"]
    assert _operation().state == "pending"
    _assert_paid_once(create, dashboard)


LOST = [faults.RESET, faults.RESET_AFTER_EFFECT, faults.HANG, faults.HANG_AFTER_EFFECT]
SERVER_ERRORS = [faults.ERROR_500_AFTER_EFFECT, faults.ERROR_503_AFTER_EFFECT]


GATEWAY = [faults.NOT_JSON, faults.BAD_GATEWAY, faults.BAD_GATEWAY_AFTER_EFFECT]


@pytest.mark.parametrize("fault", [*LOST, *GATEWAY])
def test_no_answer_is_sent_again_while_the_caller_waits(
    create, stripe_link, settings, dashboard, fault
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    settings.PAYMENTS_STRIPE_TIMEOUT = (1, 1)
    stripe_link.faults.append(fault)

    result = create()

    assert result["success"], result
    assert "_secret_" in result["client_secret"]
    _assert_paid_once(create, dashboard)


@pytest.mark.parametrize("fault", LOST)
def test_no_answer_at_all_is_unknown_and_then_settled(
    create, stripe_link, settings, dashboard, make_due, fault
):
    settings.PAYMENTS_STRIPE_TIMEOUT = (1, 1)
    stripe_link.faults.append(fault)
    result = create()

    assert (result["error_code"], result["retryable"]) == ("operation_in_progress", True)
    assert _operation().state == "unknown"
    assert not StripePaymentIntent.objects.accepted().exists()

    make_due()
    reconcile()
    assert _operation().state == "succeeded"
    _assert_paid_once(create, dashboard)


@pytest.mark.parametrize("fault", SERVER_ERRORS)
def test_a_server_error_is_settled_by_reading(create, stripe_link, dashboard, make_due, fault):
    stripe_link.faults.append(fault)
    assert create()["retryable"]
    assert _operation().state == "unknown"

    make_due()
    reconcile()

    posts = [path for method, path, _ in stripe_link.received if method == "POST"]
    assert posts == ["/v1/payment_intents"]
    _assert_paid_once(create, dashboard)


def test_a_server_error_without_an_effect_proves_nothing(create, stripe_link, dashboard, make_due):
    stripe_link.faults.append(faults.ERROR_500)
    create()
    make_due()
    reconcile()

    assert _operation().state == "unknown"
    assert create()["error_code"] == "operation_in_progress"
    posts = [path for method, path, _ in stripe_link.received if method == "POST"]
    assert posts == ["/v1/payment_intents"]  # never sent again automatically
    assert _payments(dashboard) == 0


def test_stripe_should_retry_overrides_the_status(create, stripe_link, settings, dashboard):
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    again = faults.Fault(500, body={"type": "api_error"}, headers={"Stripe-Should-Retry": "true"})
    stripe_link.faults.append(again)

    assert create()["success"]
    assert _payments(dashboard) == 1


NO_RETRY = {"Stripe-Should-Retry": "false"}


@pytest.mark.parametrize(
    ("status", "state"), [(409, "unknown"), (429, "pending"), (500, "unknown"), (400, "failed")]
)
def test_a_call_that_stripe_forbids_to_retry_is_not_retried(
    create, stripe_link, settings, status, state
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    body = {"type": "invalid_request_error", "message": "No."}
    stripe_link.faults.append(faults.Fault(status, body=body, headers=NO_RETRY))

    assert not create()["success"]

    assert len(stripe_link.received) == 1
    assert _operation().state == state


def test_wrong_keys_after_a_lost_answer_leave_it_unknown(create, stripe_link):
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    create()

    stripe_link.faults.append(faults.UNAUTHORIZED)
    create()
    assert _operation().state == "unknown"


def test_a_refused_customer_can_be_made_later(stripe_link, service, bob):
    stripe_link.faults.append(faults.REFUSED)
    result = service.create_payment_intent(user=bob, amount=10, currency="USD")
    assert not result["success"]
    assert not result["retryable"]

    assert service.create_payment_intent(user=bob, amount=10, currency="USD")["success"]


def test_a_lost_answer_about_the_customer_makes_one_customer(stripe_link, service, bob, dashboard):
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    first = service.create_payment_intent(user=bob, amount=10, currency="USD")
    assert first["error_code"] == "operation_in_progress"

    assert service.create_payment_intent(user=bob, amount=10, currency="USD")["success"]
    emails = [customer.email for customer in dashboard.v1.customers.list().data]
    assert emails.count("bob@example.com") == 1
