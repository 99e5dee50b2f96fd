"""Clients with normalized caches: Relay compiles against the schema, Apollo and urql keep what they
have read, and GraphQL's linter finds nothing."""

from pathlib import Path

import pytest

from tests.clients.node import prepare, run
from tests.schema.selecting import list_nodes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def caches():
    return prepare("caches")


def test_relay_refetches_every_type_that_has_an_id(caches):
    fragments = (caches / "relay/nodes.js").read_text()
    assert [name for name in list_nodes() if f"on {name} @refetchable" not in fragments] == []
    (caches / "relay/__generated__").mkdir(exist_ok=True)

    run(caches, "npx", "relay-compiler")

    assert len(list(caches.glob("relay/__generated__/*Query.graphql.js"))) == len(list_nodes()) + 1


def test_the_linter_finds_nothing_in_the_schema_and_in_documents(caches):
    """By the rules that it recommends."""
    eslint, here = caches / "node_modules/.bin/eslint", caches.relative_to(ROOT)
    configured = ("--config", f"{here}/eslint.config.js", "--max-warnings", "0")
    run(ROOT, str(eslint), *configured, "schema/schema.graphql", f"{here}/documents.js")


@pytest.mark.parametrize("cache", ["apollo", "urql"])
def test_a_cache_has_what_a_mutation_has_changed(caches, site, token, booking_id, cache):
    printed = run(
        caches, "node", "session.js", cache, f"{site}/graphql/", token, booking_id, seconds=90
    )
    assert printed == "no warnings\n"
