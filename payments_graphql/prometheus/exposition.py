"""The text that a scrape gets."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from ..conf import DEFAULT_RATE_LIMITS
from ..metrics import instruments, labels
from .gauges import DatabaseGauges
from .processes import reading

database = DatabaseGauges()
"""One per process, with its cache."""

_EXPECTED = {
    "payments_webhooks": [{"result": one} for one in labels.WEBHOOK_RESULTS],
    "payments_webhook_events": [{"state": one} for one in labels.EVENT_STATES],
    "payments_card_testing": [{"action": one} for one in labels.CARD_TESTING_ACTIONS],
    "payments_sign_in_refusals": [{"reason": one} for one in labels.SIGN_IN_REASONS],
    "payments_limits_hit": [
        {"limit": one}
        for one in (
            *DEFAULT_RATE_LIMITS,
            *(f"graphql.{limit}" for limit in labels.GRAPHQL_LIMITS),
            *labels.STREAM_LIMITS,
        )
    ],
}
"""Counters that are shown before anything was counted. Prometheus would not see the first increase
of a counter that appears with it."""


def render() -> bytes:
    served = CollectorRegistry()
    served.register(_Counts())
    served.register(database)
    return generate_latest(served)


class _Counts(Collector):
    """Our metrics alone, of this process or of all."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        found = {metric.name: metric for metric in _collect() if _is_ours(metric)}
        for described in instruments.REGISTRY.collect():
            metric = found.get(described.name, described)
            # When a counter was created is of no use here, and would double the answer.
            metric.samples = [one for one in metric.samples if not one.name.endswith("_created")]
            _add_expected(metric)
            yield metric


def _collect() -> Iterable[Metric]:
    if not instruments.MULTIPROCESS_DIRECTORY:
        return instruments.REGISTRY.collect()
    with reading(Path(instruments.MULTIPROCESS_DIRECTORY)):
        collector = MultiProcessCollector(None, instruments.MULTIPROCESS_DIRECTORY)
        found: Iterable[Metric] = collector.collect()
        return found


def _is_ours(metric: Metric) -> bool:
    return metric.name == "payments" or metric.name.startswith("payments_")


def _add_expected(metric: Metric) -> None:
    shown = [sample.labels for sample in metric.samples]
    metric.samples += [
        Sample(f"{metric.name}_total", expected, 0.0)
        for expected in _EXPECTED.get(metric.name, ())
        if expected not in shown
    ]
