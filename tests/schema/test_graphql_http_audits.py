"""The audits of https://github.com/graphql/graphql-http, run by Node.js against the real server."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings.management.processes import Processes, find_free_port
from tests.subprocesses import get_environment

CLIENT = Path(__file__).parents[1] / "clients" / "graphql-http-audits"
AUDITS = 61


@pytest.fixture(scope="module")
def node() -> str:
    """The program, with what the client needs installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Under CI, Node.js must not be missing.")
        pytest.skip("Node.js is not installed.")
    installed = CLIENT / "node_modules" / ".package-lock.json"
    wanted = CLIENT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=CLIENT, check=True, capture_output=True, timeout=300)
    return node


@pytest.fixture(scope="module")
def site_url(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[str]:
    # Some audits query `__type`.
    with django_db_blocker.unblock():
        environment = get_environment(PAYMENTS_GRAPHQL_INTROSPECTION="true")
    port = find_free_port()
    path = tmp_path_factory.mktemp("audits") / "log"
    with path.open("w") as log, Processes(environment, log) as processes:
        processes.start_site(port)
        yield f"http://127.0.0.1:{port}/graphql/"


def test_every_audit_of_graphql_over_http_is_passed(node: str, site_url: str) -> None:
    command = [node, "audit.js", site_url]
    done = subprocess.run(
        command, cwd=CLIENT, check=True, capture_output=True, text=True, timeout=120
    )
    outcomes = json.loads(done.stdout)
    assert [outcome for outcome in outcomes if outcome["status"] != "ok"] == []
    assert len(outcomes) == AUDITS
