"""The account of our key: read once, stored, and never guessed."""

import pytest
import stripe

from payments_graphql.errors import ProviderError
from payments_graphql.models import (
    Operation,
    StripeAccount,
    StripeCustomer,
    StripePaymentIntent,
    StripeWebhookEvent,
    find_account,
    forget_accounts,
    get_account,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.sandbox import Sandbox

NOWHERE = "http://127.0.0.1:1"


def count_questions(sandbox):
    return len(sandbox.requests("GET", "/v1/account"))


def test_stripe_is_asked_once_for_each_key(asks_for_account, sandbox, settings):
    first = get_account()
    assert first.startswith("acct_")
    assert (get_account(), count_questions(sandbox)) == (first, 1)

    forget_accounts()  # like a new process
    assert (get_account(), count_questions(sandbox)) == (first, 1)

    settings.STRIPE_SECRET_KEY = "sk_test_another"
    assert get_account() not in ("", first)
    assert count_questions(sandbox) == 2


def test_the_key_itself_is_not_stored(asks_for_account, settings):
    get_account()
    stored = str(StripeAccount.objects.values().get())
    assert settings.STRIPE_SECRET_KEY not in stored
    assert settings.STRIPE_SECRET_KEY[8:] not in stored


def test_rows_carry_it(asks_for_account, alice, pay):
    intent = pay(alice)
    operation = Operation.objects.filter(payment_intent=intent).first()
    assert {intent.account, intent.customer.account, operation.account} == {get_account()}


def test_the_setting_is_enough_for_a_key_that_may_not_read_it(settings, sandbox, db):
    settings.PAYMENTS_ACCOUNT = "acct_named"
    assert get_account() == "acct_named"
    assert count_questions(sandbox) == 0


class TestWhileStripeIsAway:
    @pytest.fixture(autouse=True)
    def _away(self, asks_for_account, settings):
        settings.STRIPE_API_BASE = NOWHERE
        settings.PAYMENTS_OPERATION_TIMEOUT = 0

    def test_nothing_is_guessed(self, alice):
        assert find_account() is None
        with pytest.raises(ProviderError) as caught:
            StripePaymentIntent.objects.for_user(alice)
        assert (caught.value.code, caught.value.retryable) == ("unavailable", True)

    def test_a_payment_is_refused_before_anything_is_recorded(self, service, alice):
        refused = service.create_payment_intent(user=alice, amount=5, currency="USD")
        assert (refused["error_code"], refused["retryable"]) == ("unavailable", True)
        assert not Operation.objects.exists()
        assert not StripeCustomer.objects.exists()

    def test_an_event_is_stored_and_waits(self, alice, settings, sandbox, events, deliver, pay):
        settings.STRIPE_API_BASE, settings.PAYMENTS_OPERATION_TIMEOUT = sandbox.url, 5
        pay(alice)
        happened = events("payment_intent.succeeded")
        StripeAccount.objects.all().delete()
        forget_accounts()
        settings.STRIPE_API_BASE = NOWHERE

        deliver(*happened)

        event = StripeWebhookEvent.objects.get()
        assert (event.state, event.account) == ("pending", "")
        assert not reconcile().broken
        settings.STRIPE_API_BASE = sandbox.url
        reconcile()
        event.refresh_from_db()
        assert (event.state, event.account) == ("processed", get_account())

    def test_a_round_is_in_vain_but_not_broken(self):
        round_ = reconcile()
        assert round_.broken == ()
        assert "operations" in round_.in_vain


class TestNoSuchCustomer:
    @pytest.fixture
    def another_stripe(self, settings):
        """An account that knows none of the customers here."""
        with Sandbox() as sandbox:
            settings.STRIPE_API_BASE = sandbox.url
            yield sandbox

    @pytest.fixture
    def known(self, asks_for_account, alice, pay):
        return pay(alice).customer

    def pay_again(self, service, alice):
        result = service.create_payment_intent(
            user=alice, amount=5, currency="USD", idempotency_key="key-1"
        )
        assert result["success"], result
        return result["payment_intent"].customer

    def test_deleted_test_data_of_the_same_account(
        self, service, alice, known, another_stripe, caplog
    ):
        new = self.pay_again(service, alice)

        known.refresh_from_db()
        assert known.deleted_at is not None
        assert (new.generation, new.account) == (2, known.account)
        assert "customer_not_at_stripe" in caplog.text

    def test_a_customer_of_another_account_is_kept(
        self, service, alice, known, another_stripe, settings
    ):
        settings.STRIPE_SECRET_KEY = "sk_test_another"

        new = self.pay_again(service, alice)

        known.refresh_from_db()
        assert known.deleted_at is None
        assert new.generation == 1
        assert new.account != known.account
        assert not another_stripe.requests("GET", "/v1/customers/*")

    def test_a_wrong_stored_account_is_corrected(
        self, service, alice, known, another_stripe, caplog
    ):
        for model in (StripeAccount, StripeCustomer, StripePaymentIntent, Operation):
            model.objects.update(account="acct_before")
        forget_accounts()

        new = self.pay_again(service, alice)

        known.refresh_from_db()
        assert known.deleted_at is None
        assert (new.generation, new.account) == (1, get_account())
        assert "stripe_account_changed" in caplog.text

    def test_a_wrong_setting_is_not_believed(
        self, service, alice, known, another_stripe, settings, caplog
    ):
        settings.PAYMENTS_ACCOUNT = "acct_wrong"
        StripeCustomer.objects.update(account="acct_wrong")

        refused = service.create_payment_intent(user=alice, amount=5, currency="USD")

        known.refresh_from_db()
        assert refused["success"] is False
        assert known.deleted_at is None
        assert "stripe_account_changed" in caplog.text

    def test_a_default_card_of_a_customer_who_is_gone(
        self, service, alice, asks_for_account, pay, another_stripe, sandbox, settings
    ):
        settings.STRIPE_API_BASE = sandbox.url
        intent = pay(alice, save_payment_method=True)
        reconcile()
        [method] = service.list_payment_methods(alice)
        settings.STRIPE_API_BASE = another_stripe.url

        assert service.set_default_payment_method(method)["success"] is False

        intent.customer.refresh_from_db()
        assert intent.customer.deleted_at is not None
        assert service.list_payment_methods(alice) == []


class TestEventsOfConnectedAccounts:
    @pytest.mark.parametrize("is_known", [True, False])
    def test_they_are_ignored_with_the_reason(
        self, asks_for_account, alice, pay, events, deliver, is_known
    ):
        pay(alice)
        [event] = events("payment_intent.succeeded")
        if not is_known:
            StripeAccount.objects.all().delete()
            forget_accounts()

        deliver({**event, "account": "acct_connected"})

        row = StripeWebhookEvent.objects.get()
        assert (row.state, row.account, row.payload) == ("ignored", "acct_connected", None)
        assert "acct_connected" in row.reason

    def test_our_own_is_taken(self, alice, pay, events, deliver):
        pay(alice)
        [event] = events("payment_intent.succeeded")
        deliver({**event, "account": get_account()})
        assert StripeWebhookEvent.objects.get().state == "processed"


def test_the_sandbox_gives_each_secret_key_its_account(sandbox, dashboard):
    account = dashboard.v1.accounts.retrieve_current()
    assert (account.object, account.id[:6]) == ("account", "acct_1")
    other = stripe.StripeClient("sk_test_b", base_addresses={"api": sandbox.url})
    assert other.v1.accounts.retrieve_current().id != account.id
    public = stripe.StripeClient("pk_test_b", base_addresses={"api": sandbox.url})
    with pytest.raises(stripe.PermissionError):
        public.v1.accounts.retrieve_current()
