"""A decline's advice is stored, shown and followed. The site's own charges are not card testing."""

import pytest

from payments_graphql import declines
from payments_graphql.errors import CardError, RateLimitedError
from payments_graphql.models import (
    CauseKind,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import payment_intents, setup_intents
from payments_graphql.services.card_testing import cancel_suspected, refuse_blocked
from payments_graphql.services.failed_attempts import get_failed_attempts

CONFIRM = "/v1/payment_intents/*/confirm"


@pytest.fixture
def begin(service, alice, sandbox):
    def begin(**values):
        created = service.create_payment_intent(user=alice, amount="9.99", currency="USD", **values)
        assert created["success"], created
        return created["payment_intent"]

    return begin


@pytest.fixture
def save(service, alice, dashboard, sandbox):
    """Alice's card that declines every charge, saved by a setup intent."""

    def save(method="pm_card_chargeCustomerFail"):
        setup = setup_intents.create_setup_intent(user=alice).setup_intent
        confirmed = dashboard.v1.setup_intents.confirm(
            setup.stripe_setup_intent_id, {"payment_method": method}
        )
        reconcile()
        return alice.payments_graphql_customers.get().payment_methods.get(
            stripe_payment_method_id=confirmed.payment_method
        )

    return save


def _charge(intent, card, **values):
    given = {"off_session": True, **values}
    return payment_intents.confirm_payment_intent(
        payment_intent=intent, payment_method=card, **given
    )


def _decline(intent, card, **values):
    with pytest.raises(CardError) as caught:
        _charge(intent, card, **values)
    return caught.value


@pytest.fixture
def hear_of_a_decline(events, deliver, sandbox):
    """Like the latest failure's event, with other advice, a minute later."""

    def hear(advice_code, seconds=60):
        event = events("payment_intent.payment_failed")[-1]
        subject = event["data"]["object"]
        error = subject["last_payment_error"] | {"message": f"Declined after {seconds}."}
        error.pop("advice_code", None)
        if advice_code:
            error["advice_code"] = advice_code
        changed = {"data": {"object": subject | {"last_payment_error": error}}}
        made = {"id": f"evt_{advice_code}_{seconds}", "created": event["created"] + seconds}
        deliver(event | made | changed)

    return hear


def test_the_advice_is_in_the_error_and_kept(service, begin, save):
    card, intent = save(), begin()
    result = service.confirm_payment_intent(intent, payment_method=card, off_session=True)

    assert result == {
        "success": False,
        "error": "Your card was declined.",
        "error_code": "generic_decline",
        "advice": declines.advise("generic_decline", "try_again_later"),
        "advice_code": "try_again_later",
        "retryable": False,
        "payment_intent": intent,
    }
    assert intent.last_error["advice_code"] == "try_again_later"
    card.refresh_from_db()
    assert card.advice_code == "try_again_later"


def test_try_again_later_may_be_tried_again(begin, save, sandbox):
    card = save()
    _decline(begin(), card)
    _decline(begin(), card)

    assert len(sandbox.requests("POST", CONFIRM)) == 2


@pytest.mark.parametrize("is_another_copy", [False, True])
def test_do_not_try_again_is_obeyed_before_stripe_is_asked(
    begin, save, sandbox, hear_of_a_decline, is_another_copy
):
    card = save()
    other = save() if is_another_copy else card
    _decline(begin(), card)
    hear_of_a_decline("do_not_try_again")
    asked = len(sandbox.requests())

    intent = begin()
    error = _decline(intent, other)

    assert (error.decline_code, error.advice_code) == ("do_not_try_again", "do_not_try_again")
    assert error.advice == declines.advise("", "do_not_try_again")
    assert error.path == ("paymentMethodId",)
    assert "another card" in error.message
    assert not sandbox.requests("POST", CONFIRM)[1:]
    assert len(sandbox.requests()) == asked + 1  # the creation
    intent.refresh_from_db()
    assert intent.is_payable


def test_another_card_may_pay_and_so_may_the_customer(begin, save, hear_of_a_decline, sandbox):
    card = save()
    _decline(begin(), card)
    hear_of_a_decline("do_not_try_again")

    assert _charge(begin(), save("pm_card_visa")).payment_intent.status == "succeeded"
    _decline(begin(), card, off_session=False)
    assert len(sandbox.requests("POST", CONFIRM)) == 3


@pytest.mark.parametrize(("later", "advice"), [("try_again_later", "try_again_later"), ("", "")])
def test_the_last_decline_counts(begin, save, hear_of_a_decline, later, advice):
    card = save()
    intent = begin()
    _decline(intent, card)
    hear_of_a_decline("do_not_try_again", 60)
    hear_of_a_decline(later, 120)
    hear_of_a_decline("do_not_try_again", 90)  # a late event

    card.refresh_from_db()
    assert card.advice_code == advice


def test_a_card_that_paid_is_free_again(begin, save, sandbox, hear_of_a_decline):
    card = save("pm_card_visa")
    type(card).objects.filter(pk=card.pk).update(
        advice_code="do_not_try_again", advised_at=card.as_of
    )
    _decline(begin(), card)
    sandbox.advance(5)
    _charge(begin(), card, off_session=False)

    card.refresh_from_db()
    assert card.advice_code == ""
    assert _charge(begin(), card).payment_intent.status == "succeeded"


@pytest.fixture
def limits(settings):
    settings.PAYMENTS_FAILURES_PER_INTENT = 2
    settings.PAYMENTS_FAILURES_PER_USER = "3/hour"


@pytest.mark.parametrize("known_by", ["answers", "answers and events", "events"])
def test_charges_by_the_site_do_not_count_as_attempts(
    limits, alice, begin, save, events, deliver, known_by
):
    card, intent, waiting = save(), begin(), begin()
    for _ in range(4):
        _decline(intent, card)
    if "events" in known_by:
        deliver(*events("payment_intent.payment_failed"))
        heard = StripeWebhookEvent.objects.filter(type="payment_intent.payment_failed")
        assert all(heard.values_list("request_key", flat=True))
    if known_by == "events":  # the answers came later
        changes = StatusChange.objects.exclude(failure_code="")
        for change, event in zip(changes, heard, strict=True):
            change.cause_kind, change.cause_id = CauseKind.EVENT, event.event_id
        StatusChange.objects.bulk_update(changes, ["cause_kind", "cause_id"])

    refuse_blocked(alice)
    assert cancel_suspected() == 0
    assert get_failed_attempts([alice.pk])[alice.pk].by_intent == {}
    for one in (intent, waiting):
        one.refresh_from_db()
        assert one.is_payable


def test_attempts_of_the_customer_count_beside_them(limits, alice, begin, save, events, deliver):
    card, intent = save(), begin()
    for _ in range(3):
        _decline(intent, card)
    other = begin()
    for _ in range(2):
        _decline(other, card, off_session=False)
    deliver(*events("payment_intent.payment_failed"))

    failed = get_failed_attempts([alice.pk])[alice.pk].by_intent
    assert {pk: len(times) for pk, times in failed.items()} == {other.pk: 2}
    with pytest.raises(RateLimitedError):
        refuse_blocked(alice)
    assert not StripePaymentIntent.objects.get(pk=other.pk).is_payable
