"""Pages of other origins: listed ones may call the API, and others may call nothing."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from schema.http import refused_origins

SHOP = "https://shop.example"
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-csrftoken",
}


@pytest.fixture
def listed(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def _preflight(path: str, origin: str) -> HttpResponse:
    return Client().options(path, headers={"Origin": origin, **ASKED})


def _ask(origin: str, path: str = "/graphql/") -> Any:
    return Client().post(
        path,
        {"query": "{ paymentsConfig { livemode } }"},
        content_type="application/json",
        headers={"Origin": origin},
    )


def _get_cross_origin(response: HttpResponse) -> dict[str, str]:
    prefix = "access-control-"
    return {
        name.lower().removeprefix(prefix): value
        for name, value in response.headers.items()
        if name.lower().startswith(prefix)
    }


def test_at_first_no_other_origin_may_ask(settings: Any) -> None:
    assert settings.CORS_ALLOWED_ORIGINS == []
    assert _get_cross_origin(_preflight("/graphql/", SHOP)) == {}
    assert _get_cross_origin(_ask(SHOP)) == {}


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(refused_origins, "_logged", set())
    caplog.set_level("WARNING", logger=refused_origins.__name__)
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == refused_origins.__name__
    ]


def test_a_refused_origin_is_logged_once_with_the_setting_to_change(warnings: Any) -> None:
    _preflight("/graphql/", SHOP)
    _ask(SHOP)
    [line] = warnings()
    assert line.startswith(f"origin_refused origin={SHOP} ")
    assert "CORS_ALLOWED_ORIGINS" in line
    _ask("https://other.example")
    assert len(warnings()) == 2


@pytest.mark.usefixtures("listed")
def test_only_a_refused_origin_is_logged(warnings: Any) -> None:
    _ask(SHOP)
    _ask("http://testserver")  # the page's own site
    _ask("https://other.example", path="/api/stripe/webhooks/stripe/")  # closed to all
    _ask("not an origin: [")
    assert [line.split()[1] for line in warnings()] == ['origin="not']


def test_a_client_cannot_fill_the_log(warnings: Any) -> None:
    for number in range(refused_origins._MOST + 5):
        _preflight("/graphql/", f"https://shop{number}.example")
    assert len(warnings()) == refused_origins._MOST


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "path",
    [
        "/graphql/",
        "/graphql",
        "/graphql/stream/",
        "/graphql/stream",
        "/api/auth/login/",
        "/api/auth/logout/",
    ],
)
def test_a_listed_origin_may_ask_with_credentials(path: str) -> None:
    response = _preflight(path, SHOP)
    assert response.status_code == 200
    found = _get_cross_origin(response)
    assert found.pop("max-age") == "86400"
    assert found == {
        "allow-origin": SHOP,
        "allow-credentials": "true",
        "allow-headers": "accept, authorization, content-type, x-csrftoken, x-request-id",
        "allow-methods": "GET, OPTIONS, POST",
        "expose-headers": "retry-after, www-authenticate, x-request-id",
    }
    assert "origin" in response.headers["Vary"].lower()


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("path", ["/graphql/", "/graphql"])
def test_a_listed_origin_may_read_the_answer(path: str) -> None:
    answer = _ask(SHOP, path)
    assert answer.json()["data"]["paymentsConfig"] == {"livemode": False}
    found = _get_cross_origin(answer)
    assert (found["allow-origin"], found["allow-credentials"]) == (SHOP, "true")


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://shop.example:8443",
        "https://a.shop.example",
        "null",
    ],
)
def test_another_origin_may_not(origin: str) -> None:
    assert "allow-origin" not in _get_cross_origin(_preflight("/graphql/", origin))
    assert "allow-origin" not in _get_cross_origin(_ask(origin))


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/login/",
        "/api/stripe/webhooks/stripe/",
        "/api/stripe/webhooks/stripe",
        "/graphqlx",
        "/",
        "/static/x.js",
    ],
)
def test_the_rest_of_the_site_is_closed_to_a_listed_origin_too(db: None, path: str) -> None:
    assert _get_cross_origin(_preflight(path, SHOP)) == {}
    posted = Client().post(path, "{}", "application/json", headers={"Origin": SHOP})
    assert _get_cross_origin(posted) == {}
