"""What isn't Stripe's: the clock, the recorded requests, 3-D Secure and pages to look at."""

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import parse_qs

from payments_graphql.sandbox import pages
from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.request_log import RequestLog
from payments_graphql.sandbox.resources import authentication
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import Store, load
from payments_graphql.sandbox.transaction import TransactionFactory

_SHOWN = 50


class Control:
    """Answers everything outside `/v1`."""

    def __init__(
        self,
        store: Store,
        new_transaction: TransactionFactory,
        request_log: RequestLog,
        advance: Callable[[float], None],
        on_change: Callable[[], None],
    ) -> None:
        self._store = store
        self._new_transaction = new_transaction
        self._request_log = request_log
        self._advance = advance
        self._on_change = on_change
        self._pages: dict[tuple[str, str], Callable[[HttpRequest], HttpAnswer]] = {
            ("GET", "/"): self._overview,
            ("GET", "/_sandbox/health"): self._health,
            ("GET", "/_sandbox/clock"): self._clock,
            ("POST", "/_sandbox/clock"): self._move_clock,
            ("GET", "/_sandbox/requests"): self._requests,
        }

    def answer(self, request: HttpRequest) -> HttpAnswer:
        try:
            return self._answer(request)
        except ApiError as error:
            return HttpAnswer.json(error.status, error.body("req_control", int(self._store.now())))

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        page = self._pages.get((request.method, request.path))
        if page is not None:
            return page(request)
        match request.method, request.path.split("/")[1:]:
            case "GET", ["_sandbox", "objects", object_id]:
                return self._object(object_id)
            case "GET", ["_sandbox", "receipts", charge_id]:
                return HttpAnswer.html(200, pages.receipt(self._find("charge", charge_id)))
            case "GET", ["_sandbox", "authenticate", intent_id]:
                return HttpAnswer.html(200, pages.authentication(self._find_intent(intent_id)))
            case "POST", ["_sandbox", "authenticate", intent_id]:
                return self._authenticate(intent_id, request)
        raise unrecognized_url(request.method, request.path)

    def _health(self, request: HttpRequest) -> HttpAnswer:
        del request
        return HttpAnswer.json(200, {"status": "ok", "api_version": API_VERSION})

    def _clock(self, request: HttpRequest) -> HttpAnswer:
        del request
        return HttpAnswer.json(200, {"now": self._store.now()})

    def _move_clock(self, request: HttpRequest) -> HttpAnswer:
        try:
            self._advance(_seconds(request))
        except ValueError:
            raise _unusable_advance() from None
        return self._clock(request)

    def _find(self, kind: str, object_id: str) -> JsonObject:
        found = self._store.get(kind, object_id)
        if found is None:
            raise UnsavedError(f"No such {kind}: '{object_id}'", status=404)
        return found

    def _find_intent(self, intent_id: str) -> JsonObject:
        found = authentication.find_intent(self._store, intent_id)
        if found is None:
            raise UnsavedError(f"No such intent: '{intent_id}'", status=404)
        return found

    def _overview(self, request: HttpRequest) -> HttpAnswer:
        del request
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
            tx = self._new_transaction()
            try:
                intent = authentication.authenticate(
                    tx, self._find_intent(intent_id), has_succeeded=outcome == "succeed"
                )
            except ApiError as error:
                if not error.keeps_effects:
                    raise
                intent = self._find_intent(intent_id)
        self._on_change()
        address = authentication.return_address(intent)
        if request.headers.get_content_type() == "application/json":
            content = {"id": intent_id, "status": intent["status"], "return_url": address}
            return HttpAnswer.json(200, content)
        if address is not None:
            return HttpAnswer(303, b"", "text/plain", {"Location": address})
        return HttpAnswer.html(200, pages.authentication(intent))


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
