"""Endpoints that accept no deliveries: https://docs.stripe.com/webhooks#behaviors."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
import stripe

from payments_graphql.sandbox import Sandbox, webhook_call
from payments_graphql.sandbox.back_off import Silence, wait_after
from tests.sandbox.conftest import Receiver
from tests.sandbox.waiting import wait_until

SECRET = "whsec_test"
DAY = 24 * 60 * 60
NOBODY = "http://127.0.0.1:9/"


class HangingUp:
    """Closes connections without an answer, until it is told to answer 200."""

    def __init__(self) -> None:
        self.is_well = False
        self.calls = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                self.calls += 1
                if self.is_well:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def hanging_up() -> Iterator[HangingUp]:
    server = HangingUp()
    yield server
    server.close()


def deliveries(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Oldest first."""
    with urlopen(f"{sandbox.url}/_sandbox/webhooks", timeout=5) as answer:
        found: list[dict[str, Any]] = json.load(answer)["deliveries"]
    return found[::-1]


def statuses(sandbox: Sandbox) -> set[str]:
    return {one["status"] for one in deliveries(sandbox)}


def attempts(sandbox: Sandbox) -> int:
    return sum(len(one["attempts"]) for one in deliveries(sandbox))


@pytest.mark.stripe_rule(
    "The waits grow exponentially",
    "https://docs.stripe.com/webhooks#behaviors",
    ours="From one second to twelve hours",
)
def test_waits_double_up_to_twelve_hours() -> None:
    assert [wait_after(attempts) for attempts in range(1, 6)] == [1, 2, 4, 8, 16]
    assert wait_after(17) == wait_after(10_000) == 12 * 60 * 60


def test_a_silent_endpoint_is_asked_less_and_less() -> None:
    silence = Silence()
    now, asked = 0.0, []
    while now < 3 * DAY:
        assert silence.continue_at(now)
        asked.append(now)
        now = silence.until
    assert asked[:6] == [0, 1, 2, 4, 8, 16]
    assert len(asked) == 22


def test_a_new_event_does_not_put_the_next_question_off() -> None:
    silence = Silence()
    silence.continue_at(0)
    silence.continue_at(1)
    until = silence.until
    assert not silence.continue_at(until - 0.5)
    assert (silence.until, silence.new_from) == (until, until + 0.5)


@pytest.mark.stripe_rule(
    "An endpoint that does not answer is called less and less",
    "https://docs.stripe.com/webhooks#behaviors",
    ours="One pending delivery checks whether it is back; after its first answer all are due",
)
def test_one_delivery_checks_a_silent_endpoint_for_all(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, hanging_up: HangingUp
) -> None:
    began = time.monotonic()
    own_sandbox.forward_to(hanging_up.url, SECRET)
    for _ in range(40):
        own_client.v1.customers.create({})
    wait_until(lambda: hanging_up.calls >= 1)
    for hour in range(1, 6):
        own_sandbox.advance(3600)
        wait_until(lambda hour=hour: attempts(own_sandbox) > hour)
    # Beside the first and one an hour, a new event is tried in each second of this test.
    assert hanging_up.calls <= 1 + 5 + (time.monotonic() - began) + 1
    hanging_up.is_well = True
    own_sandbox.advance(12 * 3600)
    wait_until(lambda: statuses(own_sandbox) == {"succeeded"})
    assert len(deliveries(own_sandbox)) == 40


@pytest.mark.stripe_rule(
    "Each event is retried independently of others",
    "https://docs.stripe.com/webhooks#behaviors",
)
def test_a_refused_event_delays_no_other(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    own_sandbox.forward_to(receiver.url, SECRET)
    for name in ("refused", "second", "third"):
        own_client.v1.customers.create({"name": name})
    receiver.wait_for(3)
    names = [json.loads(body)["data"]["object"]["name"] for body, _ in receiver.received]
    assert names == ["refused", "second", "third"]
    own_sandbox.advance(1)
    receiver.wait_for(4)
    assert json.loads(receiver.received[3][0])["data"]["object"]["name"] == "refused"


@pytest.mark.stripe_rule(
    "After three days an event is not sent again", "https://docs.stripe.com/webhooks#behaviors"
)
def test_after_three_days_an_event_is_given_up(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    own_sandbox.forward_to(NOBODY, SECRET)
    for _ in range(3):
        own_client.v1.customers.create({})
    wait_until(lambda: attempts(own_sandbox) >= 1)
    own_sandbox.advance(3 * DAY)
    wait_until(lambda: statuses(own_sandbox) == {"failed"})


@pytest.mark.stripe_rule(
    "An endpoint without a success for days is disabled",
    "https://docs.stripe.com/webhooks#behaviors",
    ours="After nine days, as in Stripe's emails; never an address of `forward_to`",
)
def test_an_endpoint_without_a_success_for_nine_days_is_disabled(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    own_sandbox.forward_to(NOBODY, SECRET)
    endpoint = own_client.v1.webhook_endpoints.create({"url": NOBODY, "enabled_events": ["*"]})
    for days in (0, 8):
        own_sandbox.advance(days * DAY)
        _tell(own_sandbox, own_client)
        assert own_client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"
    own_sandbox.advance(DAY)
    _tell(own_sandbox, own_client)
    wait_until(lambda: _status(own_client, endpoint.id) == "disabled")
    own_client.v1.customers.create({})
    newest = own_client.v1.events.list({"limit": 1}).data[0].id
    told = {one["endpoint"] for one in deliveries(own_sandbox) if one["event"] == newest}
    assert len(told) == 1
    assert endpoint.id not in told


@pytest.mark.stripe_rule(
    "A disabled endpoint can be enabled again",
    "https://docs.stripe.com/webhooks#behaviors",
)
def test_an_endpoint_that_is_enabled_again_has_nine_more_days(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create({"url": NOBODY, "enabled_events": ["*"]})
    _tell(own_sandbox, own_client)
    own_sandbox.advance(9 * DAY)
    _tell(own_sandbox, own_client)
    wait_until(lambda: _status(own_client, endpoint.id) == "disabled")
    own_client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    _tell(own_sandbox, own_client)
    own_sandbox.advance(8 * DAY)
    _tell(own_sandbox, own_client)
    assert _status(own_client, endpoint.id) == "enabled"


def test_what_a_taken_delivery_says_is_that_the_endpoint_is_well(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, hanging_up: HangingUp
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": hanging_up.url, "enabled_events": ["*"]}
    )
    _tell(own_sandbox, own_client)
    hanging_up.is_well = True
    own_sandbox.advance(2)
    wait_until(lambda: statuses(own_sandbox) == {"succeeded"})
    hanging_up.is_well = False
    own_sandbox.advance(9 * DAY)
    _tell(own_sandbox, own_client)
    assert _status(own_client, endpoint.id) == "enabled"


def test_what_is_sent_again_by_hand_does_not_wait_for_the_endpoint(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, hanging_up: HangingUp
) -> None:
    own_sandbox.forward_to(hanging_up.url, SECRET)
    own_client.v1.customers.create({})
    wait_until(lambda: attempts(own_sandbox) == 1)
    own_sandbox.advance(3600)
    wait_until(lambda: attempts(own_sandbox) == 2)
    hanging_up.is_well = True
    own_sandbox.advance(1)
    delivery = deliveries(own_sandbox)[0]
    assert delivery["status"] == "pending"
    with urlopen(f"{own_sandbox.url}/_sandbox/deliveries/{delivery['id']}/send", b"", timeout=5):
        wait_until(lambda: statuses(own_sandbox) == {"succeeded"})


def test_a_deleted_endpoint_leaves_no_thread(own_client: stripe.StripeClient) -> None:
    endpoint = own_client.v1.webhook_endpoints.create({"url": NOBODY, "enabled_events": ["*"]})
    wait_until(lambda: _has_thread(endpoint.id))
    own_client.v1.webhook_endpoints.delete(endpoint.id)
    wait_until(lambda: not _has_thread(endpoint.id))


def test_certificates_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[ssl.SSLContext] = []
    load = ssl.create_default_context

    def count() -> ssl.SSLContext:
        loaded.append(load())
        return loaded[-1]

    monkeypatch.setattr(ssl, "create_default_context", count)
    for _ in range(3):
        outcome = webhook_call.call_endpoint("https://127.0.0.1:9/", b"{}", "t=1,v1=x")
        assert not outcome.was_answered
    assert len(loaded) <= 1  # another test may have needed them before


def _tell(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    """Cause an event, and wait until its deliveries were tried."""
    client.v1.customers.create({})
    newest = client.v1.events.list({"limit": 1}).data[0].id
    sandbox.advance(1)
    wait_until(
        lambda: all(
            one["attempts"] or one["status"] != "pending"
            for one in deliveries(sandbox)
            if one["event"] == newest
        )
    )


def _status(client: stripe.StripeClient, endpoint: str) -> str:
    return client.v1.webhook_endpoints.retrieve(endpoint).status


def _has_thread(endpoint: str) -> bool:
    return f"sandbox-delivery-{endpoint}" in {thread.name for thread in threading.enumerate()}
