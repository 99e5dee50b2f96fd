"""https://docs.stripe.com/currencies: minimums, maximums and special cases."""

import pytest
import stripe

from tests.sandbox import payments


@pytest.mark.stripe_rule(
    "Each currency has a minimum; less is `amount_too_small`",
    "https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts",
    ours="The table of the charge's own currency, as if the account settled in it",
)
@pytest.mark.parametrize(
    ("amount", "currency", "message"),
    [
        (49, "usd", "Amount must be at least $0.50 usd"),
        (29, "gbp", "Amount must be at least £0.30 gbp"),
        (49, "jpy", "Amount must be at least ¥50 jpy"),
        (17499, "huf", "Amount must be at least 175.00 huf"),
    ],
)
def test_below_the_minimum_is_too_small(
    client: stripe.StripeClient, amount: int, currency: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payments.create(client, amount=amount, currency=currency)
    assert refused.value.code == "amount_too_small"
    assert refused.value.param == "amount"
    assert refused.value.user_message == message
    assert payments.create(client, amount=amount + 1, currency=currency).amount == amount + 1


@pytest.mark.stripe_rule(
    "An amount has up to eight digits, and more in some currencies; more is `amount_too_large`",
    "https://docs.stripe.com/currencies#maximum-charge-amounts",
    ours="For all cards; Stripe takes up to twelve digits for some",
)
@pytest.mark.parametrize(
    ("digits", "currency", "message"),
    [
        (8, "usd", "Amount must be no more than $999,999.99"),
        (8, "jpy", "Amount must be no more than ¥99,999,999"),
        (8, "huf", "Amount must be no more than 999,999.99 huf"),
        (9, "inr", "Amount must be no more than ₹9,999,999.99"),
        (10, "cop", "Amount must be no more than 99,999,999.99 cop"),
        (12, "idr", "Amount must be no more than 9,999,999,999.99 idr"),
    ],
)
def test_above_eight_digits_is_too_large(
    client: stripe.StripeClient, digits: int, currency: str, message: str
) -> None:
    largest = 10**digits - 1
    intent = payments.create(client, amount=largest, currency=currency)
    assert intent.amount == largest
    for refused_call in (
        lambda: payments.create(client, amount=largest + 1, currency=currency),
        lambda: client.v1.payment_intents.update(intent.id, {"amount": largest + 1}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            refused_call()
        assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount")
        assert refused.value.user_message == message


@pytest.mark.stripe_rule(
    "An amount is a positive integer in the smallest unit",
    "https://docs.stripe.com/api/payment_intents/create#create_payment_intent-amount",
)
@pytest.mark.parametrize("amount", [0, -1, -(10**15)])
def test_less_than_one_is_not_an_amount(client: stripe.StripeClient, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1") as refused:
        payments.create(client, amount=amount)
    assert refused.value.code == "parameter_invalid_integer"


@pytest.mark.stripe_rule(
    "ISK and UGX allow whole units only; amounts with three decimals end in 0",
    "https://docs.stripe.com/currencies#special-cases",
)
@pytest.mark.parametrize(("currency", "wrong"), [("kwd", 1001), ("isk", 1050), ("ugx", 9990)])
def test_some_currencies_accept_round_amounts_only(
    client: stripe.StripeClient, currency: str, wrong: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="divisible"):
        payments.create(client, amount=wrong, currency=currency)
    assert payments.create(client, amount=9000, currency=currency).currency == currency


@pytest.mark.stripe_rule(
    "An updated amount or currency is checked like a new one",
    "https://docs.stripe.com/api/payment_intents/update",
)
def test_an_update_has_the_same_rules(client: stripe.StripeClient) -> None:
    intent = payments.create(client)
    for change in ({"amount": 10}, {"currency": "huf"}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.update(intent.id, change)
        assert refused.value.code == "amount_too_small"
