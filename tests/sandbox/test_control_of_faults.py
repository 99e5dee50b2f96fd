"""Faults over HTTP, for a sandbox in another process."""

import json
import re

import pytest

from payments_graphql.sandbox import Sandbox
from tests.sandbox.http_calls import FORM, KEY, Answer, call

JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html"}


def add(sandbox: Sandbox, **options: object) -> Answer:
    return call(sandbox, "POST", "/_sandbox/faults", json.dumps(options), JSON)


def status(sandbox: Sandbox) -> int:
    return call(sandbox, "GET", "/v1/customers", headers=KEY).status


def test_a_fault_is_switched_on_listed_and_removed(own_sandbox: Sandbox) -> None:
    made = add(own_sandbox, kind="forbidden", method="get", path="/v1/c*", times=5, delay=0)
    assert made.status == 200
    assert status(own_sandbox) == 403
    (listed,) = call(own_sandbox, "GET", "/_sandbox/faults", headers={}).json["data"]
    assert listed == made.json | {"times": 4}
    assert (listed["kind"], listed["method"], listed["path"]) == ("forbidden", "GET", "/v1/c*")
    removed = call(own_sandbox, "DELETE", f"/_sandbox/faults/{listed['id']}", headers={})
    assert removed.json == {"data": []}
    assert status(own_sandbox) == 200
    assert call(own_sandbox, "DELETE", f"/_sandbox/faults/{listed['id']}", headers={}).status == 404


def test_all_are_cleared_at_once(own_sandbox: Sandbox) -> None:
    add(own_sandbox, kind="forbidden")
    add(own_sandbox, kind="unauthorized")
    assert call(own_sandbox, "DELETE", "/_sandbox/faults", headers={}).json == {"data": []}
    assert status(own_sandbox) == 200


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kind": "no_such"},
        {"kind": "hang", "times": "x"},
        {"kind": "hang", "times": 0},
        {"kind": "hang", "probability": 1.5},
        {"kind": "hang", "probability": "NaN"},
        {"kind": "hang", "delay": True},
        {"kind": "hang", "delay": [1]},
        {"kind": "hang", "should_retry": "maybe"},
        {"kind": "hang", "path": 1},
        {"kind": "hang", "flavor": "red"},
    ],
)
def test_what_is_no_fault_is_refused(own_sandbox: Sandbox, options: dict[str, object]) -> None:
    assert add(own_sandbox, **options).status == 400
    assert own_sandbox.faults.active() == []


def test_the_page_has_a_form_that_switches_one_on_and_buttons_that_do_the_opposite(
    own_sandbox: Sandbox,
) -> None:
    form = "kind=unauthorized&method=&path=&event=&times=&probability=&delay=&spread=&retry_after="
    sent = call(own_sandbox, "POST", "/_sandbox/faults", form, FORM)
    assert (sent.status, sent.headers["Location"]) == (303, "/_sandbox/faults")
    assert status(own_sandbox) == 401
    page = call(own_sandbox, "GET", "/_sandbox/faults", headers=PAGE).body.decode()
    for name in ("kind", "method", "path", "event", "times", "probability", "delay", "spread"):
        assert f'name="{name}"' in page
    remove = re.search(r'action="(/_sandbox/faults/\d+/remove)"', page)
    assert remove is not None
    assert call(own_sandbox, "POST", remove[1], "", FORM).status == 303
    assert status(own_sandbox) == 200
    add(own_sandbox, kind="forbidden")
    assert call(own_sandbox, "POST", "/_sandbox/faults/clear", "", FORM).status == 303
    assert status(own_sandbox) == 200
