from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from knox.models import get_token_model

from payments_graphql.models import StripePaymentIntent
from settings.management.processes import Processes, find_free_port
from tests.conftest import WEBHOOK_PATH
from tests.faults.site import sign
from tests.schema.streams.client import EventStream, post
from tests.subprocesses import get_environment

SETTINGS = {
    "PAYMENTS_STREAM_HEARTBEAT": "1",
    "PAYMENTS_STREAMS_PER_PROCESS_AND_USER": "3",
    "CORS_ALLOWED_ORIGINS": "https://shop.example",
    "PAYMENTS_METRICS_TOKEN": "a-token-for-prometheus",
}


class Site:
    """A server process like the one that `manage.py serve` starts."""

    def __init__(self, environment: dict[str, str], log: Any) -> None:
        self.processes = Processes(environment, log)
        port = find_free_port()
        self.processes.start_site(port)
        self.url = f"http://127.0.0.1:{port}"

    def deliver(self, event: Any) -> None:
        """Like Stripe does."""
        body, headers = sign(event)
        answer = requests.post(self.url + WEBHOOK_PATH, body, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.content


def _start(path: Path) -> Iterator[Site]:
    with path.open("w") as log:
        site = Site(get_environment(**SETTINGS), log)
        try:
            yield site
        finally:
            site.processes.stop()


@pytest.fixture(scope="session")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from _start(tmp_path_factory.mktemp("streams") / "log")


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A server that a test may end."""
    yield from _start(tmp_path / "log")


@pytest.fixture
def make_token(transactional_db: None) -> Callable[[Any], str]:
    def make_token(user: Any) -> str:
        return str(get_token_model().objects.create(user=user)[1])

    return make_token


@pytest.fixture
def subscribe(site: Site, make_token: Any, global_id: Any) -> Iterator[Callable[..., EventStream]]:
    """A stream of a payment for this person: `subscribe(alice, intent)`."""
    opened: list[EventStream] = []

    def subscribe(
        user: Any,
        intent: StripePaymentIntent | str,
        *,
        url: str = site.url,
        scope: str = "OWN",
        **headers: str,
    ) -> EventStream:
        pk = intent if isinstance(intent, str) else global_id("PaymentIntent", intent.pk)
        headers.setdefault("Authorization", f"Token {make_token(user)}")
        response = post(url, variables={"id": pk, "scope": scope}, **headers)
        assert response.status_code == 200, response.content
        assert response.headers["Content-Type"] == "text/event-stream"
        opened.append(EventStream(response))
        return opened[-1]

    yield subscribe
    for stream in opened:
        stream.close()


@pytest.fixture
def unpaid(service: Any, alice: Any, sandbox: Any) -> StripePaymentIntent:
    created = service.create_payment_intent(user=alice, amount="99.99", currency="USD")
    intent: StripePaymentIntent = created["payment_intent"]
    return intent
