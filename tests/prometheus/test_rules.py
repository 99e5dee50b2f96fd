"""Each alert fires for what it is made for, and is over afterwards."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from payments_graphql.problems import ALL
from payments_graphql.problems.kind import RUNBOOK
from tests.docs.pages import list_anchors
from tests.prometheus.alert_cases import CASES, Case
from tests.prometheus.promtool import ROOT, RULES, run_promtool

_OF_PROBLEMS = {kind.runbook for kind in ALL}


def _list_alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _find_page(link: str) -> Path:
    return ROOT / link.partition("#")[0]


def _ask(case: Case, minute: int, firing: int) -> dict[str, Any]:
    found = {"labels": f'{{alertname="{case.alert}"}}', "value": firing}
    return {
        "expr": f'count by (alertname) (ALERTS{{alertname="{case.alert}",alertstate="firing"}})',
        "eval_time": f"{minute}m",
        "exp_samples": [found] if firing else [],
    }


def _write(folder: Path, case: Case, **asked: Any) -> Path:
    """With one alert alone, and few evaluations of a long case, promtool takes a tenth of the
    time."""
    every = "1m" if case.is_over_at < 24 * 60 else "5m"
    series = [{"series": name, "values": values} for name, values in case.series.items()]
    test = {"interval": "1m", "name": case.alert, "input_series": series, **asked}
    rules = [rule for rule in _list_alerts() if rule["alert"] == case.alert]
    # JSON is YAML.
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "one", "rules": rules}]}))
    written = {"rule_files": ["rules.yml"], "evaluation_interval": every, "tests": [test]}
    path = folder / "test.yml"
    path.write_text(json.dumps(written))
    return path


def test_promtool_accepts_the_rules() -> None:
    checked = run_promtool("check", "rules", str(RULES))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == {rule["alert"] for rule in _list_alerts()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_an_alert_fires_and_clears(case: Case, tmp_path: Path) -> None:
    asked = [
        _ask(case, case.quiet_at, 0),
        _ask(case, case.fires_at, case.times),
        _ask(case, case.is_over_at, 0),
    ]
    path = _write(tmp_path, case, promql_expr_test=asked)
    tested = run_promtool("test", "rules", str(path))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_the_texts_of_a_firing_alert_have_no_errors(case: Case, tmp_path: Path) -> None:
    """promtool shows the alerts that it found when none were expected."""
    asked = {"eval_time": f"{case.fires_at}m", "alertname": case.alert, "exp_alerts": []}
    path = _write(tmp_path, case, alert_rule_test=[asked])
    shown = run_promtool("test", "rules", str(path))
    output = shown.stdout + shown.stderr
    links = re.findall(r'runbook_url="([^"]*)"', output)
    assert len(links) == case.times, output
    assert all(link in _OF_PROBLEMS for link in links if link.startswith(RUNBOOK)), links
    assert all(link.partition("#")[2] in list_anchors(_find_page(link)) for link in links), links
    assert "error expanding" not in output
    assert "NaN" not in output


@pytest.mark.parametrize("rule", _list_alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    texts = rule["annotations"]
    assert texts.keys() == {"summary", "description", "runbook_url"}
    assert not texts["summary"].endswith(".")
    assert texts["description"].endswith(".")
    page, anchor = texts["runbook_url"].split("#")
    if page == RUNBOOK:  # the kind is known when it fires
        return
    assert anchor == rule["alert"].lower()
    assert anchor in list_anchors(ROOT / page)
