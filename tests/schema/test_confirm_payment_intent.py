import pytest

from payments_graphql.models import StripePaymentIntent

SELECTION = """
    nextAction { type redirectUrl details }
    paymentIntent {
      id status amountReceived clientSecret nextAction { type }
      lastError { code declineCode message } paymentMethod { brand last4 isDefault }
    }
"""


@pytest.fixture
def unpaid(service, alice):
    result = service.create_payment_intent(user=alice, amount="99.99", currency="USD")
    return result["payment_intent"]


@pytest.fixture
def confirm(unpaid, global_id):
    def confirm(client, method="pm_card_visa", **input):
        given = {
            "paymentIntentId": global_id("PaymentIntent", unpaid.pk),
            "stripePaymentMethodId": method,
            **input,
        }
        return client.mutate("confirmPaymentIntent", given, SELECTION)

    return confirm


def test_a_card_pays(as_alice, confirm):
    payload = confirm(as_alice)

    assert payload["errors"] == []
    assert payload["nextAction"] is None
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"
    assert payload["paymentIntent"]["amountReceived"] == "99.99"
    assert payload["paymentIntent"]["clientSecret"] is None
    assert payload["paymentIntent"]["paymentMethod"]["last4"] == "4242"


def test_paying_takes_few_statements(
    service, alice, as_alice, booking, pay, global_id, django_assert_max_num_queries
):
    """Those that begin and end a transaction are savepoints here, which also count."""
    card = pay(alice, "5.00", save_payment_method=True).payment_method
    given = {"bookingId": global_id("Booking", booking.pk), "idempotencyKey": "k"}
    with django_assert_max_num_queries(20):
        created = as_alice.mutate("createPaymentIntent", given, "paymentIntent { id }")
    chosen = {
        "paymentIntentId": created["paymentIntent"]["id"],
        "paymentMethodId": global_id("PaymentMethod", card.pk),
    }
    with django_assert_max_num_queries(23):
        paid = as_alice.mutate("confirmPaymentIntent", chosen, "paymentIntent { status }")
    assert paid["paymentIntent"]["status"] == "SUCCEEDED"


def test_a_decline_is_data_and_leaves_the_payment_payable(as_alice, confirm):
    payload = confirm(as_alice, "pm_card_visa_chargeDeclinedInsufficientFunds")

    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("CardError", "CARD_DECLINED")
    assert error["declineCode"] == "insufficient_funds"
    assert "another card" in error["advice"]
    intent = payload["paymentIntent"]
    assert intent["status"] == "REQUIRES_PAYMENT_METHOD"
    assert intent["lastError"]["declineCode"] == "insufficient_funds"
    assert intent["clientSecret"]
    assert confirm(as_alice)["paymentIntent"]["status"] == "SUCCEEDED"


def test_three_d_secure_gives_the_next_action_without_another_call(sandbox, as_alice, confirm):
    payload = confirm(as_alice, "pm_card_threeDSecureRequired", returnUrl="https://shop.example/ok")

    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "REQUIRES_ACTION"
    assert payload["nextAction"]["type"] == payload["paymentIntent"]["nextAction"]["type"]
    assert payload["nextAction"]["details"]["type"] == payload["nextAction"]["type"]
    # The one read is for the client secret.
    assert payload["paymentIntent"]["clientSecret"]
    stripe_id = StripePaymentIntent.objects.get().stripe_payment_intent_id
    assert len(sandbox.requests("GET", f"/v1/payment_intents/{stripe_id}")) == 1


def test_confirming_a_paid_payment_says_in_which_states_it_could_be(as_alice, confirm):
    confirm(as_alice)
    payload = confirm(as_alice)

    [error] = payload["errors"]
    assert error["__typename"] == "InvalidStateError"
    assert error["currentStatus"] == "SUCCEEDED"
    assert "REQUIRES_PAYMENT_METHOD" in error["allowed"]
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"


def test_another_persons_payment_is_as_if_it_did_not_exist(as_bob, as_sam, confirm):
    for client in (as_bob, as_sam):
        foreign = confirm(client)
        missing = confirm(client, paymentIntentId="bm90aGluZw==")
        assert foreign == missing
        assert foreign["paymentIntent"] is None
        assert foreign["errors"][0]["__typename"] == "NotFoundError"
        assert foreign["errors"][0]["path"] == ["input", "paymentIntentId"]
    assert StripePaymentIntent.objects.get().status == "requires_payment_method"


def test_a_return_url_must_lead_to_this_site(as_alice, confirm):
    payload = confirm(as_alice, returnUrl="https://phisher.example/")

    assert payload["errors"][0]["path"] == ["input", "returnUrl"]
    assert payload["paymentIntent"]["status"] == "REQUIRES_PAYMENT_METHOD"


def test_two_methods_are_one_too_many(as_alice, confirm, global_id):
    payload = confirm(as_alice, paymentMethodId=global_id("PaymentMethod", "1"))
    assert payload["errors"][0]["path"] == ["input", "stripePaymentMethodId"]


def test_a_method_that_stripe_does_not_know_is_an_error_at_its_field(as_alice, confirm):
    payload = confirm(as_alice, "pm_nothing")

    assert payload["errors"][0]["__typename"] == "NotFoundError"
    assert payload["errors"][0]["path"] == ["input", "stripePaymentMethodId"]


def test_a_saved_method_pays(as_alice, alice, pay, confirm, global_id):
    saved = pay(alice, save_payment_method=True).payment_method
    payload = confirm(as_alice, None, paymentMethodId=global_id("PaymentMethod", saved.pk))

    assert payload["errors"] == []
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"
