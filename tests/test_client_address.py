"""The client's address comes from our own proxies, never from the client."""

import pytest
import structlog
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import RequestFactory

from payments_graphql.client_address import get_client_address
from payments_graphql.request_logging import RequestLogMiddleware


@pytest.fixture
def ask(settings):
    def ask(proxies=0, forwarded=None, connection="10.0.0.1"):
        settings.PAYMENTS_TRUSTED_PROXIES = proxies
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=connection)
        return get_client_address(request)

    return ask


def test_without_proxies_it_is_the_connections(ask):
    assert ask() == "10.0.0.1"


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "203.0.113.9, 198.51.100.7", "::1", ""])
def test_without_proxies_what_the_client_says_is_not_looked_at(ask, forwarded):
    assert ask(0, forwarded) == "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9,203.0.113.8 ,  198.51.100.7 ", "198.51.100.7"),
        (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (3, "203.0.113.9, 198.51.100.7, 10.0.0.2, 10.0.0.3", "198.51.100.7"),
    ],
)
def test_behind_proxies_it_is_what_the_outermost_of_them_wrote(ask, proxies, forwarded, expected):
    assert ask(proxies, forwarded) == expected


@pytest.mark.parametrize(
    "forwarded", [None, "", "203.0.113.9", "unknown, 10.0.0.2", "_hidden, 10.0.0.2", ", 10.0.0.2"]
)
def test_what_did_not_pass_the_proxies_counts_by_its_connection(ask, forwarded):
    assert ask(2, forwarded) == "10.0.0.1"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_ports_and_zones_do_not_make_it_another(ask, written, expected):
    assert ask(1, written) == expected


def test_a_customer_with_a_whole_ipv6_network_is_one(ask):
    assert ask(connection="2001:db8:1:2::7") == ask(connection="2001:db8:1:2:ffff:1:2:3")
    assert ask(connection="2001:db8:1:2::7") != ask(connection="2001:db8:1:3::7")


def test_an_ipv4_address_in_ipv6_is_that_address(ask):
    assert ask(connection="::ffff:10.0.0.1") == "10.0.0.1"


def test_behind_a_unix_socket_there_is_none(ask):
    assert ask(connection="") is None
    assert ask(1, "198.51.100.7", connection="") == "198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "expected"), [(0, "10.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_the_log_has_the_address_that_is_counted(settings, proxies, expected):
    settings.PAYMENTS_TRUSTED_PROXIES = proxies
    seen = []

    def view(request):
        seen.append((structlog.contextvars.get_contextvars()["ip"], get_client_address(request)))
        return HttpResponse()

    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Real-IP": "203.0.113.66"}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1")
    RequestLogMiddleware(view)(request)
    assert seen == [(expected, expected)]


def test_the_site_logs_by_it(settings):
    assert "payments_graphql.request_logging.RequestLogMiddleware" in settings.MIDDLEWARE
    assert not [name for name in settings.MIDDLEWARE if name.startswith("django_structlog")]


@pytest.mark.parametrize("first", ["before", "after"])
def test_under_asgi_a_header_with_underscores_is_not_the_proxys(settings, first):
    settings.PAYMENTS_TRUSTED_PROXIES = 1
    headers = [(b"x-forwarded-for", b"198.51.100.7"), (b"x_forwarded_for", b"203.0.113.9")]
    scope = {
        "type": "http", "method": "GET", "path": "/", "client": ("10.0.0.1", 1),
        "headers": headers if first == "after" else headers[::-1],
    }  # fmt: skip
    assert get_client_address(ASGIRequest(scope, None)) == "198.51.100.7"
