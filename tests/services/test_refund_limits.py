"""How much staff may refund without approval. See Note [Refund limits]."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from payments_graphql.errors import AmountError, InvalidStateError, PaymentError
from payments_graphql.models import Operation, RefundRequest, StripeRefund
from payments_graphql.policy import Policy
from payments_graphql.services import refunds
from payments_graphql.services.available_actions import Action, list_available_actions
from payments_graphql.services.refund_approvals import approve_refund
from payments_graphql.services.refund_limits import find_allowance
from payments_graphql.services.refund_orders import RefundOrder
from tests.threads import run_together, wait_until_somebody_waits_for_a_row


@pytest.fixture(autouse=True)
def limits(settings):
    settings.PAYMENTS_REFUND_LIMITS = {
        "Support": {"USD": "50.00/day;120.00/month"},
        "Finance": "unlimited",
    }
    return settings


@pytest.fixture
def paid(alice, pay, sandbox):
    return pay(alice, "99.99")


def refund(intent, amount, user, **values):
    return refunds.create_refund(payment_intent=intent, amount=amount, user=user, **values)[0]


def assert_refused(intent, amount, user, left, message):
    with pytest.raises(AmountError, match=message) as caught:
        refund(intent, amount, user)
    error = caught.value
    assert (error.code, error.path, error.currency) == ("amount_too_large", ("amount",), "USD")
    assert error.maximum == Decimal(left)


def make_older(made, age):
    Operation.objects.filter(refund=made).update(created_at=timezone.now() - age)


def test_refunds_up_to_the_limit_are_made_and_no_more(paid, sue, sandbox):
    refund(paid, "30.00", sue)
    refund(paid, "20.00", sue)

    message = "reached your limit for refunds: 50.00 USD a day, 120.00 USD a month"
    assert_refused(paid, "0.01", sue, "0.00", message)
    assert len(sandbox.requests("POST", "/v1/refunds")) == 2
    assert StripeRefund.objects.count() == 2


def test_the_error_says_what_is_left(paid, sue):
    refund(paid, "30.00", sue)
    assert_refused(paid, "20.01", sue, "20.00", "at most 20.00 USD now.*50.00 USD a day")


def test_the_last_cent_of_the_limit_is_offered(paid, sue):
    refund(paid, "49.99", sue)
    offered = {one.action: one for one in list_available_actions(paid, sue)}[Action.REFUND]
    assert (offered.refusal, offered.maximum_amount) == (None, 1)


def test_what_is_left_is_refunded_only_if_it_is_within_the_limit(paid, sue):
    assert_refused(paid, None, sue, "50.00", "at most 50.00 USD now")


def test_all_payments_count_together(paid, alice, pay, sue):
    refund(paid, "30.00", sue)
    assert_refused(pay(alice), "20.01", sue, "20.00", "at most 20.00 USD")


def test_a_refund_older_than_a_day_counts_for_the_month_alone(paid, alice, pay, sue):
    make_older(refund(paid, "50.00", sue), timedelta(days=1))
    make_older(refund(paid, "40.00", sue), timedelta(days=29, hours=23))
    assert_refused(pay(alice), "40.00", sue, "30.00", "at most 30.00 USD")

    make_older(StripeRefund.objects.get(amount=4000), timedelta(days=30))
    assert refund(pay(alice), "40.00", sue).status == "succeeded"


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_came_to_nothing_does_not_count(paid, sue, status):
    made = refund(paid, "50.00", sue)
    StripeRefund.objects.filter(pk=made.pk).update(status=status)
    assert find_allowance(sue, "USD").left == 5000


def test_a_refused_cancellation_does_not_count_as_another_refund(alice, pay, sue, sandbox):
    made = refund(pay(alice, method="pm_card_refundRequiresAction"), "20.00", sue)
    sandbox.advance(3601)  # it has settled
    with pytest.raises(InvalidStateError):
        refunds.cancel_refund(refund=made, user=sue)
    assert find_allowance(sue, "USD").left == 3000


def test_nobody_elses_refunds_count(paid, sue, fay):
    refund(paid, "10.00", fay)
    refund(paid, "10.00", None)
    assert refund(paid, "50.00", sue).amount == 5000


@pytest.mark.parametrize("values", [{"livemode": True}, {"account": "acct_other"}])
def test_refunds_with_other_keys_do_not_count(paid, sue, values):
    refund(paid, "50.00", sue)
    Operation.objects.update(**values)
    assert refund(paid, "49.00", sue).amount == 4900


def test_an_approved_refund_does_not_count(paid, sue, fay):
    with pytest.raises(PaymentError, match="second person must approve"):
        refund(paid, "49.00", sue, request_approval=True)
    approve_refund(request=RefundRequest.objects.get(), user=fay)
    assert refund(paid, "50.00", sue).amount == 5000


def test_a_group_without_a_limit_refunds_everything(paid, fay):
    assert refund(paid, None, fay).amount == 9999


def test_the_best_of_several_groups_applies(paid, sue, limits):
    limits.PAYMENTS_REFUND_LIMITS = {
        "Support": {"USD": "50.00/day"},
        "Leads": {"USD": "80.00/week"},
    }
    sue.groups.add(Group.objects.create(name="Leads"))
    refund(paid, "60.00", sue)
    assert_refused(paid, "20.01", sue, "20.00", "Your limit is 80.00 USD a week")


def test_the_group_that_leaves_the_most_now_applies(paid, sue, limits):
    limits.PAYMENTS_REFUND_LIMITS = {
        "Support": {"USD": "50.00/day"},
        "Leads": {"USD": "80.00/week"},
    }
    sue.groups.add(Group.objects.create(name="Leads"))
    make_older(refund(paid, "70.00", sue), timedelta(days=2))
    assert_refused(paid, "50.01", sue, "29.99", "At most 29.99 USD can be refunded")
    assert refund(paid, "29.99", sue).amount == 2999


def test_staff_in_no_listed_group_refund_nothing(paid, sam):
    assert_refused(paid, "1.00", sam, "0.00", "cannot refund USD without approval")


def test_nor_does_anybody_in_a_currency_that_is_not_listed(alice, pay, sue, sandbox):
    with pytest.raises(AmountError, match="cannot refund EUR without approval"):
        refund(pay(alice, "10.00", "EUR"), "1.00", sue)


def test_who_is_not_limited(paid, alice, admin_user):
    assert refund(paid, "60.00", admin_user).amount == 6000, "superusers"
    assert refund(paid, "30.00", None).amount == 3000, "the site's own code"
    assert refund(paid, "9.99", alice).amount == 999, "customers, of their own payments"


class Strict(Policy):
    """Nobody refunds dollars, or euros without a second person."""

    def get_refund_rules(self, person, currency):
        return () if currency == "USD" else None

    def get_refund_approval_amount(self, person, currency):
        return 0 if currency == "EUR" else None


@pytest.mark.parametrize(
    ("currency", "refusal"),
    [("USD", "cannot refund USD without approval"), ("EUR", "second person must approve")],
)
def test_the_sites_own_code_is_not_limited_by_its_policy(
    alice, pay, sandbox, settings, currency, refusal
):
    settings.PAYMENTS_POLICY = f"{__name__}.Strict"
    paid = pay(alice, "10.00", currency)
    assert refunds.preview_refund(payment_intent=paid, amount="1.00").needs_approval is False
    assert refund(paid, "1.00", None).amount == 100
    with pytest.raises(PaymentError, match=refusal):
        refund(paid, "1.00", alice)


def test_without_the_setting_there_is_no_limit(paid, sam, limits):
    limits.PAYMENTS_REFUND_LIMITS = {}
    assert refund(paid, None, sam).amount == 9999


def test_the_same_request_again_gets_its_refund_although_the_limit_is_used_up(paid, sue):
    first = refund(paid, "50.00", sue, idempotency_key="key")
    assert refund(paid, "50.00", sue, idempotency_key="key") == first


def test_a_refused_key_can_be_used_again(paid, sue):
    assert_refused(paid, "60.00", sue, "50.00", "at most 50.00")
    with pytest.raises(AmountError):
        refund(paid, "60.00", sue, idempotency_key="key")
    assert refund(paid, "50.00", sue, idempotency_key="key").amount == 5000


@pytest.mark.django_db(transaction=True)
def test_refunds_of_different_payments_at_once_never_exceed_the_limit(
    alice, pay, sue, dashboard, monkeypatch
):
    """Each has the lock of its own payment. The lock of the person decides."""
    intents = [pay(alice, "40.00") for _ in range(2)]
    record = RefundOrder.record

    def record_when_the_other_waits(order, *given):
        wait_until_somebody_waits_for_a_row()
        return record(order, *given)

    monkeypatch.setattr(RefundOrder, "record", record_when_the_other_waits)

    def try_to_refund(number):
        try:
            return refund(intents[number], "30.00", sue).amount
        except AmountError:
            return 0

    assert sorted(run_together(2, try_to_refund)) == [0, 3000]
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [3000]
