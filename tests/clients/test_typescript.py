"""A client in TypeScript, generated from `schema.graphql`, pays with urql and graphql-sse."""

import base64
import json

import pytest
from knox.models import get_token_model

from payments_graphql.models import StripePaymentIntent
from settings.management.processes import Processes, find_free_port
from tests.clients.node import prepare, run
from tests.subprocesses import get_environment


@pytest.fixture
def built():
    """Compiled under `strict`, from types that were generated just now."""
    folder = prepare("typescript")
    run(folder, "npm", "run", "--silent", "generate")
    run(folder, "npm", "run", "--silent", "build")
    return folder


@pytest.fixture
def site(transactional_db, sandbox, tmp_path):
    port = find_free_port()
    with (tmp_path / "log").open("w") as log, Processes(get_environment(), log) as processes:
        processes.start_site(port)
        yield f"http://127.0.0.1:{port}"


def test_it_compiles_under_strict_and_pays(built, site, alice, booking):
    _, token = get_token_model().objects.create(user=alice)
    booking_id = base64.b64encode(f"Booking:{booking.pk}".encode()).decode()

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
