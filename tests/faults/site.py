"""The real server process of the site, called over HTTP, and the connections to it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import stripe
from django.db import connection

from settings.management.processes import Processes, find_free_port
from tests.conftest import WEBHOOK_PATH
from tests.faults.client import PATIENCE, Answer
from tests.faults.relay import Relay


@dataclass
class Site:
    """`to_stripe` leads to the sandbox of the running test. `to_database` is None on SQLite, which
    has no server."""

    url: str
    processes: Processes
    to_stripe: Relay
    to_database: Relay | None

    def ask(self, body: Any, token: str) -> Answer:
        response = requests.post(
            f"{self.url}/graphql/",
            json=body,
            headers={"Authorization": f"Token {token}"},
            timeout=PATIENCE,
        )
        return Answer(response.status_code, response.json())

    def deliver(self, event: Any) -> requests.Response:
        """Like Stripe does."""
        body, headers = sign(event)
        return requests.post(self.url + WEBHOOK_PATH, body, headers=headers, timeout=PATIENCE)


def sign(event: Any) -> tuple[str, dict[str, str]]:
    """The body and the headers with which Stripe delivers an event."""
    body = orjson.dumps(event).decode()
    signature = stripe.WebhookSignature.generate_signature_header(body, "whsec_testing")
    return body, {"Stripe-Signature": signature, "Content-Type": "application/json"}


@contextmanager
def serve_site(environment: dict[str, str], log: Any) -> Iterator[Site]:
    """`environment` names the test's database, which the site reaches through a relay."""
    to_stripe, to_database = Relay(("127.0.0.1", 9)), None
    environment = {**environment, "STRIPE_API_BASE": f"http://127.0.0.1:{to_stripe.port}"}
    if connection.vendor == "postgresql":
        address = urlsplit(environment["DATABASE_URL"])
        to_database = Relay((address.hostname or "127.0.0.1", address.port or 5432))
        user = address.netloc.rpartition("@")[0]
        cable = f"{user}@127.0.0.1:{to_database.port}"
        environment["DATABASE_URL"] = address._replace(netloc=cable).geturl()
    port = find_free_port()
    try:
        with Processes(environment, log) as processes:
            processes.start_site(port, interface="wsgi")
            yield Site(f"http://127.0.0.1:{port}", processes, to_stripe, to_database)
    finally:
        to_stripe.close()
        if to_database is not None:
            to_database.close()


def point_at(relay: Relay, url: str) -> None:
    address = urlsplit(url)
    relay.target = (str(address.hostname), int(address.port or 80))


def ask_at_once[Result](count: int, ask: Callable[[int], Result]) -> list[Result]:
    """All of them begin together."""
    barrier = Barrier(count)

    def ask_together(number: int) -> Result:
        barrier.wait(PATIENCE)
        return ask(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask_together, range(count)))
