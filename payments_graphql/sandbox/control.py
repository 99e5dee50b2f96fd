"""What isn't Stripe's: the clock, the recorded requests, 3-D Secure and pages to look at."""

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from payments_graphql.sandbox import pages
from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.request_log import RequestLog
from payments_graphql.sandbox.resources import confirmation
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import Store, load
from payments_graphql.sandbox.transaction import Transaction

_SHOWN = 50


class Control:
    """Answers everything outside `/v1`."""

    def __init__(
        self,
        store: Store,
        ids: IdentifierFactory,
        base_url: str,
        request_log: RequestLog,
        advance: Callable[[float], JsonObject],
        on_change: Callable[[], None],
    ) -> None:
        self._store = store
        self._ids = ids
        self._base_url = base_url
        self._request_log = request_log
        self._advance = advance
        self._on_change = on_change

    def answer(self, request: HttpRequest) -> HttpAnswer:
        try:
            return self._answer(request)
        except ApiError as error:
            return HttpAnswer.json(error.status, error.body("req_control", int(self._store.now())))

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        parts = [part for part in request.path.split("/") if part]
        match request.method, parts:
            case "GET", []:
                return self._overview()
            case "GET", ["_sandbox", "health"]:
                return HttpAnswer.json(200, {"status": "ok", "api_version": API_VERSION})
            case "GET", ["_sandbox", "clock"]:
                return HttpAnswer.json(200, {"now": self._store.now()})
            case "POST", ["_sandbox", "clock"]:
                return self._move_clock(request)
            case "GET", ["_sandbox", "requests"]:
                return self._requests(request)
            case "GET", ["_sandbox", "objects", object_id]:
                return self._object(object_id)
            case "GET", ["_sandbox", "receipts", charge_id]:
                return HttpAnswer.html(200, pages.receipt(self._find("charge", charge_id)))
            case "GET", ["_sandbox", "authenticate", intent_id]:
                intent = self._find("payment_intent", intent_id)
                return HttpAnswer.html(200, pages.authentication(intent))
            case "POST", ["_sandbox", "authenticate", intent_id]:
                return self._authenticate(intent_id, request)
        raise unrecognized_url(request.method, request.path)

    def _move_clock(self, request: HttpRequest) -> HttpAnswer:
        try:
            return HttpAnswer.json(200, self._advance(_seconds(request)))
        except ValueError:
            raise _unusable_advance() from None

    def _find(self, kind: str, object_id: str) -> JsonObject:
        found = self._store.get(kind, object_id)
        if found is None:
            raise UnsavedError(f"No such {kind}: '{object_id}'", status=404)
        return found

    def _overview(self) -> HttpAnswer:
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind != 'listener' ORDER BY seq DESC LIMIT ?", _SHOWN
        )
        return HttpAnswer.html(200, pages.overview([load(row["body"]) for row in rows]))

    def _object(self, object_id: str) -> HttpAnswer:
        row = self._store.first("SELECT body FROM objects WHERE id = ?", object_id)
        if row is None:
            raise UnsavedError(f"No such object: '{object_id}'", status=404)
        return HttpAnswer.json(200, without_private_fields(load(row["body"])))

    def _requests(self, request: HttpRequest) -> HttpAnswer:
        query = parse_qs(request.query)
        recorded = self._request_log.matching(
            next(iter(query.get("method", [])), None), next(iter(query.get("path", [])), None)
        )
        return HttpAnswer.json(200, {"data": [asdict(one) for one in recorded]})

    def _authenticate(self, intent_id: str, request: HttpRequest) -> HttpAnswer:
        """Do what the bank's page does, then send a browser back to where it came from."""
        outcome = _fields(request).get("outcome")
        if outcome not in {"succeed", "fail"}:
            raise UnsavedError("outcome must be succeed or fail.", param="outcome")
        with self._store.transaction():
            tx = Transaction(store=self._store, ids=self._ids, base_url=self._base_url)
            try:
                intent = confirmation.authenticate(
                    tx, self._find("payment_intent", intent_id), has_succeeded=outcome == "succeed"
                )
            except ApiError as error:
                if not error.keeps_effects:
                    raise
                intent = self._find("payment_intent", intent_id)
        self._on_change()
        address = _return_address(intent)
        if request.headers.get_content_type() == "application/json":
            content = {"id": intent_id, "status": intent["status"], "return_url": address}
            return HttpAnswer.json(200, content)
        if address is not None:
            return HttpAnswer(303, b"", "text/plain", {"Location": address})
        return HttpAnswer.html(200, pages.authentication(intent))


def _return_address(intent: JsonObject) -> str | None:
    """Return where the customer's browser goes back to, with what Stripe appends.

    https://docs.stripe.com/payments/accept-a-payment#handle-redirects
    """
    if not intent.get("_return_url"):
        return None
    has_failed = intent["status"] == "requires_payment_method"
    appended = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "failed" if has_failed else "succeeded",
        }
    )
    parts = urlsplit(intent["_return_url"])
    return urlunsplit(parts._replace(query=f"{parts.query}&{appended}".lstrip("&")))


def _fields(request: HttpRequest) -> JsonObject:
    """The body's fields, sent as JSON or as a form."""
    try:
        text = request.body.decode()
        if request.headers.get_content_type() != "application/json":
            return {name: values[0] for name, values in parse_qs(text).items()}
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise UnsavedError("Invalid request: the body must be a JSON object or a form.")
    return fields


def _seconds(request: HttpRequest) -> float:
    try:
        return float(_fields(request)["advance"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _unusable_advance() from None


def _unusable_advance() -> UnsavedError:
    return UnsavedError(
        "advance must be a number of seconds, 0 or more, and not thousands of years.",
        param="advance",
    )
