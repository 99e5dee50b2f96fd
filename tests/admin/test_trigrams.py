"""With and without trigram indexes, which only PostgreSQL has."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from payments_graphql import searched_texts, trigrams
from payments_graphql.models import Booking, StripePaymentIntent
from tests.admin.rows import make_payment

from .conftest import list_url

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no trigram indexes"
)
OF_USERS = "auth_user_trigrams"
"""Created for the tests by tests/conftest.py, as on a site by `payments_search_indexes`."""
TABLE = StripePaymentIntent._meta.db_table


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    trigrams.forget_indexes()
    yield
    trigrams.forget_indexes()


def search(client: Client, model: str, text: str) -> int:
    return len(client.get(list_url(model), {"q": text}).context["cl"].result_list)


@on_postgresql
def test_migrations_create_the_indexes_of_our_tables(db: None) -> None:
    connection.cursor().execute(f"DROP INDEX {OF_USERS}")
    assert set(searched_texts.list_unindexed()) == {"auth_user"}
    found = run_checks(tags=["payments_graphql"], databases=["default"])
    (note,) = [one for one in found if one.id == "payments_graphql.I001"]
    assert "auth_user has no trigram index on username, email, first_name, last_name" in note.msg


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_the_command_creates_what_is_missing(capsys: Any) -> None:
    connection.cursor().execute(f"DROP INDEX {OF_USERS}")
    trigrams.forget_indexes()
    call_command("payments_search_indexes")
    assert "Created an index on username, email" in capsys.readouterr().out
    assert searched_texts.list_unindexed() == {}
    call_command("payments_search_indexes")
    assert capsys.readouterr().out == "All indexes exist.\n"


@on_postgresql
def test_without_the_index_whole_references_and_beginnings_are_found(staff_client: Client) -> None:
    make_payment(1)
    Booking.objects.update(description="Two nights in Lisbon")
    for text in ("ref-1", "EF-1", "nights"):
        assert search(staff_client, "booking", text) == 1, text
    for table in (TABLE, Booking._meta.db_table):
        connection.cursor().execute(f'DROP INDEX "{table}_trigrams"')
    trigrams.forget_indexes()
    for text, count in (("ref-1", 1), ("REF", 1), ("EF-1", 0), ("nights", 0), ("r", 0)):
        assert search(staff_client, "booking", text) == count, text
        assert search(staff_client, "stripepaymentintent", text) == count, text


@on_postgresql
def test_a_migration_continues_where_no_index_is_allowed(db: None, monkeypatch: Any) -> None:
    said: list[str] = []
    monkeypatch.setattr(trigrams.logger, "warning", lambda event, **_: said.append(event))

    def refuse(*_: Any, **__: Any) -> None:
        connection.cursor().execute("CREATE EXTENSION no_such_extension")

    monkeypatch.setattr(trigrams, "create_index", refuse)
    operation = trigrams.CreateTrigramIndex("StripePaymentIntent", ["description"])
    with connection.schema_editor() as editor:
        state = _State()
        operation.database_forwards("payments_graphql", editor, state, state)
    assert said == ["trigram_index_not_created"]
    assert StripePaymentIntent.objects.count() == 0  # the transaction goes on
    monkeypatch.setattr(searched_texts, "list_unindexed", lambda: {"auth_user": ["username"]})
    with pytest.raises(CommandError, match="CREATE EXTENSION pg_trgm"):
        call_command("payments_search_indexes")


class _State:
    class apps:  # noqa: N801 (the name that migrations use)
        @staticmethod
        def get_model(app_label: str, name: str) -> Any:
            return StripePaymentIntent


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has them")
def test_sqlite_needs_none(db: None, capsys: Any) -> None:
    call_command("payments_search_indexes")
    assert "Nothing to do." in capsys.readouterr().out
    assert searched_texts.list_unindexed() == {}
    assert not trigrams.has_index(TABLE)
