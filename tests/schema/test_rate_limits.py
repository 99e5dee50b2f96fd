"""Creating, confirming and saving cards is limited per user and address, before anything is
done."""

import pytest

from payments_graphql.conf import DEFAULT_RATE_LIMITS
from payments_graphql.models import Operation, StripePaymentIntent, StripeSetupIntent

NOTHING = dict.fromkeys(DEFAULT_RATE_LIMITS, "")


@pytest.fixture
def limits(settings, fresh_counts, sandbox):
    def limits(**own):
        named = {name.replace("_", "."): limit for name, limit in own.items()}
        settings.PAYMENTS_RATE_LIMITS = {**NOTHING, **named}

    return limits


def create(client, key="k", **more):
    given = {"idempotencyKey": key, "amount": "10.00", "currency": "USD", **more}
    return client.mutate("createPaymentIntent", given, "replayed paymentIntent { id }")


def is_limited(payload):
    if not payload["errors"]:
        return False
    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("RateLimitedError", "RATE_LIMITED")
    assert error["retryable"] is True
    assert 0 < error["retryAfter"] <= 60
    assert f"Try again in {error['retryAfter']} seconds." in error["message"]
    return True


def test_a_payment_too_many_is_refused_before_anything_is_recorded(limits, as_alice, sandbox):
    limits(create_user="2/minute")
    assert not is_limited(create(as_alice, "1"))
    assert not is_limited(create(as_alice, "2"))
    asked = len(sandbox.requests())

    payload = create(as_alice, "3")

    assert is_limited(payload)
    assert payload["paymentIntent"] is None
    assert StripePaymentIntent.objects.count() == 2
    assert not Operation.objects.filter(key="3").exists()
    assert len(sandbox.requests()) == asked


def test_the_key_that_was_refused_is_good_afterwards(limits, as_alice):
    limits(create_user="1/minute")
    create(as_alice, "1")
    assert is_limited(create(as_alice, "2"))
    limits()

    payload = create(as_alice, "2")

    assert payload["errors"] == []
    assert payload["replayed"] is False


def test_a_repeat_of_a_key_counts_too(limits, as_alice):
    limits(create_user="2/minute")
    assert create(as_alice)["replayed"] is False
    assert create(as_alice)["replayed"] is True
    assert is_limited(create(as_alice))


def test_another_user_at_another_address_is_not_touched(limits, as_alice, as_bob):
    limits(create_user="1/minute")
    create(as_alice, "1")
    assert is_limited(create(as_alice, "2"))
    assert not is_limited(create(as_bob))


def test_two_users_at_one_address_share_its_limit(limits, as_alice, as_bob):
    limits(create_address="1/minute")
    assert not is_limited(create(as_alice))
    assert is_limited(create(as_bob))


def test_a_made_up_address_gets_nobody_past_the_limit(limits, as_alice, settings):
    limits(create_address="1/minute")
    as_alice.http.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.1"
    create(as_alice, "1")
    as_alice.http.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.2"
    assert is_limited(create(as_alice, "2"))

    settings.PAYMENTS_TRUSTED_PROXIES = 1
    as_alice.http.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.3, 198.51.100.7"
    assert not is_limited(create(as_alice, "3"))
    as_alice.http.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.4, 198.51.100.7"
    assert is_limited(create(as_alice, "4"))


def test_aliases_in_one_document_do_not_help(limits, as_alice):
    limits(create_user="2/minute")
    fields = "".join(
        f"""f{number}: createPaymentIntent(input: {{
              idempotencyKey: "{number}", amount: "10.00", currency: "USD"
            }}) {{ errors {{ code }} }}"""
        for number in range(5)
    )
    as_alice.post({"query": f"mutation {{ {fields} }}"})
    for number in range(5, 8):
        last = create(as_alice, str(number))

    assert is_limited(last)
    assert StripePaymentIntent.objects.count() <= 2


def test_confirming_is_limited(limits, as_alice, alice, service, global_id):
    limits(confirm_user="1/minute", create_user="1/minute")
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    given = {
        "paymentIntentId": global_id("PaymentIntent", intent.pk),
        "stripePaymentMethodId": "pm_card_visa_chargeDeclined",
    }
    declined = as_alice.mutate("confirmPaymentIntent", given, "paymentIntent { id }")
    assert declined["errors"][0]["__typename"] == "CardError"

    given["stripePaymentMethodId"] = "pm_card_visa"
    payload = as_alice.mutate("confirmPaymentIntent", given, "paymentIntent { id }")

    assert is_limited(payload)
    assert Operation.objects.filter(kind="confirm_payment_intent").count() == 1
    # This is counted separately, and calls by the site's own code are not counted.
    assert not is_limited(create(as_alice))


def test_guesses_at_others_payments_count(limits, as_bob, alice, service, global_id):
    limits(confirm_user="1/minute")
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    given = {"paymentIntentId": global_id("PaymentIntent", intent.pk)}
    first = as_bob.mutate("confirmPaymentIntent", given, "paymentIntent { id }")
    assert first["errors"][0]["__typename"] == "NotFoundError"
    assert is_limited(as_bob.mutate("confirmPaymentIntent", given, "paymentIntent { id }"))


def test_saving_cards_is_limited(limits, as_alice):
    limits(setup_user="1/minute")
    first = as_alice.mutate("createSetupIntent", {"idempotencyKey": "1"}, "setupIntent { id }")
    assert first["errors"] == []

    payload = as_alice.mutate("createSetupIntent", {"idempotencyKey": "2"}, "setupIntent { id }")

    assert is_limited(payload)
    assert StripeSetupIntent.objects.count() == 1


def test_code_of_the_sites_own_is_not_limited(limits, service, alice, as_alice):
    limits(create_user="1/minute", setup_user="1/minute")
    for _ in range(3):
        assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]
        assert service.create_setup_intent(user=alice)["success"]
    assert not is_limited(create(as_alice))


def test_who_is_not_signed_in_uses_up_nothing(limits, as_nobody, as_alice):
    limits(create_address="1/minute")
    for _ in range(3):
        error = as_nobody.ask_for_error(
            """mutation { createPaymentIntent(input: {idempotencyKey: "k", amount: "1"}) {
              replayed } }"""
        )
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert not is_limited(create(as_alice))


def test_a_storage_that_is_away_stops_no_payment(limits, as_alice, settings):
    limits(create_user="2/minute")
    settings.PAYMENTS_RATE_LIMIT_STORAGE = "redis://127.0.0.1:1/0"
    assert create(as_alice)["paymentIntent"]
