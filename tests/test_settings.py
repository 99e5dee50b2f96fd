"""The settings as people use them: from `.env.example`, and in their own project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

OWN_PROJECT = """
SECRET_KEY = "own-project-secret-key"
DEBUG = True
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "own_urls"
STRIPE_SECRET_KEY = "sk_test_own"
STRIPE_PUBLISHABLE_KEY = "pk_test_own"
STRIPE_WEBHOOK_SECRET = "whsec_own"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.staticfiles", "corsheaders", "rest_framework", "knox",
    "payments_graphql", "schema",
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
    ]},
}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
OWN_URLS = """
from django.urls import include, path

urlpatterns = [
    path("graphql/", include("schema.urls")),
    path("api/stripe/", include("payments_graphql.urls")),
    path("api/auth/", include("schema.auth_urls")),
]
"""
SHOW_TEST_SETTINGS = """
import sys, manage
from django.core import management
management.execute_from_command_line = lambda arguments: None
sys.argv = ["manage.py", "test"]
manage.main()
from django.conf import settings
print(settings.SETTINGS_MODULE)
"""
VISIT = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
client = Client()
page = client.get("/graphql/", headers={"Accept": "text/html"})
assert page.status_code == 200, page.content
assert b"graphiql" in page.content
answer = client.post("/graphql/", {"query": "{ paymentsConfig { publishableKey } }"},
                     content_type="application/json")
assert answer.json()["data"]["paymentsConfig"]["publishableKey"] == "pk_test_own", answer.content
"""


def _run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Without this process's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project without a `.env`."""
    for name in ("payments_graphql", "schema"):
        (tmp_path / name).symlink_to(ROOT / name)
    # Copied, since the settings look for `.env` next to themselves.
    shutil.copytree(ROOT / "settings", tmp_path / "settings")
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path


def test_the_example_file_as_it_is_gives_a_working_development(clone: Path) -> None:
    shutil.copy(ROOT / ".env.example", clone / ".env")
    done = _run("manage.py", "check", "--fail-level", "WARNING", cwd=clone)
    assert done.returncode == 0, done.stderr


SHOW_ORIGINS = """
from settings.environment import choose_settings
choose_settings("settings.development")
from django.conf import settings
print(*settings.CORS_ALLOWED_ORIGINS)
print(*settings.CSRF_TRUSTED_ORIGINS)
print(*settings.PAYMENTS_RETURN_URLS)
"""


def test_in_development_pages_of_the_usual_servers_may_use_the_api(clone: Path) -> None:
    done = _run(
        "-c", SHOW_ORIGINS, cwd=clone, CORS_ALLOWED_ORIGINS="http://localhost:9000", PORT="8001"
    )
    assert done.returncode == 0, done.stderr
    allowed, trusted, returned_to = (set(line.split()) for line in done.stdout.splitlines())
    pages = {
        f"http://{host}:{port}"
        for host in ("localhost", "127.0.0.1")
        for port in (3000, 4200, 5173, 8080)
    }
    assert allowed == {*pages, "http://localhost:9000"}
    assert trusted == pages
    assert returned_to == {*pages, "http://127.0.0.1:8001", "http://localhost:8001"}


SHOW_SETTINGS = "import {entry}; from django.conf import settings; print(settings.SETTINGS_MODULE)"


@pytest.mark.parametrize(
    ("in_file", "in_environment", "expected"),
    [
        (None, None, "settings.development"),
        ("settings.production", None, "settings.production"),
        ("settings.production", "settings.development", "settings.development"),
        ("settings.production", "", "settings.production"),
        ("", None, "settings.development"),
    ],
)
def test_manage_py_asks_the_environment_and_then_the_file(
    clone: Path, in_file: str | None, in_environment: str | None, expected: str
) -> None:
    if in_file is not None:
        (clone / ".env").write_text(f"DJANGO_SETTINGS_MODULE={in_file}\n")
    environment = {} if in_environment is None else {"DJANGO_SETTINGS_MODULE": in_environment}
    said = _run("manage.py", "diffsettings", "--all", cwd=clone, SECRET_KEY="x" * 50, **environment)
    assert f"SETTINGS_MODULE = '{expected}'" in said.stdout, said.stderr


@pytest.mark.parametrize("entry", ["settings.wsgi", "settings.asgi"])
@pytest.mark.parametrize("named", ["settings.development", None])
def test_servers_ask_the_file_and_are_production_without_it(
    clone: Path, entry: str, named: str | None
) -> None:
    if named:
        (clone / ".env").write_text(f"DJANGO_SETTINGS_MODULE={named}\n")
    said = _run("-c", SHOW_SETTINGS.format(entry=entry), cwd=clone, SECRET_KEY="x" * 50)
    assert said.stdout.split() == [named or "settings.production"], said.stderr


def test_tests_never_run_under_the_settings_of_the_file(clone: Path) -> None:
    (clone / ".env").write_text("DJANGO_SETTINGS_MODULE=settings.production\n")
    said = _run("manage.py", "test", "--help", cwd=clone)
    assert said.returncode == 0, said.stderr
    shown = _run("-c", SHOW_TEST_SETTINGS, cwd=clone)
    assert shown.stdout.split()[-1] == "settings.testing", shown.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS"])
def test_an_empty_setting_is_one_that_is_not_set(name: str) -> None:
    done = _run("manage.py", "check", cwd=ROOT, **{name: ""})
    assert done.returncode == 0, done.stderr


def test_in_a_project_of_ones_own_graphiql_and_the_api_answer(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(OWN_PROJECT)
    (tmp_path / "own_urls.py").write_text(OWN_URLS)

    done = _run(
        "-c",
        VISIT,
        cwd=tmp_path,
        PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}",
        DJANGO_SETTINGS_MODULE="own_settings",
    )

    assert done.returncode == 0, done.stderr[-3000:]
