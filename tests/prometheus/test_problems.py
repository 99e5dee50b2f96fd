"""Problems and the money at risk come from the stored list of problems."""

import pytest

from payments_graphql.models import StoredProblem
from payments_graphql.prometheus.exposition import render

pytestmark = pytest.mark.django_db


def _store(kind: str, count: int, amounts: dict[str, int]) -> None:
    StoredProblem.objects.create(kind=kind, count=count, amounts=amounts)


def test_problems_are_shown_with_their_money() -> None:
    _store("drift", 2, {"USD": 9999, "JPY": 500})
    _store("dead_events", 1, {})
    text = render().decode()
    assert 'payments_problems{kind="drift"} 2.0' in text
    assert 'payments_problems{kind="dead_events"} 1.0' in text
    assert 'payments_money_at_risk{currency="USD",kind="drift"} 99.99' in text
    assert 'payments_money_at_risk{currency="JPY",kind="drift"} 500.0' in text
