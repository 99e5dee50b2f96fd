"""The fixtures and classes for a site's tests."""

import pytest
from django.contrib.auth import get_user_model

from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent
from payments_graphql.stripe_client import NoStripeInTestsError
from payments_graphql.testing import PaymentsTestCase

pytest_plugins = ["payments_graphql.testing.plugin"]


def test_a_payment_in_the_browser_is_known_once_its_webhook_is_delivered(
    payments, deliver_webhooks, alice
):
    intent = payments.create(alice, amount="10", currency="USD")
    deliver_webhooks()
    payments.pay_in_browser(intent)
    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"

    types = [event["type"] for event in deliver_webhooks()]

    assert "payment_intent.succeeded" in types
    assert "payment_intent.created" not in types  # it was delivered before
    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert not StripeWebhookEvent.objects.exclude(state__in=("processed", "ignored")).exists()


def test_a_card_that_asks_for_the_customer(payments, deliver_webhooks, alice):
    intent = payments.create(alice, amount="10", currency="USD")
    payments.pay_in_browser(intent, payment_method="pm_card_authenticationRequired")
    payments.authenticate(intent)
    deliver_webhooks()

    intent.refresh_from_db()
    assert intent.status == "succeeded"


def test_a_webhook_that_is_lost_is_not_delivered(payments, deliver_webhooks, stripe_sandbox, alice):
    intent = payments.create(alice, amount="10", currency="USD")
    payments.pay_in_browser(intent)
    with stripe_sandbox.faults.add("webhook_dropped", event="payment_intent.succeeded"):
        types = [event["type"] for event in deliver_webhooks()]

    assert "payment_intent.succeeded" not in types
    assert "payment_intent.created" in types


def test_a_doubled_webhook_is_delivered_twice(payments, deliver_webhooks, stripe_sandbox, alice):
    payments.pay(alice, amount="10", currency="USD")
    with stripe_sandbox.faults.add("webhook_duplicated", event="payment_intent.succeeded"):
        types = [event["type"] for event in deliver_webhooks()]

    assert types.count("payment_intent.succeeded") == 2
    assert StripeWebhookEvent.objects.filter(type="payment_intent.succeeded").count() == 1


def test_a_webhook_that_is_refused_fails_the_test(payments, deliver_webhooks, settings, alice):
    payments.create(alice, amount="10", currency="USD")
    settings.STRIPE_WEBHOOK_SECRET = "whsec_another"

    with pytest.raises(AssertionError, match=r"payment_intent\.created|customer\.created"):
        deliver_webhooks()


@pytest.mark.parametrize(
    ("status", "retryable"), [(500, True), (429, True), (401, True), (502, True)]
)
def test_calls_that_fail(payments, stripe_sandbox, alice, settings, status, retryable):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.1
    payments.service.get_or_create_customer(alice)
    with stripe_sandbox.fails("payment_intents.create", status=status):
        result = payments.service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert (result["success"], result["retryable"]) == (False, retryable)
    assert stripe_sandbox.faults.active() == []


def test_a_call_fails_as_often_as_it_is_told(payments, stripe_sandbox, alice):
    with stripe_sandbox.fails("payment_intents.confirm", status=429, times=1):
        payments.pay(alice, amount="10", currency="USD")

    assert len(stripe_sandbox.requests("POST", "/v1/payment_intents/*/confirm")) == 2


@pytest.mark.parametrize("call", ["payment_intents", "payment_intent.create", "refunds.confirm"])
def test_a_call_that_does_not_exist(stripe_sandbox, call):
    with pytest.raises(ValueError, match=call):
        stripe_sandbox.fails(call)


def test_a_status_that_has_no_fault(stripe_sandbox):
    with pytest.raises(ValueError, match="status must be one of"):
        stripe_sandbox.fails("refunds.create", status=418)


class TestOfAClass(PaymentsTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = get_user_model().objects.create_user("alice", "alice@example.com", "travel")
        cls.paid = cls().payments.pay(cls.user, amount="10", currency="USD")

    def test_it_can_be_paid_in_advance(self):
        refunded = self.payments.service.create_refund(self.paid)
        assert refunded["success"]

    def test_each_test_delivers_its_own(self):
        assert self.deliver_webhooks() == []
        self.payments.create(self.user, amount="10", currency="USD")
        assert [event["type"] for event in self.deliver_webhooks()] == ["payment_intent.created"]


def test_a_test_without_a_sandbox_is_told_so(alice, service, settings):
    settings.PAYMENTS_SANDBOX = None
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(NoStripeInTestsError, match=r"127\.0\.0\.1:9.*stripe_sandbox"):
        service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert not StripePaymentIntent.objects.exclude(stripe_payment_intent_id=None).exists()


def test_a_test_that_cuts_its_sandbox_off_sees_what_a_customer_sees(
    alice, payments, stripe_sandbox, settings
):
    payments.service.get_or_create_customer(alice)
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.1
    stripe_sandbox.stop()

    result = payments.service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert (result["success"], result["retryable"]) == (False, True)


def test_outside_of_tests_nothing_is_said(alice, service, settings, monkeypatch):
    monkeypatch.delattr("django.core.mail.outbox")
    settings.PAYMENTS_SANDBOX = None
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.1

    result = service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert (result["success"], result["retryable"]) == (False, True)
