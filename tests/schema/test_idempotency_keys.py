"""Every mutation with an idempotency key refuses keys that Stripe would not accept."""

import pytest

from payments_graphql.models import Operation
from tests.schema.selecting import SDL

WITH_KEY = [
    name
    for name, field in SDL.mutation_type.fields.items()
    if "idempotencyKey" in field.args["input"].type.of_type.fields
]


@pytest.fixture
def give(alice, pay, global_id):
    """What each needs besides its key."""
    return {
        "createPaymentIntent": lambda: {"amount": "10.00", "currency": "USD"},
        "createSetupIntent": dict,
        "createRefund": lambda: {"paymentIntentId": global_id("PaymentIntent", pay(alice).pk)},
    }


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "a\nb"])
@pytest.mark.parametrize("mutation", WITH_KEY)
def test_a_bad_key_is_an_error_that_names_the_field(as_alice, sandbox, give, mutation, key):
    given = give[mutation]()
    recorded, asked = Operation.objects.count(), len(sandbox.requests())

    payload = as_alice.mutate(mutation, {**given, "idempotencyKey": key}, "replayed")

    (error,) = payload["errors"]
    assert (error["__typename"], error["code"]) == ("ValidationError", "INVALID_INPUT")
    assert error["path"] == ["input", "idempotencyKey"]
    assert Operation.objects.count() == recorded
    assert len(sandbox.requests()) == asked


@pytest.mark.parametrize("mutation", WITH_KEY)
def test_the_longest_key_is_taken(as_alice, sandbox, give, mutation):
    given = {**give[mutation](), "idempotencyKey": "k" * 255}
    assert as_alice.mutate(mutation, given, "replayed")["errors"] == []
