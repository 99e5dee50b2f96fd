"""The rules, the dashboard and docs/monitoring.md use only metrics and labels that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from payments_graphql.metrics import instruments
from payments_graphql.prometheus.exposition import render
from payments_graphql.prometheus.gauges import DatabaseGauges
from tests.prometheus.promtool import DASHBOARD, ROOT, RULES, run_promtool

_OF_PROMETHEUS = {"job", "instance", "le", "alertname", "alertstate", "severity"}
_METRIC = re.compile(r"\b(payments(?:_[a-z_]+)?)\b(?:\{([^}]*)\})?")
_BY = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_PAGE = ROOT / "docs" / "monitoring.md"


def _list_exported() -> dict[str, set[str]]:
    """The labels of each time series."""
    exported: dict[str, set[str]] = {}
    for instrument in instruments.ALL:
        [metric] = instrument.describe()
        labels = set(instrument._labelnames)
        if metric.type == "counter":
            exported[f"{metric.name}_total"] = labels
        elif metric.type == "histogram":
            exported[f"{metric.name}_bucket"] = labels | {"le"}
            exported |= dict.fromkeys((f"{metric.name}_sum", f"{metric.name}_count"), labels)
        else:
            exported[metric.name] = labels
    for family in DatabaseGauges().describe():
        exported[family.name] = set(family._labelnames)
    return exported


EXPORTED = _list_exported()


def _list_rules() -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def _list_panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in panels if panel["type"] != "row"]


def _list_queries() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in _list_panels():
        yield from (target["expr"] for target in panel["targets"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"].replace("label_values(", "").rsplit(",", 1)[0]


def _find_metrics(expression: str) -> list[tuple[str, set[str]]]:
    without_texts = re.sub(r'(=~|!~|!=|=)"[^"]*"', r"\1", expression)
    return [
        (name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels)))
        for name, labels in _METRIC.findall(without_texts)
    ]


@pytest.mark.parametrize("expression", [*_list_rules(), *_list_queries()])
def test_every_metric_and_label_is_exported(expression: str) -> None:
    found = _find_metrics(expression)
    assert found or "up{" in expression
    for name, labels in found:
        assert name in EXPORTED
        assert labels - _OF_PROMETHEUS <= EXPORTED[name]
    grouped = {label for names in _BY.findall(expression) for label in re.findall(r"\w+", names)}
    known = set().union(_OF_PROMETHEUS, *(EXPORTED[name] for name, _ in found))
    assert grouped <= known


def test_every_metric_is_shown_in_the_dashboard_or_used_by_an_alert() -> None:
    used = {name for text in (*_list_rules(), *_list_queries()) for name, _ in _find_metrics(text)}
    used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    exported = {re.sub(r"_(bucket|sum|count)$", "", name) for name in EXPORTED}
    assert exported - used == set()


@pytest.mark.django_db
def test_promtool_finds_no_fault_in_an_answer() -> None:
    """It checks names, types and help texts by the customs of Prometheus."""
    checked = run_promtool("check", "metrics", input=render().decode())
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_promtool_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(_list_queries())
    ]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    checked = run_promtool("check", "rules", str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_panel_of_the_dashboard_has_a_title_and_a_place() -> None:
    panels = _list_panels()
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_the_page_lists_every_metric_with_its_labels() -> None:
    rows = re.findall(r"^\| `(payments\w*)` \|([^|]*)\|", _PAGE.read_text(), re.MULTILINE)
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert documented == {
        re.sub(r"_bucket$", "", name): labels - {"le"}
        for name, labels in EXPORTED.items()
        if not re.search(r"_(sum|count)$", name)
    }


def test_the_page_lists_every_alert() -> None:
    alerts = {
        rule["alert"]
        for group in yaml.safe_load(RULES.read_text())["groups"]
        for rule in group["rules"]
    }
    assert alerts <= set(re.findall(r"\bPayments[A-Z]\w+", _PAGE.read_text()))
