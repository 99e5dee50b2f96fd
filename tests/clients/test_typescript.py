"""A client in TypeScript, generated from `schema.graphql`, pays with urql and graphql-sse."""

import json

import pytest

from payments_graphql.models import StripePaymentIntent
from tests.clients.node import prepare, run


@pytest.fixture
def built():
    """Compiled under `strict`, from types that were generated just now."""
    folder = prepare("typescript")
    run(folder, "npm", "run", "--silent", "generate")
    run(folder, "npm", "run", "--silent", "build")
    return folder


def test_it_compiles_under_strict_and_pays(built, site, token, booking, booking_id):
    printed = run(built, "node", "dist/pay.js", f"{site}/graphql/", token, booking_id, seconds=90)

    saw = json.loads(printed)
    assert saw["replayed"]
    assert saw["hasClientSecret"]
    [declined] = saw["declined"]
    assert (declined["code"], declined["declineCode"]) == ("CARD_DECLINED", "insufficient_funds")
    assert saw["status"] == "SUCCEEDED"
    assert (saw["seen"][0], saw["seen"][-1]) == ("REQUIRES_PAYMENT_METHOD", "SUCCEEDED")
    assert (saw["refund"], saw["left"]) == ("10.00", "89.99")
    [payment] = saw["payments"]
    assert payment["booking"] == {"reference": booking.reference}
    assert payment["refunds"] == [{"amount": "10.00"}]
    assert StripePaymentIntent.objects.get().status == "succeeded"
