"""GraphiQL as people use it, under its policy, on a site in production."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, Route, expect

from .conftest import Tab

CONFIG = "query Config { paymentsConfig { livemode } }"
WHO = "query Who { me { username } }"
FOLLOW = 'subscription Follow { paymentIntentUpdated(id: "cGk=") { status } }'
EVENTS = """event: next
data: {"data": {"paymentIntentUpdated": {"status": "PROCESSING"}}}

:

event: next
data: {"data": {"paymentIntentUpdated": {"status": "SUCCEEDED"}}}

event: complete
data:

"""


class GraphiQL:
    def __init__(self, tab: Tab) -> None:
        self.page = tab.page
        tab.sign_in()
        tab.open("/graphql/")
        expect(self.query).to_be_visible()

    @property
    def query(self) -> Locator:
        return self.page.locator(".graphiql-query-editor .monaco-editor").first

    @property
    def answer(self) -> Locator:
        return self.page.locator(".result-window")

    def write(self, editor: Locator, text: str) -> None:
        editor.click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)
        # The editor closes each brace by itself, behind what was typed.
        self.page.keyboard.press("ControlOrMeta+Shift+End")
        self.page.keyboard.press("Delete")

    @property
    def variables(self) -> Locator:
        return self.page.locator("section[aria-label=Variables] .monaco-editor").first

    @property
    def tabs(self) -> Locator:
        return self.page.locator(".graphiql-tab-button")

    def write_headers(self, **headers: str) -> None:
        self.page.get_by_label("Headers").fill(json.dumps(headers))

    def wait_until_stored(self, name: str, text: str) -> None:
        """In the browser, as what is being written and as a part of the open tab."""
        self.page.wait_for_function(
            """([name, text]) => {
                const { activeTabIndex, tabs } = JSON.parse(localStorage["graphiql:tabState"]);
                return localStorage[`graphiql:${name}`] === text
                    && tabs[activeTabIndex][name] === text;
            }""",
            arg=[name, text],
        )

    def read(self) -> list[Any]:
        """The titles of all tabs, which one is open, and what is written in it."""
        return [
            self.tabs.all_inner_texts(),
            self.page.locator("[role=tab][aria-selected=true]").inner_text(),
            self.query.locator(".view-lines").inner_text(),
            self.variables.locator(".view-lines").inner_text(),
        ]

    def run(self, document: str) -> None:
        """`document` has one operation, with a name."""
        self.write(self.query, document)
        # It reads what was typed a moment later, and shows the name.
        name = document.split()[1].partition("(")[0]
        expect(self.page.locator("[role=tab][aria-selected=true]")).to_contain_text(name)
        self.page.locator(".graphiql-execute-button").click()


@pytest.fixture
def graphiql(tab: Tab) -> GraphiQL:
    return GraphiQL(tab)


def test_in_production_it_asks_to_sign_in_first(tab: Tab) -> None:
    tab.open("/graphql/")
    assert tab.page.url == f"{tab.site.url}/admin/login/?next=/graphql/"


def test_it_asks_as_the_person_who_is_signed_in(graphiql: GraphiQL) -> None:
    graphiql.run(WHO)
    expect(graphiql.answer).to_contain_text('"username": "sam"')


def test_its_editors_have_their_workers(graphiql: GraphiQL) -> None:
    """Without them Monaco would check what is typed in the page itself, and say so."""
    graphiql.write(graphiql.query, CONFIG)
    graphiql.write(graphiql.variables, '{"a": 1}')
    names = {worker.url.rpartition("/")[2].partition(".")[0] for worker in graphiql.page.workers}
    assert names >= {"editor", "json"}


def test_a_token_typed_into_headers_is_sent_and_stays_nowhere(graphiql: GraphiQL, tab: Tab) -> None:
    graphiql.write_headers(Authorization=f"Token {tab.site.token}")
    graphiql.run(WHO)
    expect(graphiql.answer).to_contain_text('"username": "alice"')
    graphiql.page.wait_for_function("() => localStorage['graphiql:queries']")
    graphiql.page.wait_for_function("() => localStorage['graphiql:tabState']?.includes('me {')")
    for _ in range(2):
        kept = graphiql.page.evaluate(
            "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
        )
        assert (
            "me {" in kept
        )  # the query itself is kept, so that it was looked for in the right place
        assert tab.site.token not in kept
        assert "Authorization" not in kept
        graphiql.page.reload()
        expect(graphiql.query).to_be_visible()
    graphiql.run(WHO)
    expect(graphiql.answer).to_contain_text('"username": "sam"')


def test_headers_are_sent_from_every_tab(graphiql: GraphiQL, tab: Tab) -> None:
    graphiql.write_headers(Authorization=f"Token {tab.site.token}")
    for _ in range(2):
        graphiql.run(WHO)
        expect(graphiql.answer).to_contain_text('"username": "alice"')
        graphiql.page.get_by_label("New tab").click()


def test_headers_that_are_not_json_are_not_sent(graphiql: GraphiQL) -> None:
    graphiql.page.get_by_label("Headers").fill("Token 123")
    graphiql.run(WHO)
    expect(graphiql.answer).to_contain_text("Headers must be JSON")


def test_tabs_survive_a_reload(graphiql: GraphiQL) -> None:
    number = graphiql.tabs.count()
    graphiql.page.get_by_label("New tab").click()
    graphiql.run("query First { me { username } }")
    graphiql.page.get_by_label("New tab").click()
    graphiql.run("query Second($id: ID!) { node(id: $id) { id } }")
    # Laid out by hand, which a copy by a program would lose.
    graphiql.write(graphiql.variables, '{"id":   "cGk="}')
    graphiql.wait_until_stored("variables", '{"id":   "cGk="}')
    graphiql.tabs.nth(number).click()
    graphiql.wait_until_stored("query", "query First { me { username } }")
    graphiql.tabs.nth(number + 1).click()
    graphiql.wait_until_stored("query", "query Second($id: ID!) { node(id: $id) { id } }")
    graphiql.wait_until_stored("variables", '{"id":   "cGk="}')
    before = graphiql.read()
    assert before[0][number:] == ["First", "Second"]
    for _ in range(2):
        graphiql.page.reload()
        expect(graphiql.query).to_be_visible()
        expect(graphiql.tabs).to_have_count(number + 2)
        expect(graphiql.variables).to_contain_text("cGk=")
        assert graphiql.read() == before


def test_the_examples_come_back_when_they_are_asked_for(graphiql: GraphiQL) -> None:
    examples = graphiql.tabs.all_inner_texts()
    graphiql.run(WHO)
    graphiql.page.get_by_label("New tab").click()
    expect(graphiql.tabs).to_have_count(len(examples) + 1)
    with graphiql.page.expect_navigation():
        graphiql.page.get_by_role("button", name="Reset tabs").click()
    expect(graphiql.tabs).to_have_count(len(examples))
    assert graphiql.tabs.all_inner_texts() == examples


def test_its_large_files_are_compressed_and_kept_by_the_browser(graphiql: GraphiQL) -> None:
    large: dict[str, dict[str, str]] = {}

    def note(response: Any) -> None:
        name = response.url.rpartition("/")[2]
        if name.startswith("bundle."):
            large[name.rpartition(".")[2]] = response.headers

    graphiql.page.on("response", note)
    graphiql.page.reload()
    expect(graphiql.query).to_be_visible()
    assert set(large) == {"js", "css"}
    for headers in large.values():
        assert headers["content-encoding"] in {"gzip", "br"}
        assert "immutable" in headers["cache-control"]


def test_a_subscription_runs_over_server_sent_events(graphiql: GraphiQL, tab: Tab) -> None:
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(status=200, content_type="text/event-stream", body=EVENTS)

    _answer_streams(graphiql, answer)
    graphiql.write_headers(Authorization=f"Token {tab.site.token}")
    graphiql.run(FOLLOW)
    expect(graphiql.answer).to_contain_text('"status": "SUCCEEDED"')

    [request] = asked
    assert request.method == "POST"
    assert request.post_data_json["query"] == FOLLOW
    assert request.headers["authorization"] == f"Token {tab.site.token}"
    assert request.headers["x-csrftoken"]


def test_a_refused_subscription_shows_what_the_server_said(graphiql: GraphiQL) -> None:
    error = {"message": "Sign in first.", "extensions": {"code": "UNAUTHENTICATED"}}
    _answer_streams(graphiql, lambda route: route.fulfill(status=401, json={"errors": [error]}))
    graphiql.run(FOLLOW)
    expect(graphiql.answer).to_contain_text("Sign in first.")


def _answer_streams(graphiql: GraphiQL, answer: Any) -> None:
    """In place of the server, for what asks it for events."""

    def choose(route: Route) -> None:
        if route.request.headers.get("accept", "").startswith("text/event-stream"):
            answer(route)
        else:
            route.continue_()

    graphiql.page.route("**/graphql/", choose)
