"""Live status from a real server process. The test's own process, or a webhook to the server, makes
the changes."""

import pytest

from payments_graphql.models import StripePaymentIntent

pytestmark = pytest.mark.django_db(transaction=True)

THREE_D_SECURE = "pm_card_threeDSecure2Required"


def test_the_present_state_comes_first_then_each_change_then_the_end(
    site, subscribe, service, alice, unpaid, authenticate, events
):
    with subscribe(alice, unpaid) as stream:
        assert stream.next().payment["status"] == "REQUIRES_PAYMENT_METHOD"

        service.confirm_payment_intent(unpaid, payment_method=THREE_D_SECURE)
        asked = stream.next().payment
        authenticate(unpaid, "succeed")
        site.deliver(events("payment_intent.succeeded")[0])
        paid = stream.next().payment

        assert asked["status"] == "REQUIRES_ACTION"
        assert (paid["status"], paid["amountReceived"]) == ("SUCCEEDED", "99.99")
        assert asked["version"] < paid["version"]
        assert [event.name for event in stream.all()] == ["complete", "end"]


def test_a_payment_that_is_over_is_told_and_the_stream_ends(subscribe, pay, alice, sandbox):
    with subscribe(alice, pay(alice)) as stream:
        assert stream.next().payment["status"] == "SUCCEEDED"
        assert [event.name for event in stream.all()] == ["complete", "end"]


def test_a_canceled_payment_ends_the_stream(subscribe, service, alice, unpaid):
    with subscribe(alice, unpaid) as stream:
        stream.next()
        service.cancel_payment_intent(unpaid)

        assert stream.next().payment["status"] == "CANCELED"
        assert stream.next().name == "complete"


def test_a_second_decline_is_told_though_it_looks_like_the_first(
    subscribe, service, alice, unpaid, site, make_token, global_id
):
    with subscribe(alice, unpaid) as stream:
        stream.next()
        told = []
        for _ in range(2):
            service.confirm_payment_intent(
                unpaid, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"
            )
            told.append(stream.next().payment)

    assert [payment["lastError"] for payment in told] == [{"code": "card_declined"}] * 2
    assert told[0]["version"] < told[1]["version"]


def test_everybody_who_looks_at_it_is_told(subscribe, service, alice, unpaid):
    with subscribe(alice, unpaid) as one, subscribe(alice, unpaid) as other:
        one.next()
        other.next()
        service.cancel_payment_intent(unpaid)

        assert one.next().payment == other.next().payment


def test_after_a_reconnection_the_present_state_comes_first(subscribe, service, alice, unpaid):
    with subscribe(alice, unpaid) as stream:
        stream.next()
    service.cancel_payment_intent(unpaid)

    with subscribe(alice, unpaid, Last_Event_ID="of-another-time") as stream:
        assert stream.next().payment["status"] == "CANCELED"


def test_silence_is_broken_by_heart_beats(subscribe, alice, unpaid):
    with subscribe(alice, unpaid) as stream:
        stream.next()
        assert [stream.read().name for _ in range(2)] == ["heart-beat", "heart-beat"]


def test_somebody_elses_payment_does_not_exist(subscribe, bob, unpaid):
    with subscribe(bob, unpaid) as stream:
        assert stream.next().error_code == "NOT_FOUND"
        assert [event.name for event in stream.all()] == ["complete", "end"]


@pytest.mark.parametrize("bad", ["", "nonsense", "UGF5bWVudEludGVudDo=", "UmVmdW5kOjE=", "\0"])
def test_a_bad_id_is_a_payment_that_does_not_exist(subscribe, alice, bad):
    with subscribe(alice, bad) as stream:
        assert stream.next().error_code == "NOT_FOUND"
        assert stream.next().name == "complete"


def test_a_payment_that_stripe_has_not_accepted_does_not_exist(subscribe, alice, unpaid):
    StripePaymentIntent.objects.update(stripe_payment_intent_id=None)
    with subscribe(alice, unpaid) as stream:
        assert stream.next().error_code == "NOT_FOUND"


def test_staff_who_may_see_everything_see_it_when_they_ask_for_all(subscribe, sam, unpaid):
    with subscribe(sam, unpaid, scope="ALL") as stream:
        assert stream.next().payment["status"] == "REQUIRES_PAYMENT_METHOD"
    with subscribe(sam, unpaid) as stream:
        assert stream.next().error_code == "NOT_FOUND"


def test_others_may_not_ask_for_all(subscribe, alice, unpaid):
    with subscribe(alice, unpaid, scope="ALL") as stream:
        assert stream.next().error_code == "PERMISSION_DENIED"
        assert stream.next().name == "complete"
