"""Malformed requests get a 4xx in Stripe's format."""

import socket
from urllib.parse import urlsplit

import pytest

from payments_graphql.sandbox import Sandbox
from tests.sandbox.http_calls import FORM, KEY, call


@pytest.mark.stripe_rule("An unknown address is 404", "https://docs.stripe.com/api/errors")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/foo"),
        ("POST", "/v1/charge"),
        ("PUT", "/v1/customers"),
        ("DELETE", "/v1/payment_intents/pi_1"),
        ("GET", "/v1"),
        ("GET", "/v1/customers/"),
        ("GET", "/v2/core/events"),
        ("POST", "/"),
    ],
)
def test_an_unknown_address_is_unrecognized(sandbox: Sandbox, method: str, path: str) -> None:
    answer = call(sandbox, method, path)
    assert answer.status == 404
    assert answer.error["message"].startswith(f"Unrecognized request URL ({method}: {path})")


@pytest.mark.stripe_rule("Bodies are form-encoded", "https://docs.stripe.com/api")
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"amount": 1000}', {"Content-Type": "application/json"}),
        ("amount=1000", {"Content-Type": "text/plain"}),
        ("amount=%ff&currency=usd", FORM),
        (b"amount=\xff\xfe", FORM),
        ("amount=1&amount[a]=2", FORM),
        ("amount[a]=2&amount=1", FORM),
        ("a[]=1&a[b]=2", FORM),
        ("a[=1", FORM),
        ("a]b=1", FORM),
        ("[a]=1", FORM),
        ("a" + "[b]" * 50 + "=1", FORM),
        ("&".join(f"k{number}=1" for number in range(3000)), FORM),
    ],
)
def test_a_body_that_is_not_a_form_is_refused(
    sandbox: Sandbox, body: bytes | str, headers: dict[str, str]
) -> None:
    answer = call(sandbox, "POST", "/v1/payment_intents", body, KEY | headers)
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"


def test_a_body_of_more_than_a_megabyte_is_refused(sandbox: Sandbox) -> None:
    headers = KEY | FORM | {"Content-Length": str(2**20 + 1)}
    assert call(sandbox, "POST", "/v1/customers", None, headers).status == 413


@pytest.mark.stripe_rule(
    "`Stripe-Version` must be a version; `Stripe-Account` must be an account of the key",
    "https://docs.stripe.com/api/versioning",
    ours="Other versions are accepted and answered in the format of the sandbox's version",
)
def test_other_api_versions_and_accounts_are_checked(sandbox: Sandbox) -> None:
    wrong = call(sandbox, "GET", "/v1/customers", headers=KEY | {"Stripe-Version": "latest"})
    assert wrong.status == 400
    older = call(sandbox, "GET", "/v1/customers", headers=KEY | {"Stripe-Version": "2024-06-20"})
    assert (older.status, older.headers["Stripe-Version"]) == (200, "2024-06-20")
    account = call(sandbox, "GET", "/v1/customers", headers=KEY | {"Stripe-Account": "acct_1"})
    assert account.status == 403


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /v1/customers HTTP/9.9\r\n\r\n",
        b"BREW /v1/customers HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/customers HTTP/1.1\r\n"
        + b"".join(b"X-%d: 1\r\n" % n for n in range(200))
        + b"\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_broken_http_gets_an_answer_and_harms_nobody(sandbox: Sandbox, raw: bytes) -> None:
    parts = urlsplit(sandbox.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(raw)
        answer = connection.makefile("rb").readline()
    assert answer.split()[1].startswith(b"4")
    assert call(sandbox, "GET", "/_sandbox/health").status == 200


def test_a_head_request_has_no_body(sandbox: Sandbox) -> None:
    assert call(sandbox, "HEAD", "/v1/customers").body == b""
