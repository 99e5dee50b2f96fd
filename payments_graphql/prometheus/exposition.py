"""The text that a scrape gets."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from ..conf import DEFAULT_RATE_LIMITS
from ..metrics import instruments, labels
from .gauges import DatabaseGauges
from .processes import fill, read_sums

database = DatabaseGauges()
"""One per process, with its cache."""

type _Labels = dict[str, str]

_EXPECTED: dict[str, list[_Labels]] = {
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

_EXPECTED_WITH: dict[str, tuple[_Labels, str]] = {
    "payments": ({"outcome": "declined"}, "currency"),
    "payments_refunds": ({"status": "succeeded"}, "currency"),
    "payments_disputes": ({"status": "opened"}, "currency"),
    "payments_stripe_calls": ({"outcome": "credentials"}, "call"),
}
"""The same, for each currency and each call that was seen."""


def render() -> bytes:
    served = CollectorRegistry()
    served.register(_Counts())
    served.register(database)
    return generate_latest(served)


class _Counts(Collector):
    """Our metrics, of this process or of all."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        found = {metric.name: metric for metric in _collect()}
        seen = {
            "currency": _list_values(found["payments"], "currency"),
            "call": _list_values(found["payments_stripe_calls"], "call"),
        }
        for metric in found.values():
            # When a counter was created is of no use here, and would double the answer.
            metric.samples = [one for one in metric.samples if not one.name.endswith("_created")]
            _show(metric, _EXPECTED.get(metric.name, ()))
            if metric.name in _EXPECTED_WITH:
                constant, varying = _EXPECTED_WITH[metric.name]
                _show(metric, [{**constant, varying: value} for value in seen[varying]])
            yield metric


def _list_values(metric: Metric, label: str) -> list[str]:
    return sorted({sample.labels[label] for sample in metric.samples})


def _collect() -> Iterable[Metric]:
    if instruments.MULTIPROCESS_DIRECTORY:
        described = [metric for one in instruments.ALL for metric in one.describe()]
        return fill(described, read_sums(Path(instruments.MULTIPROCESS_DIRECTORY)))
    return [metric for one in instruments.ALL for metric in one.collect()]


def _show(metric: Metric, expected: Iterable[_Labels]) -> None:
    shown = [sample.labels for sample in metric.samples]
    metric.samples += [
        Sample(f"{metric.name}_total", one, 0.0) for one in expected if one not in shown
    ]
