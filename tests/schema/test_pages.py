"""GraphiQL, the page of the API for people."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from graphql import parse, validate

from schema.schema import schema

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["/graphql/", "/admin/login/"])
def test_each_page_has_an_icon(db, client, settings, path):
    settings.DEBUG = settings.PAYMENTS_GRAPHIQL = True
    page = client.get(path, headers=HTML).content.decode()
    [icon] = re.findall(r'<link rel="icon" type="image/svg\+xml" href="/static/([^"]+)">', page)
    assert finders.find(icon)


def test_graphiql_is_for_development_unless_asked_for(client, settings):
    assert client.get("/graphql/", headers=HTML).status_code == 406
    settings.PAYMENTS_GRAPHIQL = True
    assert client.get("/graphql/", headers=HTML).status_code == 302
    del settings.PAYMENTS_GRAPHIQL
    settings.DEBUG = True
    assert client.get("/graphql/", headers=HTML).status_code == 200


def test_in_production_graphiql_is_for_people_who_are_signed_in(db, client, settings, alice):
    settings.PAYMENTS_GRAPHIQL = True
    response = client.get("/graphql/", headers=HTML)
    assert response.headers["Location"] == "/admin/login/?next=/graphql/"
    client.force_login(alice)
    response = client.get("/graphql/", headers=HTML)
    assert "Signed in as <strong>alice</strong>" in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


@pytest.fixture
def graphiql(db, settings, alice):
    settings.DEBUG = settings.PAYMENTS_GRAPHIQL = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client, client.get("/graphql/", headers=HTML)


def test_graphiql_is_served_from_here_alone(graphiql):
    _, response = graphiql
    page = response.content.decode()

    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(source.startswith("/") for source in sources), sources
    static = [source.removeprefix("/static/") for source in sources if "/static/" in source]
    assert len(static) == 5
    assert all(finders.find(path) for path in static)
    assert "Signed in as <strong>alice</strong>" in page


def test_graphiql_may_ask_with_its_csrf_token(graphiql):
    client, response = graphiql
    csrf_token = re.search(r'data-csrf-token="(\w+)"', response.content.decode())[1]
    answer = client.post(
        "/graphql/",
        {"query": "{ me { username } }"},
        content_type="application/json",
        headers={"X-CSRFToken": csrf_token},
    )
    assert answer.json()["data"]["me"]["username"] == "alice"


def test_the_bundle_names_the_licences_of_what_is_in_it():
    text = Path(finders.find("payments_graphql/graphiql/LICENSES.txt")).read_text(encoding="utf-8")
    for package in ("graphiql", "react", "monaco-editor", "graphql", "graphql-sse"):
        assert re.search(rf"^{package} \d", text, re.MULTILINE)


def test_every_example_of_graphiql_is_a_valid_document():
    path = finders.find("payments_graphql/graphiql-examples.js")
    script = Path(path).read_text(encoding="utf-8")
    [shared] = re.findall(r"const ERRORS = `(.*?)`;", script, re.DOTALL)
    documents = re.findall(r"example\(`(.*?)`", script, re.DOTALL)

    shown = set()
    for document in documents:
        parsed = parse(document.replace("${ERRORS}", shared))
        assert validate(schema._schema, parsed) == [], document
        [operation] = parsed.definitions
        shown |= {field.name.value for field in operation.selection_set.selections}
    by_a_second_person = {"approveRefund", "rejectRefund"}
    assert set(schema._schema.mutation_type.fields) <= shown | by_a_second_person


def test_every_example_of_graphiql_has_one_field_a_line():
    script = Path(finders.find("payments_graphql/graphiql-examples.js")).read_text(encoding="utf-8")
    for document in re.findall(r"example\(`(.*?)`", script, re.DOTALL):
        for line in document.replace("${ERRORS}", "errors").splitlines():
            assert line.startswith("#") or re.fullmatch(
                r"}|(query|mutation|subscription) .* {| +(}|(\.\.\. on )?\w+(\(.*\))?( {)?)|", line
            ), line
