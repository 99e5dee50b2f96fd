"""The groups that `migrate` creates, and what the documentation says about permissions."""

import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
OF_BOOKINGS = {"view_booking"}

migration = import_module("payments_graphql.migrations.0002_groups")


def create_groups():
    migration.create_groups(apps, SimpleNamespace(connection=connection))


def list_codenames(name):
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


@pytest.mark.parametrize("name", migration.GROUPS)
def test_each_group_has_all_its_permissions(groups, name):
    codenames = migration.GROUPS[name]
    assert list_codenames(name) == {*codenames, *OF_BOOKINGS}
    assert len(set(codenames)) == len(codenames)


def test_it_creates_no_permission_twice(groups):
    before = Permission.objects.count()
    call_command("migrate", verbosity=0)
    create_groups()
    assert Permission.objects.count() == before


def test_a_group_of_the_same_name_stays_as_it_is(db):
    Group.objects.all().delete()
    own = Group.objects.create(name="Support")
    own.permissions.set(Permission.objects.filter(codename="view_user"))
    create_groups()
    assert list_codenames("Support") == {"view_user"}
    assert "approve_refund" in list_codenames("Finance")


def test_what_the_site_removes_stays_removed(groups):
    Group.objects.get(name="Finance").permissions.clear()
    create_groups()
    assert list_codenames("Finance") == set()


@pytest.mark.django_db(transaction=True)
def test_it_can_be_reversed_and_applied_again():
    Group.objects.all().delete()
    call_command("migrate", "payments_graphql", "0001", verbosity=0)
    call_command("migrate", "payments_graphql", verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(migration.GROUPS)
    member = Group.objects.get(name="Support")
    call_command("migrate", "payments_graphql", "0001", verbosity=0)
    assert Group.objects.filter(pk=member.pk).exists()
    call_command("migrate", "payments_graphql", verbosity=0)


class UsersElsewhere:
    """Groups are in another database."""

    def allow_migrate(self, db, app_label, **hints):
        return False if app_label == "auth" else None


def test_a_database_without_groups_gets_none(db, settings):
    Group.objects.all().delete()
    settings.DATABASE_ROUTERS = [f"{__name__}.UsersElsewhere"]
    create_groups()
    assert not Group.objects.exists()


def read_table():
    """The groups of each permission, by the table in docs/operations.md."""
    text = (
        (ROOT / "docs" / "operations.md").read_text().split("## Permissions")[1].split("\n## ")[0]
    )
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            permissions, _, groups = line.strip("| ").split(" | ")
            named = set() if groups == "none" else set(groups.split(", "))
            found |= dict.fromkeys(re.findall(r"`(\w+)`", permissions), named)
    return found


def test_the_documentation_has_each_permission_and_its_groups(groups):
    ours = Permission.objects.filter(content_type__app_label="payments_graphql")
    found = ours.values_list("codename", "content_type__model")
    changes = ("add", "change", "delete")
    names = {name for name, model in found if name not in {f"{one}_{model}" for one in changes}}
    assert "add_note" in names
    seen_by_nobody = {name for name in names - set(read_table()) if name.startswith("view_")}
    assert seen_by_nobody == {
        "view_eventcursor", "view_importcursor", "view_signalreceiver", "view_stripeaccount",
    }  # fmt: skip
    assert names - set(read_table()) == seen_by_nobody
    for name in names - seen_by_nobody:
        of_groups = {group for group in migration.GROUPS if name in list_codenames(group)}
        assert read_table()[name] == of_groups, name


def test_only_the_policy_asks_for_permissions():
    """One rule in one place."""
    asking = re.compile(r"\bhas_perms?\(|_has_permission\(\w+, \"")
    files = [*ROOT.glob("payments_graphql/**/*.py"), *ROOT.glob("schema/**/*.py")]
    found = [one.relative_to(ROOT).as_posix() for one in files if asking.search(one.read_text())]
    assert found == ["payments_graphql/policy.py"]
