"""Stripe's refusals name the invalid input field."""

import pytest

from payments_graphql.errors import (
    AmountError,
    NotFoundError,
    PaymentError,
    ProviderError,
    ValidationError,
)
from payments_graphql.services import payment_intents
from tests.faulty_stripe import Fault


def refuse(**body):
    return Fault(400, body={"type": "invalid_request_error", "message": "No.", **body})


@pytest.mark.parametrize(
    ("body", "error_type", "path"),
    [
        ({"param": "receipt_email"}, ValidationError, ("receiptEmail",)),
        ({"param": "return_url"}, ValidationError, ("returnUrl",)),
        ({"param": "description"}, ValidationError, ("description",)),
        ({"param": "metadata[order]"}, ValidationError, ("metadata",)),
        ({"param": "evidence[customer_name]"}, ValidationError, ("evidence",)),
        ({"param": "currency"}, ValidationError, ("currency",)),
        ({"param": "payment_method"}, NotFoundError, ("paymentMethodId",)),
        (
            {"param": "payment_method", "code": "resource_missing"},
            NotFoundError,
            ("paymentMethodId",),
        ),
        ({"param": "amount"}, AmountError, ("amount",)),
        ({"param": "amount_to_capture"}, AmountError, ("amount",)),
        ({"param": "of_ours"}, ProviderError, ()),
        ({}, ProviderError, ()),
    ],
)
def test_the_field_is_named(alice, stripe_link, body, error_type, path):
    stripe_link.faults.append(refuse(**body))

    with pytest.raises(PaymentError) as caught:
        payment_intents.create_payment_intent(
            user=alice, amount=10, currency="USD", receipt_email="typed@example.com"
        )

    assert type(caught.value) is error_type
    assert caught.value.path == path
