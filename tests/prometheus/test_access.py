"""Who may read `/metrics`, and what nobody finds there."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.prometheus.conftest import TOKEN

pytestmark = pytest.mark.django_db

PATH = "/metrics"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def get(address: str = "203.0.113.5", **headers: str) -> Any:
    return Client(REMOTE_ADDR=address).get(PATH, headers=headers)


def test_without_settings_it_does_not_exist() -> None:
    assert get().status_code == 404


def test_with_debug_it_is_open_if_nothing_is_set(settings: Any) -> None:
    settings.DEBUG = True
    assert get().status_code == 200
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    assert get().status_code == 401


def test_the_token_opens_it(settings: Any) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    answer = get(**BEARER)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "payments_info" in answer.content.decode()


def test_the_path_of_the_package_serves_the_same(settings: Any) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    path = reverse("payments_graphql:metrics")
    assert path == "/api/stripe/metrics"
    assert Client().get(path, headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    "sent",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Token {TOKEN}", TOKEN,
     "Bearer \udcff", "Bearer é"],
)  # fmt: skip
def test_another_token_is_refused(settings: Any, sent: str) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    answer = Client().get(PATH, HTTP_AUTHORIZATION=sent)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Cache-Control"] == "no-store"
    assert answer.content == b""


def test_an_empty_token_opens_nothing(settings: Any) -> None:
    settings.PAYMENTS_METRICS_NETWORKS = ["10.0.0.0/8"]
    assert Client().get(PATH, HTTP_AUTHORIZATION="Bearer ").status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [("10.1.2.3", 200), ("::ffff:10.1.2.3", 200), ("11.0.0.1", 403), ("2001:db8:0:1::7", 200),
     ("2001:db8:1::7", 403), ("", 403)],
)  # fmt: skip
def test_a_network_opens_it(settings: Any, address: str, status: int) -> None:
    settings.PAYMENTS_METRICS_NETWORKS = ["10.0.0.0/8", "2001:db8::/48"]
    assert get(address).status_code == status


def test_a_network_counts_for_the_client_and_not_for_the_proxy(settings: Any) -> None:
    settings.PAYMENTS_METRICS_NETWORKS = ["10.0.0.0/8"]
    settings.PAYMENTS_TRUSTED_PROXIES = 1
    assert get("10.0.0.2", **{"X-Forwarded-For": "203.0.113.5"}).status_code == 403
    assert get("10.0.0.2", **{"X-Forwarded-For": "10.0.0.9"}).status_code == 200


def test_behind_a_proxy_that_is_not_trusted_only_the_token_counts(settings: Any) -> None:
    settings.PAYMENTS_METRICS_NETWORKS = ["10.0.0.0/8"]
    assert get("10.0.0.2", **{"X-Forwarded-For": "10.0.0.9"}).status_code == 403
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    assert get("10.0.0.2", **{"X-Forwarded-For": "10.0.0.9"}, **BEARER).status_code == 200


def test_it_can_only_be_read(settings: Any) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    assert Client().head(PATH, headers=BEARER).status_code == 200
    answer = Client().post(PATH, headers=BEARER)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_without_the_database_the_counts_are_served(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from payments_graphql.prometheus import gauges

    def fail() -> str:
        raise OperationalError("the database is away")

    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    # The pool of a real outage would wait for ten seconds.
    monkeypatch.setattr(gauges, "find_account", fail)
    text = get(**BEARER).content.decode()
    assert "payments_database_up 0.0" in text
    assert 'payments_webhooks_total{result="stored"}' in text
    assert "payments_webhook_backlog{" not in text


@pytest.mark.django_db(transaction=True)
def test_no_personal_data_gets_into_it(
    settings: Any, sandbox: Any, booking: Any, alice: Any, pay: Any, events: Any, deliver: Any
) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    intent = pay(alice, None, None, booking=booking)
    deliver(*events())
    Client().post("/admin/login/", {"username": "alice", "password": "wrong"})
    # Without the numbers, in which any four digits can occur.
    text = re.sub(r" [-+.e0-9]+$", "", get(**BEARER).content.decode().lower(), flags=re.MULTILINE)
    for value in (
        alice.email, "alice", str(intent.pk), intent.stripe_payment_intent_id.lower(),
        booking.reference.lower(), "203.0.113.5", "127.0.0.1", "4242", "sk_test", "whsec",
        "secret_", TOKEN,
    ):  # fmt: skip
        assert value not in text
