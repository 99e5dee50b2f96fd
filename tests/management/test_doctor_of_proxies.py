"""`manage.py payments_doctor`: the proxies in front of a running site under WSGI."""

from contextlib import contextmanager
from io import StringIO
from time import monotonic

import pytest
from django.core.management import CommandError, call_command

from payments_graphql.diagnosis import probing
from payments_graphql.diagnosis.proxies import examine_proxies
from settings.management.processes import Processes, find_free_port
from tests.conftest import WEBHOOK_PATH
from tests.management.proxy import serve_endless_answer, serve_proxy
from tests.subprocesses import get_environment

pytestmark = pytest.mark.any_database

SUBJECT = "proxy"


@contextmanager
def _serve(log, interface="wsgi", proxies=0):
    port = find_free_port()
    environment = get_environment(PAYMENTS_TRUSTED_PROXIES=str(proxies))
    with log.open("w") as file, Processes(environment, file) as processes:
        processes.start_site(port, interface=interface)
        yield port


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    monkeypatch.setattr(probing, "PAUSE", 1.0)


@pytest.fixture(scope="module")
def port(django_db_setup, tmp_path_factory):
    """The port of a site that trusts no proxy."""
    with _serve(tmp_path_factory.mktemp("site") / "log") as port:
        yield port


@pytest.fixture(scope="module")
def trusting_port(django_db_setup, tmp_path_factory):
    """The port of a site that trusts one proxy."""
    with _serve(tmp_path_factory.mktemp("trusting") / "log", proxies=1) as port:
        yield port


@pytest.fixture
def examine(settings):
    """The levels and texts of all findings for a port."""

    def examine(port, proxies=0):
        settings.PAYMENTS_TRUSTED_PROXIES = proxies
        found = examine_proxies(None, f"http://127.0.0.1:{port}")
        return [(one.level.name, f"{one.message} {one.hint}") for one in found]

    return examine


@pytest.fixture
def make_endpoint(dashboard):
    def make_endpoint(origin):
        return dashboard.v1.webhook_endpoints.create(
            {"url": origin + WEBHOOK_PATH, "enabled_events": ["*"]}
        )

    return make_endpoint


def test_without_a_proxy_a_slow_body_occupies_a_thread(port, examine):
    (first, address), (second, body) = examine(port)

    assert (first, second) == ("OK", "WARNING")
    assert "ignores a forged address and sees 127.0.0.1" in address
    assert "occupies a thread" in body
    assert "proxy_request_buffering on" in body


def test_without_a_proxy_a_forged_address_is_believed_where_one_is_trusted(trusting_port, examine):
    (level, text), _ = examine(trusting_port, proxies=1)

    assert level == "WARNING"
    assert "believes the address that a client sends in X_Forwarded_For" in text
    assert "PAYMENTS_TRUSTED_PROXIES=0" in text


def test_a_proxy_that_does_all_it_must(trusting_port, examine):
    with serve_proxy(trusting_port) as proxy:
        found = examine(proxy.server_port, proxies=1)

    assert [level for level, _ in found] == ["OK", "OK"]
    assert "ignores a forged address and sees 127.0.0.1" in found[0][1]
    assert "is received completely before it occupies a thread" in found[1][1]
    assert len(proxy.requests) == 2


def test_a_proxy_that_passes_underscores_on(trusting_port, examine):
    with serve_proxy(trusting_port, drops_underscores=False) as proxy:
        (level, text), _ = examine(proxy.server_port, proxies=1)

    assert level == "WARNING"
    assert "sends in X_Forwarded_For" in text
    assert "underscores_in_headers off" in text


def test_a_proxy_that_does_not_buffer(trusting_port, examine):
    with serve_proxy(trusting_port, buffers=False) as proxy:
        _, (level, text) = examine(proxy.server_port, proxies=1)

    assert level == "WARNING"
    assert "occupies a thread" in text


def test_more_proxies_are_trusted_than_there_are(django_db_setup, tmp_path, examine):
    with _serve(tmp_path / "log", proxies=2) as port, serve_proxy(port) as proxy:
        (level, text), _ = examine(proxy.server_port, proxies=2)

    assert level == "WARNING"
    assert "sends in X-Forwarded-For" in text
    assert "must be the number of proxies" in text


def test_a_proxy_that_is_not_trusted_makes_all_clients_one(port, examine):
    with serve_proxy(port) as proxy:
        (level, text), _ = examine(proxy.server_port)

    assert level == "WARNING"
    assert "all clients count as one, 127.0.0.1" in text


def test_under_asgi_a_slow_body_does_not_occupy_a_thread(django_db_setup, tmp_path, examine):
    with _serve(tmp_path / "log", interface="asgi") as port:
        found = examine(port)

    assert [level for level, _ in found] == ["OK", "OK"]


def test_with_live_keys_it_is_an_error(port, settings, examine):
    settings.STRIPE_SECRET_KEY = "sk_live_none"

    _, (level, _) = examine(port)

    assert level == "ERROR"


def test_the_address_is_that_of_the_endpoint_at_stripe(port, make_endpoint, doctor):
    make_endpoint(f"http://127.0.0.1:{port}")

    found = " ".join(doctor().find(SUBJECT))

    assert f"http://127.0.0.1:{port} ignores a forged address" in found
    assert "occupies a thread" in found


def test_a_prefix_and_a_password_of_the_endpoint_are_kept_and_dropped(port, make_endpoint, doctor):
    with serve_proxy(port) as proxy:
        make_endpoint(f"http://name:hidden@127.0.0.1:{proxy.server_port}/shop")
        diagnosis = doctor()

    assert proxy.requests == ["/shop/api/stripe/probe/"]
    assert "hidden" not in diagnosis.text
    assert "answers 404" in " ".join(diagnosis.find(SUBJECT, "ok"))


def test_without_an_endpoint_no_request_is_sent(doctor):
    (found,) = doctor().find(SUBJECT)

    assert found.startswith("not checked: this site's public address is unknown.")


def test_a_site_without_the_view_gets_no_request(settings):
    settings.ROOT_URLCONF = "schema.auth_urls"

    (finding,) = examine_proxies(None, "http://127.0.0.1:1")

    assert "no URL of this site leads to the view" in finding.message


def test_an_endpoint_of_another_host_gets_no_request(settings, port, make_endpoint, doctor):
    settings.ALLOWED_HOSTS = ["shop.example"]
    with serve_proxy(port) as proxy:
        make_endpoint(f"http://127.0.0.1:{proxy.server_port}")
        (found,) = doctor().find(SUBJECT)

    assert "is unknown" in found
    assert proxy.requests == []


def test_an_unreachable_address_is_a_warning_only_with_the_option_url(
    make_endpoint, doctor, examine
):
    make_endpoint("http://127.0.0.1:1")

    (found,) = doctor().find(SUBJECT, "ok")
    assert "not checked at http://127.0.0.1:1: it cannot be reached from here" in found
    ((level, text),) = examine(1)
    assert level == "WARNING"
    assert "cannot be reached" in text


def test_an_answer_that_never_ends_is_given_up(monkeypatch, examine):
    monkeypatch.setattr(probing, "WITHIN", 0.5)
    started = monotonic()
    with serve_endless_answer() as port:
        ((level, text),) = examine(port)

    assert monotonic() - started < 10
    assert level == "WARNING"
    assert "did not answer within" in text


def test_with_https_nothing_is_sent_unencrypted(port):
    with serve_proxy(port) as proxy:
        (finding,) = examine_proxies(None, f"https://127.0.0.1:{proxy.server_port}")

    assert "cannot be reached" in finding.message
    assert proxy.requests == []


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"address": "x", "seconds": []}', b"<p>"])
def test_a_foreign_answer_is_reported(body):
    with pytest.raises(probing.NotAnsweredError, match="something else answers there"):
        probing._read(200, body)


@pytest.mark.parametrize(
    ("status", "said"), [(301, "a redirect"), (403, "answers 403"), (404, "another SECRET_KEY")]
)
def test_a_refusal_is_reported(status, said):
    with pytest.raises(probing.NotAnsweredError, match=said):
        probing._read(status, b"")


@pytest.mark.parametrize("url", ["shop.example", "ftp://shop.example", "https://", "http://a:b"])
def test_an_invalid_address_is_refused(url):
    with pytest.raises(CommandError, match="--url must be like https://"):
        call_command("payments_doctor", "--url", url, stdout=StringIO())


def test_an_address_can_be_given(port, sandbox, db):
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("payments_doctor", "--url", f"http://127.0.0.1:{port}/", stdout=said)

    assert f"http://127.0.0.1:{port} ignores a forged address" in said.getvalue()
