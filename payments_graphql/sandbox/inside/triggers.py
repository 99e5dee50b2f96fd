"""Causes events: with a new payment, or with a payment of the site."""

from urllib.parse import urlencode

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    number,
    query,
    wants_page,
)
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, fill, join, object_link, options
from payments_graphql.sandbox.inside.object_tables import Finder, describe, events_table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.triggers import TriggerError, event_types, event_types_for

_PATH = "/_sandbox/triggers"
# How many payments can be chosen.
_OFFERED = 50
_LONGEST_RESULT = 30


class TriggerPages:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._finder = Finder(parts.store)
        self._triggers = parts.triggers

    def routes(self) -> list[PageRoute]:
        return [("GET", _PATH, self.list_all), ("POST", _PATH, self.perform)]

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        """`payment_intent` chooses a payment. `from` and `to` show the events of a trigger."""
        asked = query(request)
        chosen = self._store.get("payment_intent", asked.get("payment_intent", ""))
        names = event_types() if chosen is None else event_types_for(chosen)
        if not wants_page(request):
            return give({"data": names})
        return show(
            "Triggers",
            self._result(asked, chosen),
            Html(
                "<p>A trigger really does what causes the event, so related events follow, as with "
                "<code>stripe trigger</code>.</p>"
            ),
            self._choice(chosen),
            _explain(chosen),
            _buttons(names, chosen),
        )

    def perform(self, request: HttpRequest) -> HttpAnswer:
        """`event` is the type, `payment_intent` an existing payment; returns all new events."""
        given = fields(request)
        payment_intent = str(given.get("payment_intent") or "")
        try:
            events = self._triggers.perform(str(given.get("event")), payment_intent or None)
        except TriggerError as error:
            raise UnsavedError(str(error), param="event") from None
        if is_json(request):
            return give({"data": events})
        shown = {"payment_intent": payment_intent} if payment_intent else {}
        if events:
            first, last = (self._position(event["id"]) for event in (events[0], events[-1]))
            shown |= {"from": str(first), "to": str(last)}
        return go_to(f"{_PATH}?{urlencode(shown)}")

    def _position(self, event_id: str) -> int:
        row = self._finder.find(event_id)
        return int(row["seq"]) if row else 0

    def _result(self, asked: dict[str, str], chosen: JsonObject | None) -> Html:
        first, last = number(asked, "from"), number(asked, "to")
        if first is None or last is None:
            return Html("")
        events = self._finder.select(
            "kind = 'event' AND seq BETWEEN ? AND ?", first, last, limit=_LONGEST_RESULT
        )
        return fill(
            '<section class="note"><h2>Done</h2><p>{}</p>{}</section>',
            self._say_who_hears(chosen),
            events_table(events),
        )

    def _say_who_hears(self, chosen: JsonObject | None) -> Html:
        if not self._store.first("SELECT 1 FROM deliveries LIMIT 1"):
            return Html("Nobody receives these events: there is no webhook endpoint.")
        webhooks = Html('<a href="/_sandbox/webhooks">Webhooks</a> shows the deliveries.')
        if chosen is not None:
            return fill("If your site made this payment, it changes there too. {}", webhooks)
        return fill(
            "Your site ignores these events. It receives them and answers 200, but they are about "
            "objects that it did not make, so nothing changes there. To change a payment of your "
            "site, choose it below. {}",
            webhooks,
        )

    def _choice(self, chosen: JsonObject | None) -> Html:
        payments = self._triggers.list_payments(_OFFERED)
        if chosen is not None and chosen["id"] not in {one["id"] for one in payments}:
            payments.insert(0, chosen)
        entries = [(one["id"], _name(one)) for one in payments]
        return fill(
            '<form class="fields" action="{}"><label>Payment<select name="payment_intent">{}'
            "</select></label><button>Choose</button></form>",
            _PATH,
            options([("", "A new payment"), *entries], chosen["id"] if chosen else ""),
        )


def _name(payment: JsonObject) -> str:
    status = payment["status"].replace("_", " ")
    return f"{describe(payment)} · {status} · {payment['id']}"


def _explain(chosen: JsonObject | None) -> Html:
    if chosen is None:
        return Html(
            '<p class="quiet">A new payment belongs to no customer of your site, so your site '
            "ignores its events.</p>"
        )
    return fill("<p>Acts on {}, which is {}.</p>", object_link(chosen["id"]), _status(chosen))


def _status(payment: JsonObject) -> str:
    status: str = payment["status"]
    return status.replace("_", " ")


def _buttons(names: list[str], chosen: JsonObject | None) -> Html:
    if not names:
        return Html("<p>Its status allows no trigger. Choose another payment.</p>")
    buttons = join(
        fill('<button name="event" value="{}">{}</button>', name, name) for name in names
    )
    hidden = (
        fill('<input type="hidden" name="payment_intent" value="{}">', chosen["id"])
        if chosen
        else Html("")
    )
    return fill(
        '<form method="post" action="{}" class="choices">{}{}</form>', _PATH, hidden, buttons
    )
