import pytest
import stripe

from tests.sandbox import payments

DECLINES = [
    ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ("pm_card_radarBlock", "card_declined", "fraudulent"),
]


@pytest.mark.stripe_rule(
    "A decline is 402 with its codes, and the intent accepts another method",
    "https://docs.stripe.com/declines/codes",
)
@pytest.mark.parametrize(("card", "code", "decline_code"), DECLINES)
def test_a_declined_card_leaves_the_intent_payable(
    client: stripe.StripeClient, card: str, code: str, decline_code: str
) -> None:
    intent = payments.create(client)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": card})
    error = declined.value
    assert (error.http_status, error.code) == (402, code)
    assert error.error.decline_code == decline_code
    after = client.v1.payment_intents.retrieve(intent.id)
    assert error.error.payment_intent.id == intent.id
    assert error.error.payment_intent.status == "requires_payment_method"
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert after.last_payment_error.decline_code == decline_code
    assert after.last_payment_error.payment_method.type == "card"
    charge = client.v1.charges.retrieve(after.latest_charge)
    assert (charge.status, charge.failure_code, charge.paid) == ("failed", code, False)
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


@pytest.mark.stripe_rule(
    "An intent that is declined when it is created still exists",
    "https://docs.stripe.com/declines",
)
def test_a_declined_create_still_creates_the_intent(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        payments.pay(client, "pm_card_chargeDeclined")
    intent = client.v1.payment_intents.retrieve(declined.value.error.payment_intent.id)
    assert intent.status == "requires_payment_method"


@pytest.mark.stripe_rule(
    "An update clears the `last_payment_error` of the latest confirmation",
    "https://docs.stripe.com/api/payment_intents/object#payment_intent_object-last_payment_error",
)
def test_an_update_clears_the_last_error(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        payments.pay(client, "pm_card_chargeDeclined")
    intent_id = declined.value.error.payment_intent.id
    changed = client.v1.payment_intents.update(intent_id, {"description": "x"})
    assert changed.last_payment_error is None


@pytest.mark.stripe_rule(
    "A confirmed intent has a charge with the card's brand, last digits, outcome and receipt",
    "https://docs.stripe.com/api/charges/object",
)
def test_a_success_has_a_charge_with_the_cards_details(client: stripe.StripeClient) -> None:
    intent = payments.pay(
        client, metadata={"a": "1"}, receipt_email="alice@example.com", expand=["latest_charge"]
    )
    charge = intent.latest_charge
    card = charge.payment_method_details.card
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (2000, 2000, 0)
    assert (charge.captured, charge.paid, charge.refunded) == (True, True, False)
    assert (card.brand, card.last4) == ("visa", "4242")
    assert "capture_before" not in card
    assert charge.metadata["a"] == "1"
    assert charge.receipt_email == "alice@example.com"
    assert charge.receipt_url is not None
    assert [one.id for one in client.v1.charges.list({"payment_intent": intent.id}).data] == [
        charge.id
    ]


@pytest.mark.stripe_rule(
    "A paid intent refuses a confirmation with `payment_intent_unexpected_state`",
    "https://docs.stripe.com/error-codes#payment-intent-unexpected-state",
)
def test_a_paid_intent_cannot_be_confirmed_again(client: stripe.StripeClient) -> None:
    intent = payments.pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded") as refused:
        client.v1.payment_intents.confirm(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error.payment_intent.status == "succeeded"


@pytest.mark.stripe_rule(
    "An intent without a payment method can't be confirmed",
    "https://docs.stripe.com/api/payment_intents/confirm",
)
def test_an_intent_without_a_method_cannot_be_confirmed(client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as refused:
        client.v1.payment_intents.confirm(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.stripe_rule(
    "Where redirects are allowed, confirming needs a `return_url`",
    "https://docs.stripe.com/api/payment_intents/create#create_payment_intent-automatic_payment_methods-allow_redirects",
)
def test_an_intent_that_may_redirect_needs_a_return_url(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa"}
    )
    with pytest.raises(stripe.InvalidRequestError, match="must provide a `return_url`"):
        client.v1.payment_intents.confirm(intent.id)
    paid = client.v1.payment_intents.confirm(intent.id, {"return_url": "https://shop.example/"})
    assert paid.status == "succeeded"


@pytest.mark.stripe_rule(
    "American Express allows 9 digits, even if other cards allow more",
    "https://docs.stripe.com/currencies#maximum-charge-amounts",
)
def test_american_express_has_a_lower_maximum(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.pay(client, "pm_card_amex", amount=1_000_000_000, currency="idr")
    assert refused.value.code == "amount_too_large"
    assert payments.pay(client, amount=1_000_000_000, currency="idr").status == "succeeded"
