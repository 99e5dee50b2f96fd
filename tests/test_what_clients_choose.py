"""What a client sends is cut before it is logged, and the address is that of the limits."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.test import Client
from django.utils.log import DEFAULT_LOGGING

from payments_graphql.log_redaction import RedactingFilter
from settings.logging import build_logging

LONG = "x" * 50_000
MOST_OF_A_VALUE = 2_100
"""Characters: 2,000 and the note that more was sent."""

type Visit = Callable[[Client], Any]


def graphql(client: Client, **body: Any) -> Any:
    return client.post(
        "/graphql/",
        json.dumps({"query": "{ __typename }", **body}),
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def create(client: Client, **input_: Any) -> Any:
    document = """mutation ($input: CreatePaymentIntentInput!) {
      createPaymentIntent(input: $input) { errors { code } } }"""
    input_ = {"idempotencyKey": "k", "amount": "5", "currency": "USD", **input_}
    return graphql(client, query=document, variables={"input": input_})


VISITS: dict[str, Visit] = {
    "path": lambda client: client.get(f"/{LONG}"),
    "path of the API": lambda client: client.get(f"/graphql/{LONG}"),
    "path of the admin": lambda client: client.get(f"/admin/{LONG}/"),
    "query string": lambda client: client.get(f"/graphql/?query={LONG}"),
    "names in the query string": lambda client: client.get(f"/graphql/?{LONG}=1&{LONG}2=1"),
    "user agent": lambda client: client.get("/graphql/", headers={"User-Agent": LONG}),
    "request id": lambda client: client.get("/graphql/", headers={"X-Request-ID": LONG}),
    "forwarded for": lambda client: client.get("/graphql/", headers={"X-Forwarded-For": LONG}),
    "host": lambda client: client.get("/admin/", HTTP_HOST=f"{LONG}.example"),
    "odd host": lambda client: client.get("/admin/", HTTP_HOST=f"{LONG}@_"),
    "origin": lambda client: client.post("/graphql/", headers={"Origin": f"https://{LONG}.no"}),
    "referer": lambda client: client.post("/admin/login/", headers={"Referer": LONG}),
    "accept": lambda client: client.get("/graphql/", headers={"Accept": LONG}),
    "authorization": lambda client: client.get("/graphql/", headers={"Authorization": LONG}),
    "language": lambda client: client.get("/admin/", headers={"Accept-Language": LONG}),
    "signature": lambda client: client.post(
        "/api/stripe/webhooks/stripe/",
        b"{}",
        content_type="a/b",
        headers={"Stripe-Signature": LONG},
    ),
    "operation name": lambda client: graphql(client, query=f"query {LONG} {{ __typename }}"),
    "other operation name": lambda client: graphql(client, operationName=LONG),
    "field": lambda client: graphql(client, query=f"{{ {LONG} }}"),
    "alias": lambda client: graphql(client, query=f"{{ {LONG}: __typename }}"),
    "variable": lambda client: graphql(client, variables={LONG: LONG}),
    "idempotency key": lambda client: create(client, idempotencyKey=LONG),
    "description": lambda client: create(client, description=LONG),
    "metadata": lambda client: create(client, metadata=[{"key": LONG, "value": LONG}]),
    "receipt e-mail": lambda client: create(client, receiptEmail=f"{LONG}@example.com"),
    "return address": lambda client: create(client, returnUrl=f"https://{LONG}.example"),
    "username": lambda client: client.post(
        "/api/auth/login/",
        json.dumps({"username": LONG, "password": LONG}),
        content_type="application/json",
    ),
    "username in the admin": lambda client: client.post(
        "/admin/login/", {"username": LONG, "password": LONG}
    ),
    "search in the admin": lambda client: client.get(
        "/admin/payments_graphql/operation/", {"q": LONG}
    ),
}


@pytest.fixture
def put_back(settings: Any) -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.contextvars.clear_contextvars()
    logging.config.dictConfig(DEFAULT_LOGGING)
    logging.config.dictConfig(settings.LOGGING)
    structlog.configure(**before)


@pytest.fixture
def log(put_back: None) -> io.StringIO:
    logging.config.dictConfig(build_logging(as_json=True, level="INFO"))
    stream = io.StringIO()
    (handler,) = logging.getLogger().handlers[-1:]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return stream


@pytest.mark.parametrize("name", VISITS)
def test_no_line_has_a_long_value(
    log: io.StringIO, client: Client, sandbox: Any, alice: User, transactional_db: None, name: str
) -> None:
    client.raise_request_exception = False
    client.force_login(alice)
    VISITS[name](client)
    lines = log.getvalue().splitlines()
    assert lines
    for line in lines:
        for key, value in json.loads(line).items():
            assert len(str(key)) < 600
            longest = max(str(value).split("\n"), key=len)  # a traceback has many lines
            assert len(longest) <= MOST_OF_A_VALUE, (key, longest[:200])


def test_a_site_with_a_structlog_configuration_of_its_own_is_protected_too(
    put_back: None, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration neither redacts nor cuts."""
    seen: list[dict[str, Any]] = []

    def keep(_: Any, __: str, event: Any) -> Any:
        seen.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, keep], cache_logger_on_first_use=False
    )
    # The one that an earlier request used keeps its configuration.
    fresh = structlog.get_logger("django_structlog")
    monkeypatch.setattr("django_structlog.middlewares.request.logger", fresh)
    client.get(f"/{LONG}?token={LONG}", headers={"User-Agent": f"alice@example.com {LONG}"})
    assert {event["event"] for event in seen} == {"request_started", "request_finished"}
    for event in seen:
        assert all(len(str(value)) <= MOST_OF_A_VALUE for value in event.values())
        assert "alice@example.com" not in str(event)


def test_djangos_own_lines_are_cut_by_the_filter(client: Client, db: None) -> None:
    """In a site that puts it on its handlers."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logging.getLogger("django").addHandler(handler)
    client.get(f"/{LONG}")
    client.get("/admin/", HTTP_HOST=f"{LONG}@_")
    logging.getLogger("django").removeHandler(handler)
    lines = stream.getvalue().splitlines()
    assert "Not Found" in lines[0]
    assert "Invalid HTTP_HOST" in stream.getvalue()
    assert all(len(line) <= MOST_OF_A_VALUE for line in lines)


def test_the_request_line_names_what_was_asked_and_not_its_values(
    log: io.StringIO, client: Client, db: None
) -> None:
    client.get("/admin/login/", {"next": "/admin/", "q": "Mueller"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [request] = [line for line in lines if line["event"].startswith("request_")]
    assert request["request"] == "GET /admin/login/?next&q"
    assert request["event"] == "request_finished"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.9", "127.0.0.1"),
        (1, "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (1, "forged", "127.0.0.1"),
    ],
)
def test_every_line_has_the_address_that_the_limits_count(
    log: io.StringIO,
    client: Client,
    sandbox: Any,
    alice: User,
    transactional_db: None,
    settings: Any,
    proxies: int,
    forwarded: str,
    address: str,
) -> None:
    settings.PAYMENTS_TRUSTED_PROXIES = proxies
    client.force_login(alice)
    client.defaults["HTTP_X_FORWARDED_FOR"] = forwarded
    create(client)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) > 4
    assert {line["ip"] for line in lines} == {address}
