"""A form that causes events, and the same for programs."""

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
from payments_graphql.sandbox.inside.html import Html, button, page, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.triggers import TriggerError, event_types

_PATH = "/_sandbox/triggers"


class TriggerPages:
    def __init__(self, parts: Parts) -> None:
        self._triggers = parts.triggers

    def routes(self) -> list[PageRoute]:
        return [("GET", _PATH, self.list_all), ("POST", _PATH, self.perform)]

    def list_all(self, request: HttpRequest) -> HttpAnswer:
        if not wants_page(request):
            return give({"data": event_types()})
        rows = ((name, button(_PATH, "Trigger", "event", name)) for name in event_types())
        return show(
            page(
                "Triggers",
                Html(
                    "<p>Each really does what causes the event, so others come with it, as with "
                    "<code>stripe trigger</code>.</p>"
                ),
                table(("Event", ""), rows),
            )
        )

    def perform(self, request: HttpRequest) -> HttpAnswer:
        """`event` is the type; the answer has every event that came of it."""
        try:
            events = self._triggers.perform(str(fields(request).get("event")))
        except TriggerError as error:
            raise UnsavedError(str(error), param="event") from None
        return give({"data": events}) if is_json(request) else go_to("/_sandbox/objects?type=event")
