"""The sandbox's clock: what it says, what waits for it, and a way to move it."""

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    show,
    wants_page,
)
from payments_graphql.sandbox.inside.html import Html, fill, moment, object_link, page, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_SHOWN = 50
_WHAT_MOVES = Html(
    "<p>It runs like any other and can be moved forward. With it: times in objects, events and "
    "the Date header; pending refunds settle and failing ones fail; authorizations expire after 7 "
    "days; disputes are decided or end unanswered; idempotency keys age out after 24 hours; events "
    "leave the list after 30 days; webhooks that were not taken are sent again, and delayed ones "
    "are sent; effects that were to be rolled forward after a 500 happen. A webhook's signature "
    "carries the real time, since its receiver compares it with its own clock.</p>"
)


class Clock:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._advance = parts.advance

    def routes(self) -> list[PageRoute]:
        return [("GET", "/_sandbox/clock", self.show), ("POST", "/_sandbox/clock", self.move)]

    def show(self, request: HttpRequest) -> HttpAnswer:
        if not wants_page(request):
            return give({"now": self._store.now()})
        jobs = self._store.all("SELECT * FROM jobs ORDER BY due, seq LIMIT ?", _SHOWN)
        rows = (
            (moment(job["due"]), job["name"].replace("_", " "), _subject(job["object"]))
            for job in jobs
        )
        return show(
            page(
                "Clock",
                fill("<p>Now {} UTC</p>", moment(self._store.now())),
                Html(
                    '<form class="fields" method="post"><label>Seconds forward<input '
                    'name="advance" value="3600" size="12"></label><button>Move</button></form>'
                ),
                _WHAT_MOVES,
                Html("<h2>Waiting for it</h2>"),
                table(("Due", "What", "To"), rows),
            )
        )

    def move(self, request: HttpRequest) -> HttpAnswer:
        """`advance` is in seconds."""
        try:
            self._advance(float(fields(request)["advance"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise UnsavedError(
                "advance must be a number of seconds, 0 or more, and not thousands of years.",
                param="advance",
            ) from None
        return give({"now": self._store.now()}) if is_json(request) else go_to("/_sandbox/clock")


def _subject(subject: str) -> Html:
    """A job is about an object, or about a request that was kept."""
    return Html("a kept request") if subject.startswith("{") else object_link(subject)
