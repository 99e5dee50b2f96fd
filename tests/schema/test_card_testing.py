"""What a suspected card tester is told."""

import pytest

from payments_graphql.models import Operation, StatusChange

DECLINED = "pm_card_visa_chargeDeclined"


@pytest.fixture
def blocked(settings, service, alice, sandbox):
    """Alice, after three failures."""
    settings.PAYMENTS_FAILURES_PER_INTENT = 3
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    for _ in range(3):
        service.confirm_payment_intent(created["payment_intent"], payment_method=DECLINED)
    return created["payment_intent"]


def create(client, key="k"):
    given = {"idempotencyKey": key, "amount": "10.00", "currency": "USD"}
    return client.mutate("createPaymentIntent", given, "replayed paymentIntent { id }")


def assert_refused(payload):
    [error] = payload["errors"]
    assert error["__typename"] == "RateLimitedError"
    assert 3500 < error["retryAfter"] <= 3600
    assert error["message"].startswith("Too many payment attempts have failed. Try again after 20")
    assert error["message"].endswith(" UTC.")


def test_the_confirm_that_was_one_too_many_shows_the_decline_and_a_canceled_payment(
    as_alice, alice, service, settings, sandbox, global_id
):
    settings.PAYMENTS_FAILURES_PER_INTENT = 2
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    given = {
        "paymentIntentId": global_id("PaymentIntent", intent.pk),
        "stripePaymentMethodId": DECLINED,
    }
    selection = "paymentIntent { status clientSecret }"
    first = as_alice.mutate("confirmPaymentIntent", given, selection)
    assert first["paymentIntent"]["status"] == "REQUIRES_PAYMENT_METHOD"

    second = as_alice.mutate("confirmPaymentIntent", given, selection)

    assert second["errors"][0]["__typename"] == "CardError"
    assert second["paymentIntent"] == {"status": "CANCELED", "clientSecret": None}


def test_payments_and_saved_cards_are_refused_and_it_is_said_until_when(blocked, as_alice):
    assert_refused(create(as_alice))
    given = {"idempotencyKey": "k"}
    payload = as_alice.mutate("createSetupIntent", given, "setupIntent { id }")
    assert_refused(payload)
    assert payload["setupIntent"] is None
    assert not Operation.objects.filter(key="k").exists()


def test_afterwards_the_same_key_is_good(blocked, as_alice, settings):
    assert_refused(create(as_alice))
    StatusChange.objects.update(occurred_at=blocked.created_at.replace(year=2020))
    payload = create(as_alice)
    assert payload["errors"] == []
    assert payload["replayed"] is False


def test_others_and_code_of_the_sites_own_go_on(blocked, as_bob, alice, service):
    assert create(as_bob)["errors"] == []
    assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]
