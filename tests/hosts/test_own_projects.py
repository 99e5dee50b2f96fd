"""Other projects, with their own processes and database files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

PEOPLE_SETTINGS = """
from settings.testing import *

INSTALLED_APPS = [*INSTALLED_APPS, "people"]
AUTH_USER_MODEL = "people.Person"
"""
PEOPLE = """
import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class People(BaseUserManager):
    def create_user(self, address, password=None, **values):
        person = self.model(address=address, **values)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    \"\"\"Without a username, an `email` or names.\"\"\"

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    address = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = EMAIL_FIELD = "address"
    objects = People()
"""
REPLICA_SETTINGS = """
from settings.testing import *

DATABASES["replica"] = {**DATABASES["default"], "NAME": DATABASES["default"]["NAME"] + ".replica"}
DATABASE_ROUTERS = [
    "payments_graphql.routers.PaymentsRouter", "tests.hosts.refused.ReplicaRouter",
]
"""


@pytest.fixture
def run(tmp_path: Path, settings: Any, sandbox: Any) -> Callable[..., str]:
    """Runs Python in the project `tmp_path`. Returns its output."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}",
                "DJANGO_SETTINGS_MODULE": "host_settings",
                "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
                "STRIPE_API_BASE": sandbox.url,
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    return run


def test_a_user_model_with_other_fields(run, tmp_path):
    migrations = tmp_path / "people" / "migrations"
    migrations.mkdir(parents=True)
    for folder in (migrations, migrations.parent):
        (folder / "__init__.py").touch()
    (tmp_path / "people" / "models.py").write_text(PEOPLE)
    (tmp_path / "host_settings.py").write_text(PEOPLE_SETTINGS)

    run("-m", "django", "makemigrations", "people")
    assert "no issues" in run("-m", "django", "check")
    run("-m", "django", "migrate", "-v0")
    assert "done" in run(str(HERE / "visit_with_other_users.py"))


def test_a_replica_that_lags_for_ever(run, tmp_path):
    (tmp_path / "host_settings.py").write_text(REPLICA_SETTINGS)

    assert "no issues" in run("-m", "django", "check")
    run("-m", "django", "migrate", "-v0")
    run("-m", "django", "migrate", "-v0", "--database", "replica")
    assert "done" in run(str(HERE / "pay_beside_a_replica.py"))
