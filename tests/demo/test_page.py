"""The page as it is served, and its files: addresses, texts and GraphQL documents."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from graphql import parse, validate

from payments_graphql.demo import views
from schema.schema import schema

FOLDER = Path(views.__file__).parent / "static" / "payments_demo"
MODULES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}


def test_it_may_load_stripe_js_and_nothing_else_of_others(
    development: Any, db: None, client: Client
) -> None:
    response = client.get("/")
    policy = dict(
        part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; ")
    )
    stripe = development.STRIPE_API_BASE
    assert policy["script-src"] == f"'self' {stripe}"
    assert policy["connect-src"] == f"'self' {stripe}"
    assert policy["frame-src"] == stripe
    assert policy["style-src"] == policy["img-src"] == "'self'"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.cookies["csrftoken"].value


def test_what_it_loads_is_there(development: Any, db: None, client: Client) -> None:
    page = client.get("/").content.decode()
    loaded = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert {path.rpartition("/")[2] for path in loaded} == {"app.js", "icon.svg", "style.css"}
    assert all(finders.find(path) for path in loaded)
    assert "<style" not in page
    assert not re.search(r"\son\w+=|<script>", page)


def test_outside_of_development_it_offers_no_tools(
    development: Any, db: None, client: Client
) -> None:
    development.DEBUG = False
    assert client.get("/demo/").json() == {"isDevelopment": False, "users": []}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_what_is_there(name: str) -> None:
    for names, other in re.findall(
        r'^import \{([^}]+)\} from "\./([^"]+)";', MODULES[name], re.MULTILINE
    ):
        for imported in re.findall(r"\w+", names):
            assert re.search(
                rf"^export (?:async )?(?:function|const|class) {imported}\b",
                MODULES[other],
                re.MULTILINE,
            ), f"{imported} of {other}"
            uses = len(re.findall(rf"\b{imported}\b", MODULES[name]))
            assert uses > 1, f"{name} does not use {imported}"


def _read_strings(language: str) -> set[str]:
    found = re.search(
        rf"^  {language}: \{{\n(.*?)^  \}},", MODULES["strings.js"], re.DOTALL | re.MULTILINE
    )
    assert found
    texts = re.sub(r'"(?:[^"\\]|\\.)*"', '""', found[1])
    return set(re.findall(r"(\w+): \"\"", texts))


def test_every_text_is_in_both_languages_and_used() -> None:
    english, french = _read_strings("en"), _read_strings("fr")
    assert english == french
    others = "\n".join(text for name, text in MODULES.items() if name != "strings.js")
    written = set(re.findall(r'"(\w+)"|\bt\("(\w+)"', others))
    named = {name for pair in written for name in pair if name}
    statuses = {name for name in english if name.isupper()}
    properties = set(re.findall(r"\b(\w+): (?:null|\d+|\[)", others))
    assert english - named - statuses - properties == set()
    assert set(re.findall(r'\bt\("(\w+)"', others)) <= english


def _list_documents() -> list[str]:
    shared = {
        name: re.findall(rf"{name} = `(.*?)`", text, re.DOTALL)[0]
        for name, text in (
            ("PAYMENT", MODULES["payment-fields.js"]),
            ("ERRORS", MODULES["graphql.js"]),
        )
    }
    return [
        re.sub(r"\$\{(\w+)\}", lambda match: shared[match[1]], document)
        for text in MODULES.values()
        for document in re.findall(r"`((?:query|mutation|subscription) [^`]+)`", text)
    ]


def test_every_document_fits_the_schema() -> None:
    documents = _list_documents()
    assert len(documents) >= 15
    for document in documents:
        assert validate(schema._schema, parse(document)) == [], document
