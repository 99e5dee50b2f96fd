"""The few HTML pages: plain, without scripts, everything escaped."""

import json
from html import escape

from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.json_object import JsonObject

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .8rem .2rem 0}"
    "code{font-size:.9em}button{font:inherit;padding:.5rem 1.2rem;margin-right:.5rem}"
)


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" '
        f'content="no-referrer"><style>{_STYLE}</style><h1>{escape(title)}</h1>{content}</html>'
    )


def overview(objects: list[JsonObject]) -> str:
    """The front page: what this is and what happened last."""
    events = [_event_row(one) for one in objects if one.get("object") == "event"]
    others = [_object_row(one) for one in objects if one.get("object") != "event"]
    return _page(
        "Payments sandbox",
        "<p>A local Stripe: test keys only, no money moves. Point the SDK at this address.</p>"
        '<p><a href="/_sandbox/requests">Requests</a> · <a href="/_sandbox/clock">Clock</a> · '
        '<a href="/_sandbox/health">Health</a></p>'
        f"<h2>Latest objects</h2>{_table(('Object', 'Id', 'Status', 'Amount'), others)}"
        f"<h2>Latest events</h2>{_table(('Type', 'Id', 'About'), events)}",
    )


def _table(headings: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return "<p>None yet.</p>"
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _object_row(one: JsonObject) -> str:
    amount = (
        f"{format_amount(one['amount'], one['currency'])} {one['currency']}"
        if "amount" in one
        else ""
    )
    status = str(one.get("status", "deleted" if one.get("deleted") else ""))
    link = _link(one["id"])
    if status == "requires_action":
        link += f' (<a href="/_sandbox/authenticate/{escape(one["id"])}">authenticate</a>)'
    return (
        f"<tr><td>{escape(one['object'])}</td><td>{link}</td><td>{escape(status)}</td>"
        f"<td>{escape(amount)}</td></tr>"
    )


def _event_row(event: JsonObject) -> str:
    subject = event["data"]["object"]["id"]
    return (
        f"<tr><td>{escape(event['type'])}</td><td>{_link(event['id'])}</td>"
        f"<td>{_link(subject)}</td></tr>"
    )


def _link(object_id: str) -> str:
    shown = escape(object_id)
    return f'<a href="/_sandbox/objects/{shown}"><code>{shown}</code></a>'


def authentication(intent: JsonObject) -> str:
    """The bank's page of 3-D Secure: complete it or fail it."""
    what = escape(_what_is_authenticated(intent))
    if intent["status"] != "requires_action":
        return _page(
            "3-D Secure",
            f"<p>{what}: nothing is to authenticate. Its status is "
            f"<code>{escape(intent['status'])}</code>.</p>",
        )
    return _page(
        "3-D Secure",
        f"<p>Test authentication: {what}.</p>"
        '<form method="post"><button name="outcome" value="succeed">Complete</button>'
        '<button name="outcome" value="fail">Fail</button></form>',
    )


def _what_is_authenticated(intent: JsonObject) -> str:
    if intent["object"] == "setup_intent":
        return "Saving a card for later payments"
    amount = format_amount(intent["amount"], intent["currency"])
    return f"Payment of {amount} {intent['currency'].upper()}"


def receipt(charge: JsonObject) -> str:
    """The page behind a charge's `receipt_url`."""
    currency = charge["currency"]
    lines = {
        "Paid": format_amount(charge["amount_captured"], currency),
        "Refunded": format_amount(charge["amount_refunded"], currency),
        "Currency": currency.upper(),
        "Charge": charge["id"],
        "Description": json.dumps(charge["description"]),
    }
    rows = [f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in lines.items()]
    return _page("Receipt", _table(("", ""), rows))
