"""The GraphQL package works wherever it is installed, and each type declares itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import strawberry

from payments_graphql.models import StripeRefund
from schema.engine import object_types
from schema.engine.object_types import list_object_types, object_type
from schema.engine.prefetching import list_readings
from schema.types.bookings import Booking

from .selecting import SDL

ROOT = Path(__file__).parents[2]

ELSEWHERE = """
from settings.testing import *

INSTALLED_APPS = [
    "payments_graphql.schema" if app == "schema" else app for app in INSTALLED_APPS
]
ROOT_URLCONF = "addresses"
"""

ADDRESSES = """
from django.urls import include, path

urlpatterns = [
    path("graphql/", include("payments_graphql.schema.urls")),
    path("api/stripe/", include("payments_graphql.urls")),
]
"""


def test_it_works_below_payments_graphql(tmp_path: Path) -> None:
    """As in the wheel. There is no other `schema` that could be imported by mistake."""
    shutil.copytree(ROOT / "payments_graphql", tmp_path / "payments_graphql")
    shutil.copytree(ROOT / "schema", tmp_path / "payments_graphql" / "schema")
    shutil.copytree(ROOT / "settings", tmp_path / "settings")
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    (tmp_path / "addresses.py").write_text(ADDRESSES)

    for command in (["check"], ["export_schema", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "django", *command, "--settings=elsewhere"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("declared", list_object_types(), ids=lambda declared: declared.name)
def test_a_type_declares_fields_that_it_has(declared: object_types.ObjectType) -> None:
    fields = set(SDL.type_map[declared.name].fields)
    assert declared.needed_to_act <= fields
    assert set(list_readings(declared)) <= fields


def test_a_field_that_shows_another_object_must_say_how_it_is_read(monkeypatch) -> None:
    """It would be shown without requiring the permission to view it."""
    monkeypatch.setattr(object_types, "_by_class", dict(object_types._by_class))
    monkeypatch.setattr(object_types, "_by_name", dict(object_types._by_name))

    @object_type(StripeRefund, name="Careless", description="")
    class Careless:
        @strawberry.field
        def booking(self) -> Booking | None:
            return None

    with pytest.raises(TypeError, match="`booking` must name the one lookup"):
        list_readings(object_types.get_object_type(Careless))
