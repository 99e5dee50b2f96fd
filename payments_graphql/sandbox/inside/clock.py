"""The sandbox's clock: the time, what is scheduled, and a way to move it forward."""

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    wants_page,
)
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, fill, join, moment, object_link, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_SHOWN = 50
_PATH = "/_sandbox/clock"
_STEPS = (("1 minute", 60), ("1 hour", 3600), ("1 day", 86_400), ("8 days", 8 * 86_400))
_EFFECTS = Html(
    "<p>The clock runs at normal speed and can only be moved forward. As time passes:</p><ul>"
    "<li>Pending refunds succeed, and those of the failing test card fail.</li>"
    "<li>Authorizations expire after 7 days.</li>"
    "<li>Bank debits and vouchers get their result.</li>"
    "<li>Disputes are decided, or are lost without an answer.</li>"
    "<li>Failed and delayed webhooks are sent.</li>"
    "<li>Idempotency keys expire after 24 hours, and events are no longer listed after 30 days."
    "</li></ul>"
    "<p>Times in objects, events and the Date header follow this clock. A webhook's signature has "
    "the real time, because the receiver compares it with its own clock.</p>"
)


class Clock:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._advance = parts.advance

    def routes(self) -> list[PageRoute]:
        return [("GET", _PATH, self.show), ("POST", _PATH, self.move)]

    def show(self, request: HttpRequest) -> HttpAnswer | Page:
        if not wants_page(request):
            return give({"now": self._store.now()})
        jobs = self._store.all("SELECT * FROM jobs ORDER BY due, seq LIMIT ?", _SHOWN)
        rows = (
            (moment(job["due"]), job["name"].replace("_", " "), _subject(job["object"]))
            for job in jobs
        )
        steps = join(
            fill('<button name="advance" value="{}">{}</button>', seconds, label)
            for label, seconds in _STEPS
        )
        return show(
            "Clock",
            fill("<p>Now: {} UTC</p>", moment(self._store.now())),
            Html("<h2>Move forward</h2>"),
            fill('<form class="choices" method="post">{}</form>', steps),
            Html(
                '<form class="fields" method="post"><label>Seconds<input name="advance" '
                'inputmode="decimal" required size="12"></label><button>Move</button></form>'
            ),
            _EFFECTS,
            Html("<h2>Scheduled</h2>"),
            table(("Due", "What", "For"), rows),
        )

    def move(self, request: HttpRequest) -> HttpAnswer:
        """`advance` is in seconds."""
        try:
            self._advance(float(fields(request)["advance"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise UnsavedError(
                "advance must be a number of seconds: 0 or more, and at most a thousand years.",
                param="advance",
            ) from None
        return give({"now": self._store.now()}) if is_json(request) else go_to(_PATH)


def _subject(subject: str) -> Html:
    """A job is for an object, or for a request whose effect comes later."""
    return Html("a stored request") if subject.startswith("{") else object_link(subject)
