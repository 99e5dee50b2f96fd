import pytest

SELECTION = """
    replayed
    paymentIntent { id stripePaymentIntentId amount currency description status clientSecret createdAt }
"""


def test_the_users_example_gives_what_the_user_documents(as_alice):
    payload = as_alice.mutate(
        "createPaymentIntent",
        {
            "idempotencyKey": "first",
            "amount": 99.99,
            "currency": "USD",
            "description": "Travel booking payment",
            "savePaymentMethod": True,
        },
        SELECTION,
    )
    assert payload["errors"] == []
    intent = payload["paymentIntent"]
    assert intent["amount"] == "99.99"
    assert intent["currency"] == "USD"
    assert intent["status"] == "REQUIRES_PAYMENT_METHOD"
    assert intent["clientSecret"].startswith(intent["stripePaymentIntentId"] + "_secret_")
    assert payload["replayed"] is False
