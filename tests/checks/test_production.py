"""Checks for deployments, and the secret key of production."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.checks import run_checks

from payments_graphql import checks
from tests.checks.running import get_ids, run_ours

GOOD_KEY = "q7f0-3kd9_Zx81mTb5nVw2Cy6Rj4Lp0HsGaEuQiDoYtKzXvBcNmW"


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Without the changes that a test runner makes."""
    monkeypatch.delattr(mail, "outbox")
    settings.DEBUG = False
    settings.SECRET_KEY = GOOD_KEY
    return settings


@pytest.mark.parametrize(("hosts", "expected"), [(["*"], {"W006"}), (["shop.example"], set())])
def test_a_deployment_must_not_allow_every_host_name(
    settings: Any, hosts: list[str], expected: set[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
    ids = {str(message.id).removeprefix("payments_graphql.") for message in found}
    assert ids - {"W011", "W012"} == expected
    assert run_ours() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}, set()),
        ({}, {"W012"}),
        ({"STRIPE_API_BASE": "http://127.0.0.1:12111"}, {"W011", "W012"}),
    ],
)
def test_a_deployment_is_told_that_nobody_is_charged(
    production: Any, values: dict[str, Any], expected: set[str]
) -> None:
    for name, value in {"STRIPE_API_BASE": "", **values}.items():
        setattr(production, name, value)
    found = run_checks(tags=[checks.TAG], include_deployment_checks=True)
    assert {str(message.id).removeprefix("payments_graphql.") for message in found} == expected
    assert run_ours() == []


@pytest.mark.parametrize(
    ("name", "value", "storage", "expected"),
    [
        ("GRANIAN_WORKERS", "2", "memory://", {"W022"}),
        ("WEB_CONCURRENCY", "8", "", {"W022"}),
        ("WEB_CONCURRENCY", "1", "memory://", set()),
        ("WEB_CONCURRENCY", "many", "memory://", set()),
        ("GRANIAN_WORKERS", "2", "redis://127.0.0.1:6379/0", set()),
    ],
)
def test_several_processes_need_a_storage_that_they_share(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    storage: str,
    expected: set[str],
) -> None:
    monkeypatch.setenv(name, value)
    settings.PAYMENTS_RATE_LIMIT_STORAGE = storage
    assert get_ids() == expected


def test_an_empty_secret_key_is_reported_as_empty(production: Any) -> None:
    """Django's own error on reading an empty key has no hint."""
    production.SECRET_KEY = ""
    (message,) = run_ours()
    assert message.msg == "SECRET_KEY is not set."


@pytest.mark.parametrize(
    "key",
    [
        "",
        "tiny",
        "a" * 60,
        "django-insecure-" + GOOD_KEY,
        "development-only-secret-key-that-is-long-enough-to-sign-with",
    ],
)
def test_a_weak_secret_key_is_found_in_production(
    production: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    production.SECRET_KEY = key or "x"  # Django itself refuses to read an empty key
    (message,) = run_ours()
    assert message.id == "payments_graphql.E010"
    assert not key or key not in f"{message.msg} {message.hint}"


def test_a_strong_secret_key_passes_in_production(production: Any) -> None:
    assert run_ours() == []


def test_our_development_key_is_known_to_the_check(production: Any) -> None:
    """The key in settings/development.py is public, so it must be refused elsewhere."""
    text = Path("settings/development.py").read_text()
    found = re.search(r'env\.str\("SECRET_KEY", ""\) or "([^"]+)"', text)
    assert found
    production.SECRET_KEY = found[1]
    assert get_ids() == {"E010"}


def test_a_weak_secret_key_is_fine_in_development_and_tests(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY = "django-insecure-x"
    assert hasattr(mail, "outbox")
    assert run_ours() == []
    monkeypatch.delattr(mail, "outbox")
    settings.DEBUG = True
    assert run_ours() == []
