"""A host that passes `check` can take a payment. The others are refused and told what to do.

`.ci/checks-page` writes what `check` says about each into docs/checks.md.
"""

from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection

from payments_graphql import checks

from .refused import GOOD, REFUSED, WARNED


@pytest.fixture
def examine(settings: Any) -> Any:
    def examine(values: dict[str, Any]) -> list[CheckMessage]:
        for name, value in values.items():
            if name == "INSTALLED_APPS":
                settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if one != value]
            else:
                setattr(settings, name, value)
        return run_checks(tags=[checks.TAG])

    return examine


@pytest.mark.parametrize("host", [*REFUSED, *WARNED])
def test_a_broken_host_is_told_what_to_do(host, examine):
    expected, values = (REFUSED | WARNED)[host]

    (found,) = (one for one in examine(values) if one.id == f"payments_graphql.{expected}")

    assert found.hint


@pytest.mark.parametrize("host", GOOD)
def test_a_good_host_passes(host, examine):
    assert examine(GOOD[host]) == []


def test_another_database_is_refused(examine, monkeypatch):
    monkeypatch.setattr(connection, "vendor", "mysql")
    monkeypatch.setattr(connection, "display_name", "MariaDB")

    (found,) = examine({})

    assert found.id == "payments_graphql.E051"
    assert "MariaDB" in found.msg


@pytest.mark.parametrize("databases", [[], ["default"]])
def test_a_version_below_djangos_floor_is_refused(db, monkeypatch, databases):
    monkeypatch.setattr(connection.features, "minimum_database_version", (99, 1))

    found = run_checks(tags=[checks.TAG], databases=databases)

    # PostgreSQL is only asked by checks that may connect.
    is_known = bool(databases) or connection.vendor == "sqlite"
    assert [one.id for one in found] == ["payments_graphql.E052"] * is_known
    if is_known:
        assert "99.1 or later is required" in found[0].msg
        assert "Upgrade" in found[0].hint
