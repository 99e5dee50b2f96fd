"""Other sites with their own booking model: a project in a folder, a database, and `manage.py` in a
process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from payments_graphql.sandbox import Sandbox
from tests.subprocesses import get_database_url

SETTINGS = """
import os
from settings.base import database

SECRET_KEY = "a-secret-key-of-a-host-that-is-long-enough-to-sign-with"
DEBUG = True
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "trips",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
"""
PAYMENTS = """
INSTALLED_APPS += ["corsheaders", "rest_framework", "knox", "payments_graphql", "schema"]
STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_PUBLISHABLE_KEY = "pk_test_sandbox"
STRIPE_WEBHOOK_SECRET = "whsec_testing"
STRIPE_API_BASE = os.environ["STRIPE_API_BASE"]
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
PAYMENTS_URLS = """
from django.urls import include

urlpatterns += [path("api/stripe/", include("payments_graphql.urls"))]
"""
SCRIPT = """
import django

django.setup()
"""


class Site:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self.write("trips/__init__.py", "")
        self.write("trips/migrations/__init__.py", "")
        self.write("trips/models.py", "")
        self.write("urls.py", URLS)
        self.write("site_settings.py", SETTINGS)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def append(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text() + text)

    def install_payments(self, settings: str = "") -> None:
        self.append("site_settings.py", PAYMENTS + settings)
        self.append("urls.py", PAYMENTS_URLS)

    def manage(self, *arguments: str) -> str:
        """Returns its output. The test fails if it does."""
        done = self._run("-m", "django", *arguments)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
        return done.stdout + done.stderr

    def manage_in_vain(self, *arguments: str) -> str:
        done = self._run("-m", "django", *arguments)
        assert done.returncode != 0, done.stdout[-1000:] + done.stderr[-2000:]
        return done.stdout + done.stderr

    def run(self, script: str) -> str:
        """Runs Python within the site, which uses `assert`."""
        self.write("script.py", SCRIPT + script)
        done = self._run("-W", "error::RuntimeWarning", "script.py")
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )


@pytest.fixture
def database_url(tmp_path: Path, db: None) -> Iterator[str]:
    """An empty database on the suite's server."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'db.sqlite3'}"
        return
    url = get_database_url()
    name = f"{connection.settings_dict['NAME']}_of_a_site"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{url.rpartition('/')[0]}/{name}"
        server.execute(drop)


@pytest.fixture
def site(tmp_path: Path, settings: Any, sandbox: Sandbox, database_url: str) -> Site:
    return Site(
        tmp_path,
        {
            **os.environ,
            "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}",
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "DATABASE_URL": database_url,
            "STRIPE_API_BASE": sandbox.url,
        },
    )
