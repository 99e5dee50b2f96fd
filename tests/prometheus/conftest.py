from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from payments_graphql.prometheus.exposition import database

TOKEN = "a-token-for-prometheus"

type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(autouse=True)
def fresh_gauges() -> Iterator[None]:
    """Reads the database at the next scrape, and lets no other test see what this one read."""
    database.forget()
    yield
    database.forget()


@pytest.fixture
def scrape(settings: Any, db: None) -> Callable[[], Samples]:
    """What Prometheus reads now."""
    settings.PAYMENTS_METRICS_TOKEN = TOKEN

    def scrape() -> Samples:
        database.forget()
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200, answer.content
        return read_samples(answer.content.decode())

    return scrape


@pytest.fixture
def counted(scrape: Callable[[], Samples]) -> Callable[..., dict[Mapping[str, str], float]]:
    """`counted("payments_total")`: what was added since the test began, by labels. Values of
    histograms are left out."""
    before = scrape()

    def counted(name: str) -> dict[Any, float]:
        return {
            frozenset(labels): value - before.get((found, labels), 0)
            for (found, labels), value in scrape().items()
            if found == name and value != before.get((found, labels), 0)
        }

    return counted


def labeled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())
