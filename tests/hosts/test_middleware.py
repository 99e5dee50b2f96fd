"""Our views work with any middleware of a host, and without ours."""

import json
from typing import Any

import pytest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client
from django.urls import resolve, reverse

from payments_graphql.models import StripeWebhookEvent

SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
HOSTS = {
    "none": [],
    "login required": [
        SESSION,
        AUTHENTICATION,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ],
    "csrf": ["tests.hosts.test_middleware.OwnCsrfMiddleware"],
    "gzip": ["django.middleware.gzip.GZipMiddleware"],
    "locale": [SESSION, "django.middleware.locale.LocaleMiddleware"],
    "common": ["django.middleware.common.CommonMiddleware"],
    "conditional get": ["django.middleware.http.ConditionalGetMiddleware"],
    "reads the body": ["tests.hosts.test_middleware.reads_the_body"],
    "cache": [
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ],
}
HOSTS["all of them"] = [*dict.fromkeys(one for names in HOSTS.values() for one in names)]


class OwnCsrfMiddleware(CsrfViewMiddleware):
    """A site's own."""


def reads_the_body(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        assert request.body is not None
        return get_response(request)

    return middleware


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest, settings: Any, db: None) -> None:
    settings.MIDDLEWARE = HOSTS[request.param]


@pytest.fixture
def browser() -> Any:
    return Client(enforce_csrf_checks=True)


def test_a_delivery_is_taken(host, browser, make_event, sign):
    body = json.dumps(make_event())
    headers = {"Stripe-Signature": sign(body)}
    address = reverse("payments_graphql:stripe-webhook")

    answer = browser.post(address, body, content_type="application/json", headers=headers)

    assert answer.status_code == 200
    assert StripeWebhookEvent.objects.get().state != "pending"


def test_a_forged_delivery_is_refused(host, browser, make_event):
    address = reverse("payments_graphql:stripe-webhook")

    answer = browser.post(address, json.dumps(make_event()), content_type="application/json")

    assert answer.status_code == 400


def test_a_query_is_answered(host, browser):
    body = {"query": "{ paymentsConfig { publishableKey } }"}

    answer = browser.post("/graphql/", body, content_type="application/json")

    assert answer.json()["data"] == {"paymentsConfig": {"publishableKey": "pk_test_sandbox"}}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("payments_graphql:probe", 404),
        ("payments_auth:logout", 401),
        ("payments_schema:stream", 406),
    ],
)
def test_the_others_answer_without_a_redirect(host, browser, address, status):
    answer = browser.post(reverse(address), "{}", content_type="application/json")

    assert answer.status_code == status


def test_a_wrong_password_is_refused_without_a_page(host, browser, alice):
    body = {"username": alice.get_username(), "password": "wrong"}

    answer = browser.post("/api/auth/login/", body, content_type="application/json")

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "name",
    [
        "payments_graphql:stripe-webhook",
        "payments_graphql:probe",
        "payments_schema:graphql",
        "payments_schema:stream",
    ],
)
def test_it_is_in_no_transaction_under_atomic_requests(name):
    assert resolve(reverse(name)).func._non_atomic_requests == {"default"}
