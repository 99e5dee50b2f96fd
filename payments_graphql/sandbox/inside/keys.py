"""The keys, the address and the webhook secrets that a site needs to connect, ready to copy."""

from collections.abc import Iterator

from payments_graphql.sandbox.events import ENDPOINT_KINDS
from payments_graphql.sandbox.inside.answering import PageRoute
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, copyable, fill, join, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpRequest
from payments_graphql.sandbox.resources import accounts
from payments_graphql.sandbox.specification import RELEASE
from payments_graphql.sandbox.store import load

SECRET_KEY = "sk_test_sandbox"
PUBLISHABLE_KEY = "pk_test_sandbox"


class KeyPages:
    """A page for people. It has no JSON, because programs already know their secrets."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._url = parts.url

    def routes(self) -> list[PageRoute]:
        return [("GET", "/_sandbox/keys", self.show)]

    def show(self, request: HttpRequest) -> Page:
        del request
        endpoints = self._endpoints()
        account = accounts.describe(f"Bearer {SECRET_KEY}")["id"]
        settings = [
            ("STRIPE_API_BASE", self._url),
            ("STRIPE_SECRET_KEY", SECRET_KEY),
            ("STRIPE_PUBLISHABLE_KEY", PUBLISHABLE_KEY),
        ]
        settings += [("STRIPE_WEBHOOK_SECRET", one["_secret"]) for one in endpoints[-1:]]
        scripts = [
            ("For a script tag", f"{self._url}/v3/"),
            ("For today's @stripe/stripe-js", f"{self._url}/{RELEASE}/stripe.js"),
        ]
        return show(
            "Keys",
            Html("<h2>Settings of your site</h2>"),
            _list(settings),
            Html(
                "<p>Every key that begins with <code>sk_test_</code> or <code>pk_test_</code> "
                "works. Live keys are refused.</p>"
            ),
            fill(
                "<p>Each secret key has its own account id. The account of <code>{}</code> is "
                "<code>{}</code>.</p>",
                SECRET_KEY,
                account,
            ),
            Html("<h2>Webhook secrets</h2>"),
            table(("Address", "Secret"), map(_endpoint_cells, endpoints)),
            Html("<h2>Stripe.js</h2>"),
            _list(scripts),
            Html("<p>Load the script from here instead of from Stripe. Nothing else changes.</p>"),
            copies=True,
        )

    def _endpoints(self) -> list[JsonObject]:
        """Return the receivers of webhooks; those of `forward_to` are last."""
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind IN (?, ?) ORDER BY kind DESC, seq", *ENDPOINT_KINDS
        )
        return [load(row["body"]) for row in rows]


def _list(entries: list[tuple[str, str]]) -> Html:
    shown = (
        fill("<dt>{}</dt><dd>{}</dd>", label, copyable(label, text)) for label, text in entries
    )
    return fill('<dl class="settings">{}</dl>', join(shown))


def _endpoint_cells(endpoint: JsonObject) -> Iterator[object]:
    yield fill('<span class="address">{}</span>', endpoint["url"])
    yield copyable(f"Webhook secret of {endpoint['url']}", endpoint["_secret"])
