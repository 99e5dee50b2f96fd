"""The database must lock in a way that protects money."""

from typing import Any

import pytest
from psycopg import IsolationLevel

from tests.checks.running import get_ids, run_ours


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"W002"}),
        ({"transaction_mode": "DEFERRED"}, {"W002"}),
        ({"transaction_mode": "IMMEDIATE"}, set()),
        ({"transaction_mode": "immediate"}, set()),
    ],
)
def test_sqlite_must_use_immediate_transactions(
    settings: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], expected: set[str]
) -> None:
    other = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, "other", other)
    assert get_ids() == expected
    postgresql = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "OPTIONS": {}}
    monkeypatch.setitem(settings.DATABASES, "other", postgresql)
    assert get_ids() == set()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, set()),
        ({"isolation_level": IsolationLevel.READ_COMMITTED}, set()),
        ({"isolation_level": 2}, set()),
        ({"isolation_level": IsolationLevel.REPEATABLE_READ}, {"E042"}),
        ({"isolation_level": IsolationLevel.SERIALIZABLE}, {"E042"}),
        ({"isolation_level": 3}, {"E042"}),
        ({"isolation_level": "repeatable read"}, {"E042"}),
        ({"options": "-c lock_timeout=10000"}, set()),
        ({"options": r"-c default_transaction_isolation=read\ committed -c x=1"}, set()),
        ({"options": r"-c default_transaction_isolation=repeatable\ read -c x=1"}, {"E042"}),
        ({"options": "-c x=1 -cdefault_transaction_isolation=serializable"}, {"E042"}),
    ],
)
def test_the_database_must_let_locks_protect_money(
    settings: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: set[str]
) -> None:
    shop = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, "default", shop)
    assert get_ids() == expected
    for message in run_ours():
        assert "isolation_level" in (message.hint or "")
