import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "A new intent is `requires_payment_method`, with automatic payment methods and a client secret",
    "https://docs.stripe.com/api/payment_intents/create",
)
def test_a_new_intent_waits_for_a_payment_method(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "EUR"})
    assert intent.id.startswith("pi_3")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.status, intent.amount, intent.currency) == (
        "requires_payment_method",
        1099,
        "eur",
    )
    assert intent.automatic_payment_methods.to_dict() == {
        "enabled": True,
        "allow_redirects": "always",
    }
    assert client.v1.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()


@pytest.mark.stripe_rule(
    "With a payment method it is `requires_confirmation`",
    "https://docs.stripe.com/payments/paymentintents/lifecycle",
)
def test_an_intent_with_a_method_waits_for_its_confirmation(client: stripe.StripeClient) -> None:
    intent = payments.create(client, payment_method="pm_card_visa")
    assert intent.status == "requires_confirmation"
    assert intent.payment_method.startswith("pm_1")
    confirmed = client.v1.payment_intents.confirm(intent.id)
    assert (confirmed.status, confirmed.amount_received) == ("succeeded", 2000)


@pytest.mark.stripe_rule(
    "`payment_method_types` and `automatic_payment_methods` exclude each other",
    "https://docs.stripe.com/payments/payment-methods/integration-options",
)
def test_types_of_payment_methods_disable_the_automatic_choice(
    client: stripe.StripeClient,
) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 1099, "currency": "eur", "payment_method_types": ["card"]}
    )
    assert intent.automatic_payment_methods is None
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        payments.create(client, payment_method_types=["card"])


@pytest.mark.stripe_rule(
    "Parameters of the confirmation need `confirm: true`",
    "https://docs.stripe.com/api/payment_intents/create#create_payment_intent-confirm",
)
def test_parameters_of_the_confirmation_need_confirm(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.create(client, return_url="https://shop.example/done")
    assert refused.value.param == "return_url"


@pytest.mark.stripe_rule(
    "Connect's parameters split a payment",
    "https://docs.stripe.com/connect",
    ours="Refused, since the sandbox has one account",
)
def test_unsupported_parameters_are_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not support"):
        payments.create(client, application_fee_amount=5)


@pytest.mark.stripe_rule(
    "Until it is paid an intent can be updated",
    "https://docs.stripe.com/api/payment_intents/update",
)
def test_an_unpaid_intent_can_be_changed(client: stripe.StripeClient) -> None:
    intent = payments.create(client, metadata={"a": "1"})
    changed = client.v1.payment_intents.update(
        intent.id,
        {
            "amount": 3000,
            "currency": "eur",
            "description": "Berlin",
            "metadata": {"b": "2"},
            "payment_method": "pm_card_visa",
        },
    )
    assert (changed.amount, changed.currency, changed.description) == (3000, "eur", "Berlin")
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    assert changed.status == "requires_confirmation"


@pytest.mark.stripe_rule(
    "A paid intent accepts metadata, and refuses another amount",
    "https://docs.stripe.com/api/payment_intents/update",
)
def test_a_paid_intent_keeps_its_amount_and_accepts_metadata(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded") as refused:
        client.v1.payment_intents.update(intent.id, {"amount": 3000})
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error.payment_intent.id == intent.id
    changed = client.v1.payment_intents.update(intent.id, {"metadata": {"seen": "yes"}})
    assert (changed.amount, changed.metadata["seen"]) == (2000, "yes")


@pytest.mark.stripe_rule(
    "Another amount needs another confirmation",
    "https://docs.stripe.com/payments/paymentintents/lifecycle",
)
def test_a_new_amount_withdraws_an_authentication(client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_threeDSecureRequired")
    changed = client.v1.payment_intents.update(intent.id, {"amount": 2500})
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)


@pytest.mark.stripe_rule(
    "An open intent can be canceled with a reason, once, and is final",
    "https://docs.stripe.com/api/payment_intents/cancel",
)
@pytest.mark.parametrize("status", ["requires_payment_method", "requires_action"])
def test_an_open_intent_can_be_canceled(client: stripe.StripeClient, status: str) -> None:
    if status == "requires_action":
        intent = payments.pay(client, "pm_card_threeDSecureRequired")
    else:
        intent = payments.create(client)
    canceled = client.v1.payment_intents.cancel(
        intent.id, {"cancellation_reason": "requested_by_customer"}
    )
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "requested_by_customer")
    assert canceled.canceled_at >= intent.created
    assert canceled.next_action is None
    for again in (client.v1.payment_intents.cancel, client.v1.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError, match="status of canceled") as refused:
            again(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "A paid intent cannot be canceled, only refunded",
    "https://docs.stripe.com/api/payment_intents/cancel",
)
def test_a_paid_intent_cannot_be_canceled(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.cancel(intent.id)


@pytest.mark.stripe_rule(
    "Intents are listed by customer and by time of creation",
    "https://docs.stripe.com/api/payment_intents/list",
)
def test_intents_are_listed_by_customer_and_time(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    made = [payments.create(client, customer=alice.id) for _ in range(3)]
    listed = client.v1.payment_intents.list({"customer": alice.id}).data
    assert [intent.id for intent in listed] == [intent.id for intent in made][::-1]
    since = {"customer": alice.id, "created": {"gte": made[0].created}}
    assert len(client.v1.payment_intents.list(since).data) == 3
    later = {"customer": alice.id, "created": {"gt": made[2].created}}
    assert client.v1.payment_intents.list(later).data == []


@pytest.mark.stripe_rule(
    "An unknown id among the parameters is 400 `resource_missing`",
    "https://docs.stripe.com/error-codes#resource-missing",
)
def test_an_unknown_customer_or_method_is_refused(client: stripe.StripeClient) -> None:
    for params, param in (
        ({"customer": "cus_no"}, "customer"),
        ({"payment_method": "pm_no"}, "payment_method"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            payments.create(client, **params)
        assert (missing.value.http_status, missing.value.code) == (400, "resource_missing")
        assert missing.value.param == param


@pytest.mark.stripe_rule(
    "`setup_future_usage` attaches the card once the payment succeeds",
    "https://docs.stripe.com/payments/save-during-payment",
)
def test_a_card_is_saved_with_the_payment_that_asks_for_it(
    client: stripe.StripeClient, alice: stripe.Customer
) -> None:
    intent = payments.pay(client, customer=alice.id, setup_future_usage="off_session")
    saved = client.v1.payment_methods.list({"customer": alice.id}).data
    assert [card.id for card in saved] == [intent.payment_method]
    again = payments.pay(client, saved[0].id, customer=alice.id, off_session=True)
    assert again.status == "succeeded"


@pytest.mark.stripe_rule(
    "A declined card is not attached", "https://docs.stripe.com/payments/save-during-payment"
)
def test_a_declined_card_is_not_saved(client: stripe.StripeClient, alice: stripe.Customer) -> None:
    with pytest.raises(stripe.CardError):
        payments.pay(
            client, "pm_card_chargeDeclined", customer=alice.id, setup_future_usage="off_session"
        )
    assert client.v1.payment_methods.list({"customer": alice.id}).data == []


def test_saving_the_method_is_taken_back_by_an_empty_text(client: stripe.StripeClient) -> None:
    intent = payments.create(client, setup_future_usage="off_session")
    updated = client.v1.payment_intents.update(intent.id, {"setup_future_usage": ""})
    assert updated.setup_future_usage is None
    with pytest.raises(stripe.InvalidRequestError, match="empty string"):
        payments.create(client, setup_future_usage="")
