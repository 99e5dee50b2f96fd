"""Amounts keep their digits in the request, and anything else than a number is rejected."""

import pytest

from payments_graphql.models import StripePaymentIntent

CREATE = """
mutation {{
  createPaymentIntent(input: {{idempotencyKey: "k", currency: "{currency}", amount: {amount}}}) {{
    paymentIntent {{ amount }} errors {{ code }}
  }}
}}
"""
CREATE_WITH_VARIABLE = """
mutation($amount: Decimal) {
  createPaymentIntent(input: {idempotencyKey: "k", currency: "USD", amount: $amount}) {
    paymentIntent { amount } errors { code }
  }
}
"""


@pytest.mark.parametrize(
    ("literal", "currency", "shown"),
    [
        ("10.10", "USD", "10.10"),
        ('"10.10"', "USD", "10.10"),
        ("7", "USD", "7.00"),
        ("1e2", "USD", "100.00"),
        ("9007199254.74", "IDR", "9007199254.74"),
        ("500", "JPY", "500"),
        ("1.230", "KWD", "1.230"),
    ],
)
def test_a_literal_keeps_its_digits(as_alice, literal, currency, shown):
    payload = as_alice.ask(CREATE.format(amount=literal, currency=currency))["createPaymentIntent"]
    assert payload == {"paymentIntent": {"amount": shown}, "errors": []}


def test_digits_that_a_float_would_lose_are_seen(as_alice):
    literal = "10.000000000000000000000000000001"
    payload = as_alice.ask(CREATE.format(amount=literal, currency="USD"))["createPaymentIntent"]
    assert payload["errors"] == [{"code": "AMOUNT_PRECISION"}]


@pytest.mark.parametrize("amount", [99.99, "99.99", "9.999e1"])
def test_a_variable_may_be_a_number_or_a_string(as_alice, amount):
    payload = as_alice.ask(CREATE_WITH_VARIABLE, amount=amount)["createPaymentIntent"]
    assert payload == {"paymentIntent": {"amount": "99.99"}, "errors": []}


@pytest.mark.parametrize("literal", ["1e400", '"1e400"', '"1e-400"', '"NaN"', '"-Infinity"'])
def test_a_number_that_is_no_amount_is_an_error_in_the_payload(as_alice, literal):
    payload = as_alice.ask(CREATE.format(amount=literal, currency="USD"))["createPaymentIntent"]
    assert payload["paymentIntent"] is None
    assert payload["errors"][0]["code"].startswith("AMOUNT_")


@pytest.mark.parametrize(
    "literal",
    ['"ten"', '""', '"1_000"', '" 10"', '"\\u0661"', '"10 USD"', "true", "[1, 2]", "{a: 1}", "TEN"],
)
def test_a_literal_that_is_no_number_is_a_top_level_error(as_alice, literal):
    error = as_alice.ask_for_error(CREATE.format(amount=literal, currency="USD"))
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert not StripePaymentIntent.objects.exists()


@pytest.mark.parametrize("amount", ["ten", "", True, [1], {"a": 1}, "1\x00"])
def test_a_variable_that_is_no_number_is_a_coercion_error(as_alice, amount):
    error = as_alice.ask_for_error(CREATE_WITH_VARIABLE, amount=amount)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "$amount" in error["message"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
def test_a_number_that_is_not_json_is_a_bad_request(as_alice, number):
    response = as_alice.post(
        f'{{"query": "{{ __typename }}", "variables": {{"amount": {number}}}}}'.encode()
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The body is not JSON."
