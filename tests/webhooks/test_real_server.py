"""The endpoint behind a real server, with requests that a test client cannot send."""

import http.client
import socket
from urllib.parse import urlsplit

import orjson
import pytest
import stripe

from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent
from tests.conftest import WEBHOOK_PATH
from tests.sandbox.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server):
    return urlsplit(live_server.url).netloc


def _sign(body: bytes) -> str:
    return stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_testing")


def _post(address: str, body: bytes, headers: dict[str, str], **values) -> int:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("POST", WEBHOOK_PATH, body, headers, **values)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_sandbox_delivers_and_the_payment_is_settled(
    service, alice, sandbox, dashboard, live_server
):
    sandbox.forward_to(live_server.url + WEBHOOK_PATH, "whsec_testing")
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    intent = created["payment_intent"]
    wait_until(lambda: StripeWebhookEvent.objects.filter(type="payment_intent.created").exists())
    StripePaymentIntent.objects.update(as_of=intent.created_at.replace(year=2020))

    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    wait_until(lambda: StripePaymentIntent.objects.get().status == "succeeded")


def test_a_signed_event_is_taken_once(address, make_event):
    body = orjson.dumps(make_event())
    headers = {"Stripe-Signature": _sign(body), "Content-Type": "application/json"}

    assert [_post(address, body, headers) for _ in range(2)] == [200, 200]
    assert StripeWebhookEvent.objects.count() == 1


def test_a_megabyte_too_much_is_refused_by_its_length_alone(address):
    """Announced but not sent: the answer does not wait for it."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(
            f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 2000000\r\n"
            "Stripe-Signature: t=1,v1=a\r\nConnection: close\r\n\r\n".encode()
        )
        assert b" 413 " in link.recv(64)


def test_a_body_sent_in_chunks_is_no_server_error(address, make_event):
    body = orjson.dumps(make_event())
    headers = {"Stripe-Signature": _sign(body), "Transfer-Encoding": "chunked"}

    status = _post(address, iter([body]), headers, encode_chunked=True)

    assert status in (200, 400, 411)


@pytest.mark.parametrize(
    "signature", ["t=1,v1=été".encode(), "t=1,v1=\u0660".encode(), b"\xff\xfe", b"t=1,v1=\x01"]
)
def test_a_signature_that_is_not_ascii_is_refused(address, signature):
    host, port = address.split(":")
    head = f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 2\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(head + b"Stripe-Signature: " + signature + b"\r\nConnection: close\r\n\r\n{}")
        assert b" 400 " in link.recv(64)
