"""Production's settings as a deployment sees them: what they refuse, and what they answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RIGHT = {
    "DJANGO_SETTINGS_MODULE": "settings.production",
    "SECRET_KEY": "q7f0-3kd9_Zx81mTb5nVw2Cy6Rj4Lp0HsGaEuQiDoYtKzXvBcNmW",
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgres://shop@db.example/shop",
    "STRIPE_SECRET_KEY": "sk_live_51HabcDEFghiJKL",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_51HabcDEFghiJKL",
    "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh",
}
SETTINGS = """
from settings.production import *

# Without the manifest that `collectstatic` makes.
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
"""
WITH_DEMO = (
    SETTINGS
    + """
INSTALLED_APPS = ["payments_graphql.demo", *INSTALLED_APPS]
"""
)
VISIT = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client

def visit(path, **headers):
    response = Client().get(path, headers=headers, HTTP_HOST="shop.example")
    cookies = {name: dict(morsel) for name, morsel in response.cookies.items()}
    return {"status": response.status_code, "cookies": cookies,
            "text": response.text,
            "headers": {name.lower(): value for name, value in response.headers.items()}}

def list_one_click_addresses():
    from django.urls import NoReverseMatch, reverse
    try:
        return [reverse("payments_demo:sign_in_as")]
    except NoReverseMatch:
        return []

print(json.dumps({
    "debug": settings.DEBUG,
    "plain": visit("/"),
    "forwarded": visit("/graphql/?query={__typename}", **{"X-Forwarded-Proto": "https"}),
    "sign_in": visit("/admin/login/", **{"X-Forwarded-Proto": "https"}),
    "one_click": visit("/demo/sign-in/", **{"X-Forwarded-Proto": "https"}),
    "one_click_addresses": list_one_click_addresses(),
    "graphiql": visit("/graphql/", **{"X-Forwarded-Proto": "https", "Accept": "text/html"}),
}))
"""


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=kept | RIGHT | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _check(**environment: str) -> subprocess.CompletedProcess[str]:
    return _run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **environment)


def test_a_right_deployment_passes_every_check() -> None:
    done = _check()
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {
                "SECRET_KEY": "",
                "ALLOWED_HOSTS": "",
                "STRIPE_WEBHOOK_SECRET": "",
                "SECURE_HSTS_SECONDS": "0",
                "SECURE_SSL_REDIRECT": "false",
            },
            [
                "payments_graphql.E010) SECRET_KEY is not set.",
                "security.W020) ALLOWED_HOSTS must not be empty",
                "payments_graphql.E007) STRIPE_WEBHOOK_SECRET is not set.",
                "security.W004) You have not set a value for the SECURE_HSTS",
                "security.W008) Your SECURE_SSL_REDIRECT setting is not",
            ],
        ),
        (
            {
                "SECRET_KEY": "short",
                "ALLOWED_HOSTS": "*",
                "STRIPE_SECRET_KEY": "sk_test_1",
                "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
            },
            [
                "payments_graphql.E010) SECRET_KEY is too short or publicly known",
                "payments_graphql.W006) ALLOWED_HOSTS is '*'",
                "payments_graphql.W012) Stripe's keys are test keys: nobody is charged.",
            ],
        ),
        (
            {
                "STRIPE_SECRET_KEY": "sk_test_1",
                "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
                "STRIPE_API_BASE": "http://127.0.0.1:12111",
            },
            ["payments_graphql.W011) STRIPE_API_BASE is http://127.0.0.1:12111: no payment"],
        ),
        (
            {"DJANGO_SETTINGS_MODULE": "settings.development"},
            ["payments_graphql.E031) DEBUG is on with a live key"],
        ),
    ],
)
def test_a_wrong_deployment_is_told_what_is_wrong(
    values: dict[str, str], expected: list[str]
) -> None:
    done = _check(**values)
    assert done.returncode == 1
    for message in expected:
        assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("production")
    (directory / "shop_settings.py").write_text(SETTINGS)
    (directory / "shop_with_demo_settings.py").write_text(WITH_DEMO)
    return directory


def _visit(directory: Path, **environment: str) -> dict[str, Any]:
    done = _run(
        "-c",
        VISIT,
        **{
            "DJANGO_SETTINGS_MODULE": "shop_settings",
            "PYTHONPATH": f"{directory}{os.pathsep}{ROOT}",
        }
        | environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


@pytest.fixture(scope="module")
def alone(directory: Path) -> dict[str, Any]:
    """The answers of a site without a proxy whose environment asks for debugging."""
    return _visit(directory, DEBUG="true")


@pytest.fixture(scope="module")
def behind_proxy(directory: Path) -> dict[str, Any]:
    return _visit(directory, SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto", PAYMENTS_GRAPHIQL="true")


def test_debugging_cannot_be_switched_on(alone: dict[str, Any]) -> None:
    assert alone["debug"] is False


def test_plain_http_is_sent_to_https(alone: dict[str, Any], behind_proxy: dict[str, Any]) -> None:
    for answers in (alone, behind_proxy):
        assert answers["plain"]["status"] == 301
        assert answers["plain"]["headers"]["location"] == "https://shop.example/"


def test_a_client_cannot_claim_to_come_by_https(alone: dict[str, Any]) -> None:
    assert alone["forwarded"]["status"] == 301


def test_a_proxy_that_is_named_is_believed(behind_proxy: dict[str, Any]) -> None:
    assert behind_proxy["forwarded"]["status"] == 200


def test_every_page_tells_the_browser_to_be_careful(behind_proxy: dict[str, Any]) -> None:
    headers = behind_proxy["sign_in"]["headers"]
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]


def test_cookies_go_by_https_alone(behind_proxy: dict[str, Any]) -> None:
    cookie = behind_proxy["sign_in"]["cookies"]["csrftoken"]
    assert cookie["secure"] is True
    assert cookie["samesite"] == "Lax"
    values = _run(
        "-c",
        "from django.conf import settings as s; print("
        "s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE)",
    )
    assert values.stdout.split() == ["True", "True", "Lax"]


def test_graphiql_is_off_unless_asked_for_and_then_asks_to_sign_in(
    directory: Path, behind_proxy: dict[str, Any]
) -> None:
    off = _visit(directory, SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto")["graphiql"]
    assert off["status"] == 406
    on = behind_proxy["graphiql"]
    assert (on["status"], on["headers"]["location"]) == (302, "/admin/login/?next=/graphql/")


@pytest.mark.parametrize("module", ["shop_settings", "shop_with_demo_settings"])
def test_nobody_is_signed_in_with_one_click(directory: Path, module: str) -> None:
    answers = _visit(
        directory,
        DJANGO_SETTINGS_MODULE=module,
        DEBUG="true",
        SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto",
    )
    assert answers["one_click_addresses"] == []
    assert answers["one_click"]["status"] == 404
    assert "Log in" in answers["sign_in"]["text"]
    assert "Sign in as" not in answers["sign_in"]["text"]
