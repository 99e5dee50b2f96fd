"""Which failures count, and how long they block the user."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from payments_graphql.models import StatusChange, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.card_testing import refuse_blocked
from payments_graphql.services.failed_attempts import get_failed_attempts, get_horizon
from tests.made_statements import noting_made_statements
from tests.services.card_testing.conftest import DECLINED, is_blocked


def test_nine_failures_block_nobody(alice, begin, tester, deliver_failures):
    tester(begin(alice), 9)
    deliver_failures()

    assert reconcile().canceled == 0
    assert is_blocked(alice) is None


def test_the_same_event_twice_is_one_failure(alice, begin, tester, deliver_failures):
    tester(begin(alice), 9)
    deliver_failures()
    deliver_failures()
    reconcile()
    assert is_blocked(alice) is None


def test_twenty_failures_in_more_than_an_hour_block_nobody(
    alice, begin, tester, deliver_failures, let_time_pass
):
    for _ in range(2):
        tester(begin(alice), 5)
    deliver_failures()
    let_time_pass(timedelta(minutes=61))
    for _ in range(2):
        tester(begin(alice), 5)
    deliver_failures()
    assert is_blocked(alice) is None


def test_a_failure_seen_by_confirm_and_by_event_counts_once(
    alice, begin, service, deliver_failures
):
    intent, _ = begin(alice)
    for _ in range(5):
        service.confirm_payment_intent(intent, payment_method=DECLINED)
        deliver_failures()
    assert StripeWebhookEvent.objects.count() == 5
    assert StatusChange.objects.exclude(failure_code="").count() == 5
    assert is_blocked(alice) is None


def test_a_block_says_when_it_ends_and_ends_by_itself(
    alice, begin, tester, deliver_failures, let_time_pass
):
    tester(begin(alice), 10)
    deliver_failures()
    error = is_blocked(alice)
    assert 3590 < error.retry_after <= 3600
    assert error.retryable
    ends = timezone.now() + timedelta(seconds=error.retry_after)
    assert f"{ends:%Y-%m-%d %H:}" in error.message

    let_time_pass(timedelta(minutes=59))
    assert 0 < is_blocked(alice).retry_after <= 60
    let_time_pass(timedelta(minutes=1))
    assert is_blocked(alice) is None


def test_failures_are_each_users_own_and_in_order(
    alice, bob, begin, tester, deliver_failures, let_time_pass
):
    hers, his = begin(alice), begin(bob)
    tester(hers, 2)
    deliver_failures()
    let_time_pass(timedelta(minutes=30))
    tester(hers, 1)
    tester(his, 1)
    deliver_failures()
    of_hers = StripeWebhookEvent.objects.filter(object_id=hers[0].stripe_payment_intent_id)
    last = of_hers.order_by("-stripe_created")[0]  # it came last, but happened first
    of_hers.filter(pk=last.pk).update(stripe_created=last.stripe_created - timedelta(hours=1))

    found = get_failed_attempts([alice.pk, bob.pk])

    assert {pk: set(one.by_intent) for pk, one in found.items()} == {
        alice.pk: {hers[0].pk},
        bob.pk: {his[0].pk},
    }
    times = found[alice.pk].by_intent[hers[0].pk]
    assert (len(times), times) == (3, sorted(times))
    assert get_failed_attempts([bob.pk]).keys() == {bob.pk}


def test_a_kept_statement_counts_the_failures_of_the_user_and_the_time_that_are_asked_for(
    alice, bob, begin, tester, deliver_failures, let_time_pass
):
    hers, his = begin(alice), begin(bob)
    tester(hers, 2)
    tester(his, 1)
    deliver_failures()

    def count(user):
        return [len(times) for times in get_failed_attempts([user.pk])[user.pk].by_intent.values()]

    get_failed_attempts([None])  # of a payer without a user: nothing that could be kept
    assert (count(alice), count(bob), count(alice)) == ([2], [1], [2])
    if connection.vendor == "postgresql":
        with noting_made_statements() as made:
            assert count(bob) == [1]
        assert StatusChange not in made
    rows = StripePaymentIntent.objects.filter(pk=hers[0].pk)
    rows.update(updated_at=timezone.now() - get_horizon() - timedelta(minutes=1))
    assert (count(alice), count(bob)) == ([], [1])


def test_failed_refunds_do_not_count_as_attempts_to_pay(alice, pay, service, settings, sandbox):
    settings.PAYMENTS_FAILURES_PER_INTENT = 1
    intent = pay(alice, method="pm_card_refundFail")
    assert service.create_refund(intent)["success"]
    sandbox.advance(2)
    reconcile()
    assert StatusChange.objects.exclude(failure_code="").exists()
    assert is_blocked(alice) is None


def test_the_settings_can_switch_it_off(alice, begin, tester, deliver_failures, settings):
    settings.PAYMENTS_FAILURES_PER_INTENT = 0
    settings.PAYMENTS_FAILURES_PER_USER = ""
    for _ in range(2):
        tester(begin(alice), 12)
    deliver_failures()
    assert reconcile().canceled == 0
    assert is_blocked(alice) is None


def test_the_settings_say_how_many_and_for_how_long(
    alice, begin, tester, deliver_failures, settings
):
    settings.PAYMENTS_FAILURES_PER_USER = "3/minute"
    settings.PAYMENTS_FAILURES_BLOCK = timedelta(days=2)
    for _ in range(3):
        tester(begin(alice), 1)
    deliver_failures()
    assert is_blocked(alice).retry_after > 47 * 3600


def test_a_user_without_failures_costs_two_statements(alice, pay, django_assert_num_queries):
    with django_assert_num_queries(2):
        refuse_blocked(alice)
    pay(alice)
    with django_assert_num_queries(2):
        refuse_blocked(alice)
