"""`seed` and similar commands create users with a known password, so only in development."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from payments_graphql.models import Booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings: Any) -> Any:
    settings.DEBUG = True
    settings.DEVELOPMENT_DATABASE = str(connection.settings_dict["NAME"])
    return settings


def seed() -> None:
    call_command("seed", stdout=StringIO())


def test_it_creates_the_users_and_changes_nothing_the_second_time(
    development: Any, groups: None
) -> None:
    seed()
    seed()
    assert sorted(User.objects.values_list("username", "is_superuser", "is_staff")) == [
        ("alice", False, False),
        ("bob", False, False),
        ("erin", False, True),
        ("fay", False, True),
        ("sam", True, True),
        ("sue", False, True),
    ]
    assert dict(User.objects.exclude(groups=None).values_list("username", "groups__name")) == {
        "sue": "Support", "fay": "Finance", "erin": "Engineer",
    }  # fmt: skip
    assert User.objects.get(username="sam").check_password("travel")
    assert Booking.objects.count() == 4


@pytest.mark.parametrize("command", ["seed", "serve"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"DEBUG": False}, "only with the development settings"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "keys are live"),
        ({"STRIPE_SECRET_KEY": "rk_live_1"}, "keys are live"),
        ({"STRIPE_PUBLISHABLE_KEY": "pk_live_1"}, "keys are live"),
        ({"DEVELOPMENT_DATABASE": ""}, "DEVELOPMENT_DATABASE="),
        ({"DEVELOPMENT_DATABASE": "another"}, "DEVELOPMENT_DATABASE="),
        ({"DEVELOPMENT_DATABASE": "true"}, "DEVELOPMENT_DATABASE="),
    ],
)
def test_a_production_host_is_refused(
    development: Any, command: str, values: dict[str, Any], said: str
) -> None:
    for name, value in values.items():
        setattr(development, name, value)
    with pytest.raises(CommandError, match=said):
        call_command(command)
    assert not User.objects.exists()


def test_the_demonstration_refuses_live_keys(development: Any) -> None:
    development.STRIPE_SECRET_KEY = "sk_live_1"
    with pytest.raises(CommandError, match="keys are live"):
        call_command("demo")


@pytest.mark.parametrize("name", ["alice", "sam", "sue"])
def test_an_existing_user_of_that_name_is_left_unchanged(development: Any, name: str) -> None:
    User.objects.create_user(name, password="their own password")
    with pytest.raises(CommandError, match=f"The user {name} was not created by seed"):
        seed()
    (user,) = User.objects.all()
    assert user.check_password("their own password")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not Booking.objects.exists()


def test_the_local_file_is_the_database_of_development(settings: Any) -> None:
    from settings import development

    root = Path(__file__).resolve().parents[2]
    assert str(root / ".data" / "db.sqlite3") == development.DEVELOPMENT_DATABASE
    assert not hasattr(settings, "DEVELOPMENT_DATABASE"), "nor is there one elsewhere"
