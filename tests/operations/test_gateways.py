"""Note [Stripe's own answer]: a gateway's answer says nothing about what Stripe did."""

from datetime import timedelta

import pytest

from payments_graphql.errors import ProviderError
from payments_graphql.models import Operation, StripePaymentIntent, StripeRefund
from payments_graphql.operations import resume_due
from payments_graphql.services import payment_intents
from tests import faulty_stripe as faults
from tests.faulty_stripe import GATEWAY_STATUSES, Fault

IS_SENT_ON = pytest.mark.parametrize("is_sent_on", [False, True])
STATUSES = pytest.mark.parametrize("status", GATEWAY_STATUSES)


def _gateway(status: int, *, is_sent_on: bool) -> Fault:
    return Fault(status, is_sent_on=is_sent_on)


def _posts(stripe_link, path: str) -> list[str]:
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]


@STATUSES
@IS_SENT_ON
def test_a_refund_stays_reserved_and_is_made_once(
    service, alice, pay, stripe_link, make_due, dashboard, status, is_sent_on
):
    intent = pay(alice, "99.99")
    stripe_link.faults.append(_gateway(status, is_sent_on=is_sent_on))

    result = service.create_refund(intent, amount=60, idempotency_key="first")

    assert result["retryable"], result
    assert Operation.objects.get(kind="create_refund").state == "unknown"
    assert intent.amount_refundable == 3999
    again = service.create_refund(intent, amount=60, idempotency_key="second")
    assert again["error_code"] == "amount_too_large"
    make_due()
    resume_due()
    assert StripeRefund.objects.get().status == "succeeded"
    assert [refund.amount for refund in dashboard.v1.refunds.list().data] == [6000]
    assert len(set(_posts(stripe_link, "/refunds"))) == 1


@STATUSES
@IS_SENT_ON
def test_a_payment_is_made_once(
    service, alice, stripe_link, make_due, dashboard, status, is_sent_on
):
    def create():
        return service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key="key-1"
        )

    stripe_link.faults.append(_gateway(status, is_sent_on=is_sent_on))
    assert create()["retryable"]
    assert Operation.objects.get(kind="create_payment_intent").state == "unknown"

    assert create()["success"]

    assert len(dashboard.v1.payment_intents.list().data) == 1
    assert StripePaymentIntent.objects.count() == 1


@STATUSES
def test_a_capture_is_found_to_be_done(service, alice, pay, stripe_link, make_due, status):
    held = pay(alice, capture_method="manual")
    stripe_link.faults.append(_gateway(status, is_sent_on=True))
    assert service.capture_payment_intent(held)["retryable"]

    make_due()
    resume_due()

    held.refresh_from_db()
    assert held.status == "succeeded"
    assert Operation.objects.get(kind="capture_payment_intent").state == "succeeded"


def test_it_is_sent_again_while_the_caller_waits(service, alice, stripe_link, settings, dashboard):
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    stripe_link.faults.append(_gateway(404, is_sent_on=True))

    result = service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert result["success"], result
    assert len(dashboard.v1.payment_intents.list().data) == 1


def test_a_creation_that_a_gateway_always_refuses_does_not_lock_its_booking(
    service, alice, booking, stripe_link, make_due
):
    stripe_link.always = Fault(403)
    assert service.create_payment_intent(user=alice, booking=booking)["retryable"]
    make_due(age=timedelta(minutes=3))
    resume_due()
    stripe_link.always = None

    operation = Operation.objects.get(kind="create_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "abandoned")
    assert not StripePaymentIntent.objects.exists()
    assert service.create_payment_intent(user=alice, booking=booking)["success"]


@STATUSES
def test_a_read_with_such_an_answer_failed_and_settles_nothing(
    service, alice, pay, stripe_link, make_due, status
):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500_AFTER_EFFECT)
    service.create_refund(intent, amount=60)
    stripe_link.also_reads = True
    stripe_link.faults.append(_gateway(status, is_sent_on=False))
    make_due()
    resume_due()
    assert Operation.objects.get(kind="create_refund").state == "unknown"

    make_due()
    resume_due()
    assert Operation.objects.get(kind="create_refund").state == "succeeded"


def test_a_person_who_reads_is_told_to_try_again(service, alice, stripe_link):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    stripe_link.also_reads = True
    stripe_link.faults.append(_gateway(404, is_sent_on=False))

    with pytest.raises(ProviderError) as caught:
        payment_intents.sync_payment_intent(intent)

    assert caught.value.retryable


def test_a_replayed_decline_does_not_undo_what_came_after_it(
    service, alice, stripe_link, dashboard, settings
):
    """The answer to the first attempt was lost, the customer paid on the page, and the repeated
    request repeats the decline."""
    settings.PAYMENTS_OPERATION_TIMEOUT = 5
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    stripe_id = intent.stripe_payment_intent_id

    def authenticate_later():
        dashboard.v1.payment_intents.confirm(
            stripe_id, {"payment_method": "pm_card_threeDSecureRequired"}
        )

    stripe_link.faults.append(Fault(404, is_sent_on=True, after=authenticate_later))
    result = service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")

    assert result["error_code"] == "generic_decline"
    intent.refresh_from_db()
    assert intent.status == "requires_action"
    assert Operation.objects.get(kind="confirm_payment_intent").state == "failed"
