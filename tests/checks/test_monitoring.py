"""Checks of who may read the metrics."""

from typing import Any

import pytest

from tests.checks.running import get_ids, run_ours

pytestmark = pytest.mark.any_database

TOKEN = "a-token-for-prometheus"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expected", "values"),
    [
        ("E070", {"PAYMENTS_METRICS_TOKEN": "short"}),
        ("E070", {"PAYMENTS_METRICS_TOKEN": "a token with some blanks"}),
        ("E070", {"PAYMENTS_METRICS_TOKEN": "ein-Schlüssel-für-Prometheus"}),
        ("E017", {"PAYMENTS_METRICS_TOKEN": 1234567890123456}),
        ("E071", {"PAYMENTS_METRICS_NETWORKS": ["10.0.0.1/8"]}),
        ("E071", {"PAYMENTS_METRICS_NETWORKS": ["prometheus.internal"]}),
        ("E071", {"PAYMENTS_METRICS_NETWORKS": ["2001:db8::7/128"]}),
        ("E017", {"PAYMENTS_METRICS_NETWORKS": "10.0.0.0/8"}),
        ("E017", {"PAYMENTS_METRICS_NETWORKS": [10]}),
    ],
)
def test_a_wrong_value_is_found(settings: Any, expected: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    [found] = run_ours()
    assert found.id == f"payments_graphql.{expected}"
    token = values.get("PAYMENTS_METRICS_TOKEN")
    assert token is None or str(token) not in f"{found.msg} {found.hint}"


@pytest.mark.django_db
def test_right_values_are_accepted(settings: Any) -> None:
    settings.PAYMENTS_METRICS_TOKEN = TOKEN
    settings.PAYMENTS_METRICS_NETWORKS = ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/48"]
    assert get_ids() == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("workers", "directory", "token", "expected"),
    [
        ("2", "", TOKEN, {"W070"}),
        ("2", "/run/payments/metrics", TOKEN, set()),
        ("1", "", TOKEN, set()),
        ("2", "", "", set()),  # nobody reads them
    ],
)
def test_several_processes_need_a_directory(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    workers: str,
    directory: str,
    token: str,
    expected: set[str],
) -> None:
    settings.PAYMENTS_RATE_LIMIT_STORAGE = "redis://127.0.0.1:6379/0"  # not about rate limits
    settings.PAYMENTS_METRICS_TOKEN = token
    monkeypatch.setenv("GRANIAN_WORKERS", workers)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", directory)
    assert get_ids() == expected
