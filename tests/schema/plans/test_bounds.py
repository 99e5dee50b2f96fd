"""However many documents, page sizes and values there are, a worker keeps a limited number of
plans."""

from typing import Any

import pytest

from schema.engine import plans
from tests.schema.plans.executing import execute

_PAGE = """query Page%d($first: Int!, $more: Boolean!) {
  paymentIntents(first: $first) { nodes { id amount @include(if: $more) } }
}"""


@pytest.mark.django_db
def test_all_documents_together_keep_a_limited_number_of_plans(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ("_writers", "_queries", "_readings")
    for kind in kinds:
        monkeypatch.setattr(plans, kind, plans.Bounded(10))
    for number in range(8):
        for variables in [{"first": size, "more": size % 2 == 0} for size in range(1, 9)]:
            for _ in range(2):  # the second answer comes from what the first one kept
                answer = execute(_PAGE % number, people["owner"], variables)
                assert not answer["errors"]
                nodes = answer["data"]["paymentIntents"]["nodes"]
                assert len(nodes) == min(variables["first"], 6)
                assert all(("amount" in node) == variables["more"] for node in nodes)
    assert [len(getattr(plans, kind)) for kind in kinds] == [10, 10, 10]
