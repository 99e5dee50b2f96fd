"""Problems and the money at risk come from the stored list of problems."""

import sys
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from payments_graphql.prometheus.exposition import render

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Stored:
    """With the fields of a `Problem` that metrics need."""

    kind: str
    count: int
    amounts: dict[str, int] = field(default_factory=dict)


def test_problems_are_shown_with_their_money(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [
        Stored("drift", 2, {"USD": 9999, "JPY": 500}),
        Stored("dead_events", 1),
        Stored("failed_refunds", 0),
    ]
    module = ModuleType("payments_graphql.problems")
    module.list_stored_problems = lambda: stored  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "payments_graphql.problems", module)
    text = render().decode()
    assert 'payments_problems{kind="drift"} 2.0' in text
    assert 'payments_problems{kind="dead_events"} 1.0' in text
    assert 'payments_problems{kind="failed_refunds"} 0.0' in text
    assert 'payments_money_at_risk{currency="USD",kind="drift"} 99.99' in text
    assert 'payments_money_at_risk{currency="JPY",kind="drift"} 500.0' in text
