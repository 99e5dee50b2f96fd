"""Released parts of the schema are kept, or deprecated for long enough before removal."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from schema.management import compatibility
from schema.management.commands import export_schema

TODAY = date(2027, 1, 1)
GONE = "Use `total`. Removed after 2026-12-31."
STAYS = "Use `total`. Removed after 2027-01-01."


def _schema(
    order: str = "amount: String! status: Status!",
    statuses: str = "PAID OPEN",
    arguments: str = "(id: ID!)",
    rest: str = "",
) -> str:
    return f"""
        type Query {{ order{arguments}: Order shop(id: ID!): String }}
        type Order {{ {order} }}
        enum Status {{ {statuses} }}
        {rest}
    """


def _compare(released: str, present: str) -> compatibility.Report:
    return compatibility.compare(released, present, TODAY)


def _deprecated(reason: str) -> str:
    return f'@deprecated(reason: "{reason}")'


def test_the_same_schema_keeps_its_promise() -> None:
    assert _compare(_schema(), _schema()) == compatibility.Report()


def test_what_is_added_breaks_nothing() -> None:
    present = _schema(order="amount: String! status: Status! total: String!")
    assert _compare(_schema(), present) == compatibility.Report()


@pytest.mark.parametrize(
    ("present", "named"),
    [
        (_schema(order="status: Status!"), "Order.amount was removed"),
        (_schema(order="amount: Int! status: Status!"), "Order.amount changed type"),
        (_schema(order="amount: String status: Status!"), "Order.amount changed type"),
        (_schema(arguments="(id: ID!, shop: ID!)"), "Query.order(shop:)"),
        (_schema(arguments=""), "Query.order(id:)"),
        (_schema(statuses="PAID"), "Status.OPEN"),
    ],
)
def test_a_change_that_breaks_a_client_is_named(present: str, named: str) -> None:
    (broken,) = _compare(_schema(), present).broken
    assert named in broken


def test_a_removed_type_is_named() -> None:
    released = _schema(order="amount: String! status: Status! refund: Refund",
                       rest="type Refund { id: ID! }")  # fmt: skip
    broken = _compare(released, _schema()).broken
    assert any("Refund was removed" in change for change in broken)
    assert any("Order.refund was removed" in change for change in broken)


def test_what_was_deprecated_may_go_once_its_day_has_passed() -> None:
    released = _schema(
        order=f"amount: String! {_deprecated(GONE)} status: Status!",
        statuses=f"PAID OPEN {_deprecated(GONE)}",
        arguments=f"(id: ID!, shop: ID {_deprecated(GONE)})",
    )
    present = _schema(order="status: Status!", statuses="PAID")
    assert _compare(released, present) == compatibility.Report()


def test_until_that_day_it_stays() -> None:
    released = _schema(order=f"amount: String! {_deprecated(STAYS)} status: Status!")
    (broken,) = _compare(released, _schema(order="status: Status!")).broken
    assert "Order.amount was removed" in broken


def test_a_deprecation_that_was_not_released_frees_nothing() -> None:
    """Clients do not know it."""
    present = _schema(order=f"amount: Int! {_deprecated(GONE)} status: Status!")
    (broken,) = _compare(_schema(), present).broken
    assert "Order.amount changed type" in broken


def test_the_types_of_a_field_that_may_go_go_with_it() -> None:
    """Includes those that are reached only through an interface."""
    released = _schema(
        order=f"amount: String! status: Status! refund: Refund {_deprecated(GONE)}",
        rest="""
            type Refund { errors: [Error!]! reason: Reason }
            enum Reason { LATE }
            interface Error { message: String! }
            type CardError implements Error { message: String! advice: String! }
        """,
    )
    assert _compare(released, _schema()) == compatibility.Report()


def test_the_types_of_an_interface_that_stays_stay() -> None:
    errors = "interface Error { message: String! }"
    card = "type CardError implements Error { message: String! }"
    order = "amount: String! status: Status! errors: [Error!]!"
    released = _schema(order=order, rest=f"{errors} {card}")
    broken = _compare(released, _schema(order=order, rest=errors)).broken
    assert any("CardError was removed" in change for change in broken)


def test_the_day_is_not_brought_forward() -> None:
    released = _schema(order=f"amount: String! {_deprecated(STAYS)} status: Status!")
    present = _schema(order=f"amount: String! {_deprecated(GONE)} status: Status!")
    (broken,) = _compare(released, present).broken
    assert broken == "Order.amount was to stay until 2027-01-01, and is now to go on 2026-12-31."
    assert _compare(present, released) == compatibility.Report()


def test_a_new_value_that_may_surprise_a_client_is_told() -> None:
    report = _compare(_schema(), _schema(statuses="PAID OPEN LOST"))
    assert report.broken == []
    (risky,) = report.risky
    assert "Status.LOST" in risky


@pytest.mark.parametrize(
    "reason", ["Use `total`.", "Removed after 2027-13-01.", "", "Removed soon."]
)
def test_a_deprecation_needs_a_day(reason: str) -> None:
    schema = _schema(
        order=f"amount: String! {_deprecated(reason)} status: Status! {_deprecated(GONE)}"
    )
    assert compatibility.find_undated(schema) == ["Order.amount"]


def test_a_release_gives_half_a_year_to_what_it_deprecates() -> None:
    soon = _deprecated("Use `total`. Removed after 2027-07-02.")
    late = _deprecated("Use `total`. Removed after 2027-07-03.")
    for text, expected in ((soon, ["Order.amount"]), (late, [])):
        present = _schema(order=f"amount: String! {text} status: Status!")
        assert compatibility.find_short_notices(_schema(), present, TODAY) == expected
        assert compatibility.find_short_notices("", present, TODAY) == expected
        # Announced in an earlier release, it has been deprecated long enough.
        assert compatibility.find_short_notices(present, present, TODAY) == []


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command reads and writes. The schema is the real one."""
    monkeypatch.setattr(export_schema, "SCHEMA_FILE", tmp_path / "schema.graphql")
    monkeypatch.setattr(export_schema, "RELEASED_FILE", tmp_path / "released.graphql")
    call_command("export_schema", verbosity=0)
    return tmp_path


def _make_present(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Printed:
        def as_str(self) -> str:
            return text

    monkeypatch.setattr(export_schema, "schema", Printed())
    call_command("export_schema", verbosity=0)


def test_a_release_writes_down_what_is_promised(files: Path) -> None:
    assert not (files / "released.graphql").exists()
    call_command("export_schema", release=True)
    released = (files / "released.graphql").read_text()
    assert released.startswith("# The schema as it was last released")
    assert released.endswith((files / "schema.graphql").read_text())
    call_command("export_schema", check=True)


def test_the_check_fails_on_a_broken_promise(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_present(monkeypatch, _schema())
    call_command("export_schema", release=True)
    _make_present(monkeypatch, _schema(order="status: Status!"))
    for option in ("check", "release"):
        with pytest.raises(CommandError, match=r"breaks what was released:\n  - .*Order.amount"):
            call_command("export_schema", **{option: True})
    assert "amount" in (files / "released.graphql").read_text()


def test_the_check_tells_what_may_surprise_and_passes(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    _make_present(monkeypatch, _schema())
    call_command("export_schema", release=True)
    _make_present(monkeypatch, _schema(statuses="PAID OPEN LOST"))
    call_command("export_schema", check=True)
    assert "May surprise a client" in capsys.readouterr().err


@pytest.mark.usefixtures("files")
def test_the_check_fails_on_a_deprecation_without_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _schema(order=f"amount: String! {_deprecated('Use `total`.')} status: Status!")
    _make_present(monkeypatch, text)
    with pytest.raises(CommandError, match=r"without a date: Order\.amount"):
        call_command("export_schema", check=True)


@pytest.mark.usefixtures("files")
def test_a_release_refuses_a_short_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "Use `total`. Removed after 2027-02-01."
    _make_present(monkeypatch, _schema(order=f"amount: String! {_deprecated(reason)}"))
    with (
        time_machine.travel("2027-01-01", tick=False),
        pytest.raises(CommandError, match=r"to go before 2027-07-03: Order\.amount"),
    ):
        call_command("export_schema", release=True)


def test_the_schema_keeps_what_was_released() -> None:
    assert export_schema.RELEASED_FILE.exists()
    call_command("export_schema", check=True)
