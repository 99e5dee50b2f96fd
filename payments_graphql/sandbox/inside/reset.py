"""Resets the sandbox, after a page that asks for confirmation."""

from payments_graphql.sandbox.forgetting import forget_all
from payments_graphql.sandbox.inside.answering import PageRoute, give, go_to, is_json
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, button
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_PATH = "/_sandbox/reset"
_WARNING = Html(
    "<p>This deletes all customers, payments, refunds, disputes and events, the request log "
    "and the idempotency keys. It clears all faults and sets the clock back to the real time. "
    "Webhook endpoints and their secrets stay.</p>"
    '<p class="note">Your site still has its own copies. The sandbox no longer knows their ids, so '
    "reset the site's database too.</p>"
)


class ResetPages:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._request_log = parts.request_log
        self._faults = parts.faults
        self._deliverer = parts.deliverer
        self._on_change = parts.on_change

    def routes(self) -> list[PageRoute]:
        return [("GET", _PATH, self.ask), ("POST", _PATH, self.reset)]

    def ask(self, request: HttpRequest) -> Page:
        del request
        return show(
            "Reset the sandbox?",
            _WARNING,
            button(_PATH, "Delete everything"),
            Html('<p><a href="/_sandbox/">Keep everything</a></p>'),
        )

    def reset(self, request: HttpRequest) -> HttpAnswer:
        forget_all(self._store)
        self._request_log.clear()
        self._faults.clear()
        self._deliverer.end_silences()
        self._on_change()
        return give({"reset": True}) if is_json(request) else go_to("/_sandbox/")
