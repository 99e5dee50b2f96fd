"""A suspected card tester's open payments and setups are canceled."""

from datetime import timedelta

import pytest
import stripe
from django.db.models import F
from django.utils import timezone

from payments_graphql.errors import CardError
from payments_graphql.models import Operation, StripePaymentIntent, StripeSetupIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import card_testing, payment_intents
from payments_graphql.services.card_testing import cancel_suspected
from payments_graphql.webhooks import inbox
from tests.faulty_stripe import REFUSED, faulty_stripe
from tests.services.card_testing.conftest import CANCEL, DECLINED, is_blocked
from tests.threads import run_together


def test_a_payment_that_failed_ten_times_is_canceled_in_the_next_round(
    alice, begin, tester, deliver_failures, sandbox, caplog
):
    begun = begin(alice)
    tester(begun, 10)  # within a second or two, of which the mirror keeps only the last
    deliver_failures()
    assert sandbox.requests("POST", CANCEL) == []  # a webhook never calls Stripe

    assert reconcile().canceled == 1

    intent = StripePaymentIntent.objects.get()
    assert (intent.status, intent.cancellation_reason) == ("canceled", "fraudulent")
    operation = Operation.objects.get(kind="cancel_payment_intent")
    assert (operation.actor, operation.state) == ("system:card_testing", "succeeded")
    assert reconcile().canceled == 0
    suspected = [line for line in caplog.records if "card_testing_suspected" in line.getMessage()]
    assert len(suspected) == 1
    assert suspected[0].levelname == "WARNING"
    assert intent.stripe_payment_intent_id in suspected[0].getMessage()


def test_a_canceled_payment_is_useless_to_the_tester(
    alice, begin, tester, deliver_failures, sandbox
):
    begun = begin(alice)
    tester(begun, 10)
    deliver_failures()
    reconcile()
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        tester(begun, 1)


def test_failures_without_a_webhook_are_found_in_the_same_round(alice, begin, tester):
    tester(begin(alice), 10)

    assert reconcile().canceled == 1
    assert is_blocked(alice)


def test_twenty_failures_on_several_payments_cancel_all_that_is_open(
    alice, bob, begin, tester, deliver_failures
):
    for _ in range(4):
        tester(begin(alice), 5)
    untried, _ = begin(alice)
    others, _ = begin(bob)
    deliver_failures()

    assert reconcile().canceled == 5

    untried.refresh_from_db()
    others.refresh_from_db()
    assert untried.status == "canceled"
    assert others.status == "requires_payment_method"
    assert is_blocked(alice)
    assert is_blocked(bob) is None


def test_nineteen_failures_on_several_payments_cancel_none(alice, begin, tester, deliver_failures):
    for times in (5, 5, 5, 4):
        tester(begin(alice), times)
    deliver_failures()
    assert reconcile().canceled == 0
    assert is_blocked(alice) is None


def test_cards_that_cannot_be_saved_count_and_the_setup_is_canceled(
    alice, service, begin, tester, deliver_failures, dashboard
):
    created = service.create_setup_intent(user=alice)
    open_payment, _ = begin(alice)
    tester((created["setup_intent"], created["client_secret"]), 10)
    deliver_failures()

    assert reconcile().canceled == 2

    setup = StripeSetupIntent.objects.get()
    assert setup.status == "canceled"
    at_stripe = dashboard.v1.setup_intents.retrieve(setup.stripe_setup_intent_id)
    assert at_stripe.status == "canceled"
    operation = Operation.objects.get(kind="cancel_setup_intent")
    assert (operation.actor, operation.state) == ("system:card_testing", "succeeded")
    assert (operation.setup_intent, operation.customer) == (setup, setup.customer)
    open_payment.refresh_from_db()
    assert open_payment.status == "canceled"
    assert is_blocked(alice)


def test_a_server_side_confirm_that_reaches_the_limit_cancels_at_once(alice, begin, sandbox):
    intent, _ = begin(alice)
    for _ in range(9):
        with pytest.raises(CardError):
            payment_intents.confirm_payment_intent(
                payment_intent=intent, payment_method=DECLINED, user=alice
            )
    assert sandbox.requests("POST", CANCEL) == []
    with pytest.raises(CardError):
        payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method=DECLINED, user=alice
        )

    intent.refresh_from_db()
    assert (intent.status, intent.cancellation_reason) == ("canceled", "fraudulent")
    assert is_blocked(alice)


def test_a_server_side_confirm_that_blocks_the_user_cancels_at_once(
    alice, begin, sandbox, settings
):
    settings.PAYMENTS_FAILURES_PER_USER = "2/hour"
    intents = [begin(alice)[0] for _ in range(2)]
    for intent in intents:
        with pytest.raises(CardError):
            payment_intents.confirm_payment_intent(
                payment_intent=intent, payment_method=DECLINED, user=alice
            )

    intents[1].refresh_from_db()
    assert intents[1].status == "canceled"
    assert len(sandbox.requests("POST", CANCEL)) == 1  # the next round cancels the other


def test_a_round_has_a_limit(alice, begin, tester, deliver_failures):
    begin(alice)
    tester(begin(alice), 10)
    deliver_failures()
    inbox.process_due()

    assert [cancel_suspected(limit=1) for _ in range(3)] == [1, 1, 0]


def test_a_cancel_that_stripe_refuses_is_tried_again_after_ten_minutes(
    alice, service, begin, tester, deliver_failures, let_time_pass, sandbox, settings
):
    created = service.create_setup_intent(user=alice)
    begin(alice)
    tester((created["setup_intent"], created["client_secret"]), 10)
    deliver_failures()
    inbox.process_due()
    tried = []
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        for minutes in (0, 9, 1):
            let_time_pass(timedelta(minutes=minutes))
            link.always = REFUSED
            assert cancel_suspected() == 0
            tried.append(sum(path.endswith("/cancel") for _, path, _ in link.received))
            link.always = None
            begin(alice)  # new ones are tried in the next round
            service.create_setup_intent(user=alice)

    assert tried == [2, 4, 8]


def test_a_payment_that_its_customer_cancels_at_the_same_moment_is_not_logged(
    alice, begin, tester, deliver_failures, service, monkeypatch, caplog
):
    begun = begin(alice)
    tester(begun, 10)
    deliver_failures()
    inbox.process_due()
    find = card_testing._list_suspected

    def find_and_let_her_cancel(users, limit):
        found = find(users, limit)
        assert service.cancel_payment_intent(begun[0])["success"]
        return found

    monkeypatch.setattr(card_testing, "_list_suspected", find_and_let_her_cancel)

    assert cancel_suspected() == 0
    assert "card_testing_suspected" not in caplog.text


def test_a_payment_that_succeeds_at_the_same_moment_stays_paid(
    alice, begin, tester, deliver_failures, dashboard, caplog
):
    begun = begin(alice)
    tester(begun, 10)
    deliver_failures()
    inbox.process_due()
    # Its event has not arrived.
    dashboard.v1.payment_intents.confirm(
        begun[0].stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    assert cancel_suspected() == 0
    reconcile()

    intent = StripePaymentIntent.objects.get()
    assert (intent.status, intent.amount_received) == ("succeeded", 100)
    assert "card_testing_suspected" in caplog.text


def test_while_stripe_is_unreachable_it_is_retried(
    alice, begin, tester, deliver_failures, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    tester(begin(alice), 10)
    deliver_failures()
    with sandbox.faults.add("rate_limited", method="POST", path=CANCEL):
        assert reconcile().canceled == 0
    Operation.objects.update(
        lease_expires_at=timezone.now(), next_attempt_at=timezone.now() - timedelta(seconds=1)
    )
    reconcile()
    assert StripePaymentIntent.objects.get().status == "canceled"
    assert Operation.objects.filter(kind="cancel_payment_intent").count() == 1


def test_a_payment_that_was_not_canceled_in_time_is_canceled_after_the_block(
    alice, begin, tester, deliver_failures, let_time_pass
):
    tester(begin(alice), 10)
    deliver_failures()
    inbox.process_due()
    let_time_pass(timedelta(hours=3))
    assert is_blocked(alice) is None
    assert reconcile().canceled == 1


def test_an_attempt_that_waits_for_the_bank_hides_no_failures(
    alice, begin, tester, deliver_failures, dashboard
):
    begun = begin(alice)
    tester(begun, 10)
    dashboard.v1.payment_intents.confirm(
        begun[0].stripe_payment_intent_id,
        {"payment_method": "pm_card_threeDSecureRequired", "return_url": "https://shop.example"},
    )

    assert reconcile().canceled == 1


def test_an_authorized_payment_is_left(alice, begin, tester, deliver_failures, service):
    held, _ = begin(alice, capture_method="manual")
    assert service.confirm_payment_intent(held, payment_method="pm_card_visa")["success"]
    tester(begin(alice), 10)
    deliver_failures()

    assert reconcile().canceled == 1
    held.refresh_from_db()
    assert held.status == "requires_capture"


@pytest.mark.django_db(transaction=True)
def test_several_machines_cancel_it_once_and_log_it_once(
    alice, begin, tester, deliver_failures, caplog
):
    tester(begin(alice), 10)
    deliver_failures()
    inbox.process_due()

    canceled = run_together(3, lambda number: cancel_suspected())

    assert sum(canceled) == 1
    assert Operation.objects.filter(kind="cancel_payment_intent").count() == 1
    assert caplog.text.count("card_testing_suspected") == 1


@pytest.mark.parametrize(("age", "blocks"), [(6, True), (8, False), (30, False)])
def test_an_old_client_secret_is_stopped_as_well(
    alice, service, tester, deliver_failures, age, blocks
):
    """But a customer who waits does not wait for the check of everything old."""
    created = service.create_setup_intent(user=alice)
    StripeSetupIntent.objects.update(created_at=F("created_at") - timedelta(days=age))
    tester((created["setup_intent"], created["client_secret"]), 10)
    deliver_failures()

    assert reconcile().canceled == 1
    assert StripeSetupIntent.objects.get().status == "canceled"
    assert (is_blocked(alice) is not None) is blocks
