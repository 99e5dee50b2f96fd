"""What the pages name exists: commands, targets of make, settings, permissions, tests."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import global_settings
from django.contrib.auth.management import _get_all_permissions
from django.core.management import get_commands, load_command_class

from .pages import PAGES, ROOT, get_name

COMMAND = re.compile(r"manage\.py (\w+)((?: +[^\s`|#]+)*)")
OF_OTHERS = {
    "ATOMIC_REQUESTS", "CHECK_REVOKE_TOKEN", "CORS_ALLOW_ALL_ORIGINS", "POSTGRES_URL",
    "SANDBOX_PORT", "SET_NULL", "STRIPE_API_KEY",
    "csp_nonce", "redirect_status",
}  # fmt: skip
"""Of Django and other packages, of programs, and of the Makefile."""
MISSPELLED = {"PAYMENTS_RATE_LIMIT", "STRIPE_WEBHOOK_SECRETS", "PAYMENTS_COLOR"}
"""What `check` warns of."""


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_command_exists_with_its_options(page: Path) -> None:
    commands = get_commands()
    wrong = []
    for name, words in COMMAND.findall(page.read_text()):
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


@cache
def _read_code(folder: str) -> str:
    files = [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in _KINDS]
    return "\n".join(path.read_text() for path in files)


_KINDS = {".py", ".graphql"}


@cache
def _list_words() -> set[str]:
    code = "".join(map(_read_code, ("payments_graphql", "schema", "settings")))
    return set(re.findall(r"\w+", code)) | set(vars(global_settings)) | OF_OTHERS | MISSPELLED


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_setting_and_value_exists(page: Path) -> None:
    """`PAYMENTS_POLICY`, `SUCCEEDED_LATER` and whatever else is in capitals."""
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", page.read_text()))
    assert named - _list_words() == set()


def test_every_name_of_the_code_exists() -> None:
    """Events of the log, signals, methods, states, permissions."""
    pages = ("operations", "python", "security", "signals", "troubleshooting", "webhooks")
    text = "".join((ROOT / f"docs/{page}.md").read_text() for page in pages)
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?:=\w+)?`", text))
    models = apps.get_app_config("payments_graphql").get_models()
    permissions = {name for model in models for name, _ in _get_all_permissions(model._meta)}
    assert len(named) > 50
    assert named - _list_words() - permissions == set()


def test_every_fault_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/faults.md").read_text()))
    assert len(named) > 35
    assert {name for name in named if f"def {name}(" not in _read_code("tests/faults")} == set()
