"""Our views are found wherever a host includes their URLs, and reached without redirects."""

import json
from types import ModuleType
from typing import Any

import pytest
from django.conf import global_settings
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.urls import include, path, reverse
from django.views.decorators.csrf import csrf_exempt

from payments_graphql.addresses import find_path, find_paths, leads_to
from payments_graphql.models import StripeWebhookEvent
from payments_graphql.proxy_probe import probe
from payments_graphql.webhooks.view import stripe_webhook
from schema.http.view import graphql_view

OURS = "payments_graphql.urls"


@csrf_exempt
def others_webhook(request: Any) -> HttpResponse:
    return HttpResponse("others")


others = ([path("stripe/", others_webhook, name="stripe-webhook")], "others")


@pytest.fixture
def host(settings: Any) -> Any:
    """Serves the given URLs, and refuses requests that do not take the shortcut."""

    def host(*patterns: Any) -> None:
        urlconf = ModuleType("urlconf")
        urlconf.urlpatterns = list(patterns)  # type: ignore[attr-defined]  # a module made here
        settings.ROOT_URLCONF = urlconf
        settings.LANGUAGES = global_settings.LANGUAGES
        settings.MIDDLEWARE = [
            "payments_graphql.webhooks.middleware.WebhookMiddleware",
            "tests.webhooks.test_middleware.refuse",
        ]

    return host


@pytest.fixture
def deliver(client: Any, make_event: Any, sign: Any, db: None) -> Any:
    def deliver(to: str) -> Any:
        body = json.dumps(make_event())
        headers = {"Stripe-Signature": sign(body)}
        return client.post(to, body, content_type="application/json", headers=headers)

    return deliver


@pytest.mark.parametrize(
    ("patterns", "address"),
    [
        ([path("api/stripe/", include(OURS))], "/api/stripe/webhooks/stripe/"),
        ([path("", include(OURS))], "/webhooks/stripe/"),
        ([path("pay/", include(OURS, namespace="pay"))], "/pay/webhooks/stripe/"),
        (
            [path("shop/", include(([path("pay/", include(OURS))], "shop")))],
            "/shop/pay/webhooks/stripe/",
        ),
        (
            [path("one/", include(OURS)), path("two/", include(OURS, namespace="two"))],
            "/two/webhooks/stripe/",
        ),
        (i18n_patterns(path("pay/", include(OURS))), "/en-us/pay/webhooks/stripe/"),
        (i18n_patterns(path("pay/", include(OURS))), "/de/pay/webhooks/stripe/"),
        ([path("<slug:shop>/", include(OURS))], "/lisbon/webhooks/stripe/"),
        (
            [path("their/", include(others)), path("our/", include(OURS))],
            "/our/webhooks/stripe/",
        ),
    ],
    ids=[
        "usual",
        "root",
        "instance",
        "nested",
        "twice",
        "i18n",
        "other language",
        "slug",
        "others",
    ],
)
@pytest.mark.parametrize("slash", ["/", ""], ids=["slash", "no slash"])
def test_a_delivery_takes_the_short_way(host, deliver, patterns, address, slash):
    host(*patterns)

    answer = deliver(address.rstrip("/") + slash)

    assert answer.json() == {"received": True, "duplicate": False}
    assert StripeWebhookEvent.objects.count() == 1


def test_another_apps_webhook_of_the_same_name_gets_its_own(host, deliver, settings):
    host(path("their/", include(others)), path("our/", include(OURS)))
    settings.MIDDLEWARE = settings.MIDDLEWARE[:1]

    assert deliver("/their/stripe/").content == b"others"


def test_a_view_that_a_host_wraps_around_ours_is_left_to_its_middleware(host, deliver):
    def wrapped(request: Any) -> HttpResponse:
        return stripe_webhook(request)

    host(path("stripe/", wrapped))

    with pytest.raises(PermissionError):
        deliver("/stripe/")


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([path("api/", include(OURS))], ["/api/webhooks/stripe/"]),
        ([path("shop/", include(([path("pay/", include(OURS))], "shop")))],
         ["/shop/pay/webhooks/stripe/"]),
        (
            [path("one/", include(OURS)), path("two/", include(OURS, namespace="two"))],
            ["/one/webhooks/stripe/", "/two/webhooks/stripe/"],
        ),
        ([path("<slug:shop>/", include(OURS))], []),
        ([path("their/", include(others))], []),
    ],
    ids=["usual", "nested", "twice", "slug", "others alone"],
)  # fmt: skip
def test_its_paths_are_known(host, patterns, expected):
    host(*patterns)

    assert list(find_paths(lambda view: view is stripe_webhook)) == expected
    assert find_path(stripe_webhook) == (expected[0] if expected else None)
    assert all(leads_to(one, stripe_webhook) for one in expected)
    assert not leads_to("/elsewhere/", stripe_webhook)


def test_our_names_are_in_namespaces_of_ours():
    names = ("payments_graphql:stripe-webhook", "payments_graphql:probe", "payments_auth:login")
    assert [reverse(name) for name in names] == [
        "/api/stripe/webhooks/stripe/",
        "/api/stripe/probe/",
        "/api/auth/login/",
    ]
    assert find_path(probe) == "/api/stripe/probe/"
    assert find_path(graphql_view) == reverse("payments_schema:graphql") == "/graphql/"


@pytest.mark.parametrize("address", ["/graphql", "/graphql/"])
def test_a_query_needs_no_slash(client, db, address):
    body = {"query": "{ paymentsConfig { publishableKey } }"}

    answer = client.post(address, body, content_type="application/json")

    assert answer.json()["data"] == {"paymentsConfig": {"publishableKey": "pk_test_sandbox"}}


@pytest.mark.parametrize("address", ["/api/auth/login", "/api/auth/login/"])
def test_signing_in_needs_no_slash(client, db, address):
    body = {"username": "nobody", "password": "wrong"}

    assert client.post(address, body, content_type="application/json").status_code == 401
