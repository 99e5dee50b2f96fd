"""What the pages name exists: commands, targets of make, settings, events of the log, tests."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import global_settings
from django.core.management import get_commands, load_command_class

from payments_graphql.conf import Conf

from .pages import PAGES, ROOT, get_name

COMMAND = re.compile(r"manage\.py (\w+)((?: +[^\s`|#]+)*)")
ELSEWHERE = {
    "CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_CREDENTIALS", "CORS_URLS_REGEX",
    "DEVELOPMENT_DATABASE", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "SANDBOX_PORT", "POSTGRES_URL",
    "CHECK_REVOKE_TOKEN", "LOG_LEVEL", "DEFAULT_RATE_LIMITS", "STRIPE_API_KEY",
}  # fmt: skip
"""Of packages and programs, of our own project and of `conf.py`."""
MISSPELLED = {"PAYMENTS_RATE_LIMIT", "STRIPE_WEBHOOK_SECRETS", "PAYMENTS_COLOR"}
"""What `check` warns of."""
SETTING = re.compile(r"`((?:PAYMENTS|STRIPE|CORS|SECURE|CSRF|DATABASE|DJANGO|SESSION|AUTH|USE|LOGIN|DEFAULT|ALLOWED|SECRET|DEVELOPMENT)_[A-Z_]+)")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_command_exists_with_its_options(page: Path) -> None:
    commands = get_commands()
    wrong = []
    for name, words in COMMAND.findall(page.read_text()):
        if name == "startproject":
            continue
        if name not in commands:
            wrong.append(name)
            continue
        app = commands[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        known = command.create_parser("manage.py", name)._option_string_actions
        options = [word.partition("=")[0] for word in words.split() if word.startswith("--")]
        wrong += [f"{name} {option}" for option in options if option.rstrip(".,:;)") not in known]
    assert wrong == []


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([\w-]+)", page.read_text())}
    assert len(named) > 5
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_setting_exists(page: Path) -> None:
    known = {name for name in vars(Conf) if name.isupper()} | {"STRIPE_WEBHOOK_SECRET"}
    known |= set(vars(global_settings)) | ELSEWHERE | MISSPELLED
    named = {name.rstrip("_") for name in SETTING.findall(page.read_text())}
    assert {name for name in named if not any(one.startswith(name) for one in known)} == set()


@cache
def _read_code(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.py")))


def test_every_fault_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/faults.md").read_text()))
    assert len(named) > 35
    assert {name for name in named if f"def {name}(" not in _read_code("tests/faults")} == set()


@pytest.mark.parametrize("name", ["operations", "troubleshooting", "security", "webhooks"])
def test_every_event_of_the_log_exists(name: str) -> None:
    text = (ROOT / f"docs/{name}.md").read_text()
    rows = re.findall(r"^\|.*in the log.*\|$|`[a-z_]+` in the log|logged as `[a-z_]+`|`[a-z_]+` is logged", text, re.M)
    named = {event for row in rows for event in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row)}
    code = _read_code("payments_graphql") + _read_code("schema")
    assert named
    assert {event for event in named if f'"{event}"' not in code} == set()


def test_every_permission_exists() -> None:
    from django.contrib.auth.management import _get_all_permissions
    from django.apps import apps

    models = apps.get_app_config("payments_graphql").get_models()
    known = {codename for model in models for codename, _ in _get_all_permissions(model._meta)}
    chapter = (ROOT / "docs/operations.md").read_text().split("## Permissions")[1].split("\n## ")[0]
    cells = "".join(re.findall(r"^\| (.+?) \|", chapter, re.MULTILINE))
    named = set(re.findall(r"`((?:view|add|change|erase)_[a-z]+)`", cells))
    assert len(named) > 8
    assert named - known == set()
