"""Stripe's API: from an HTTP request to the answer, one database transaction each."""

import json
import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial

from payments_graphql.sandbox.api_call import ApiCall, needs_secret_key
from payments_graphql.sandbox.authentication import KeyKind, check_key
from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.expansion import (
    check_expansions,
    check_publishable_expansions,
    expand,
)
from payments_graphql.sandbox.faults.answers import disturbed, refusal, unanswered, unknown_error
from payments_graphql.sandbox.faults.kinds import FaultError, FaultKind
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.faults.rolling_forward import postpone
from payments_graphql.sandbox.idempotency import IdempotencyKeys, SavedAnswer
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.parameters import check_parameters
from payments_graphql.sandbox.request_log import RequestLog
from payments_graphql.sandbox.resources import accounts
from payments_graphql.sandbox.routes import Route, find_route
from payments_graphql.sandbox.store import Store, StoreClosedError
from payments_graphql.sandbox.transaction import Transaction

_logger = logging.getLogger(__name__)


class Api:
    """Answers `/v1`; calls `on_change` after each request that may have changed something.

    `pause` waits for some seconds, or until the sandbox stops.
    """

    def __init__(
        self,
        store: Store,
        ids: IdentifierFactory,
        base_url: str,
        on_change: Callable[[], None],
        faults: Faults,
        pause: Callable[[float], object],
    ) -> None:
        self.request_log = RequestLog()
        self._store = store
        self._ids = ids
        self._base_url = base_url
        self._on_change = on_change
        self._faults = faults
        self._pause = pause
        self._keys = IdempotencyKeys(store)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer and record one request; every error becomes Stripe's JSON."""
        call = ApiCall(request, self._ids.new("req"), self._store.now())
        is_replay = False
        try:
            if (fault := self._disturb(call)) is not None:
                return fault
            saved, is_replay = self._perform(call)
        except ApiError as error:
            saved = self._failure(call, error)
        except StoreClosedError:  # the sandbox has stopped: the connection is cut
            raise
        except Exception as error:  # a bug in the sandbox must not stop the server
            saved = self._unknown_failure(call, error)
        self.request_log.add(call.record(saved.status, is_replay=is_replay), saved.body)
        if request.method != "GET":
            self._on_change()
        headers = call.answer_headers(saved, is_replay=is_replay)
        answer = HttpAnswer(saved.status, saved.body.encode(), headers=headers)
        return disturbed(answer, call.disturbance)

    def _disturb(self, call: ApiCall) -> HttpAnswer | None:
        """Choose the request's faults; return the answer if a fault keeps it from the API."""
        request = call.request
        header = request.headers.get("Sandbox-Fault")
        try:
            call.disturbance = self._faults.for_request(request.method, request.path, header)
        except FaultError as error:
            raise UnsavedError(f"Sandbox-Fault: {error}") from None
        fault = unanswered(call.disturbance)
        refused = refusal(call.disturbance, call.key)
        if fault is not None or refused is not None:
            with suppress(ApiError):  # the form is only recorded
                call.read_form()
            self._pause(call.disturbance.pause)
        if refused is not None:
            raise refused
        if fault is not None:
            self.request_log.add(call.record(fault.status, is_replay=False), fault.body.decode())
        return fault

    def _failure(self, call: ApiCall, error: ApiError) -> SavedAnswer:
        body = error.body(call.request_id, int(self._store.now()))
        return SavedAnswer(error.status, json.dumps(body), call.request_id)

    def _unknown_failure(self, call: ApiCall, error: Exception) -> SavedAnswer:
        _logger.error("%s %s failed", call.request.method, call.request.path, exc_info=error)
        return self._failure(call, unknown_error())

    def _perform(self, call: ApiCall) -> tuple[SavedAnswer, bool]:
        """Return the answer, and whether it repeats an earlier one."""
        request = call.request
        key_kind = check_key(request.headers.get("Authorization"))
        if (request.method, request.path) == ("GET", accounts.PATH):
            return self._describe_account(call, key_kind), False
        found = find_route(request.method, request.path)
        if found is None:
            raise unrecognized_url(request.method, request.path)
        route, path_ids = found
        if key_kind is KeyKind.PUBLISHABLE and not route.takes_publishable_key:
            raise needs_secret_key()
        call.check_headers()
        call.read_form()
        with self._keys.in_use(call.key) if call.key else nullcontext():
            self._pause(call.disturbance.pause)
            if call.key:
                saved = self._keys.saved_answer(call.key, request.path, call.form)
                if saved is not None:
                    return saved, True
            return self._execute(call, route, path_ids, key_kind), False

    def _describe_account(self, call: ApiCall, key_kind: KeyKind) -> SavedAnswer:
        if key_kind is KeyKind.PUBLISHABLE:
            raise needs_secret_key()
        call.check_headers()
        account = accounts.describe(call.request.headers.get("Authorization"))
        return SavedAnswer(200, json.dumps(account), call.request_id)

    def _execute(
        self, call: ApiCall, route: Route, path_ids: tuple[str, ...], key_kind: KeyKind
    ) -> SavedAnswer:
        """Check the parameters, then run the operation and save its answer in one transaction."""
        params = check_parameters(call.form, route.parameters)
        expansions: list[str] = params.pop("expand", [])
        check_expansions(expansions, route.kind, is_list=route.is_list)
        if key_kind is KeyKind.PUBLISHABLE:
            check_publishable_expansions(expansions)
        tx = Transaction(
            store=self._store,
            ids=self._ids,
            base_url=self._base_url,
            request_id=call.request_id,
            idempotency_key=call.key,
            is_publishable=key_kind is KeyKind.PUBLISHABLE,
            is_refund_limit_off=call.disturbance.is_refund_limit_off,
            upload=call.upload,
        )
        handler = partial(route.handler, tx, params, *path_ids)
        try:
            with self._store.transaction():
                saved = self._break(call, tx) or self._run(call, handler, expansions)
                if call.disturbance.kind is FaultKind.ERROR_500_AFTER_EFFECT:
                    saved = self._failure(call, unknown_error())
                self._save(call, saved)
                return saved
        except StoreClosedError:
            raise
        except Exception as error:
            return self._save_failure(call, error)

    def _save_failure(self, call: ApiCall, error: Exception) -> SavedAnswer:
        """Save the error for the idempotency key after the effects were rolled back."""
        if not isinstance(error, ApiError):
            saved = self._unknown_failure(call, error)
        else:
            saved = self._failure(call, error)
            if not error.saves_idempotency_key:
                return saved
        with self._store.transaction():
            self._save(call, saved)
        return saved

    def _break(self, call: ApiCall, tx: Transaction) -> SavedAnswer | None:
        """Return a 500 instead of the effect if a fault asks for it."""
        request, disturbance = call.request, call.disturbance
        if disturbance.kind is FaultKind.ERROR_500_ROLLED_FORWARD:
            postpone(tx, request.method, request.path, call.form, disturbance.later)
        elif disturbance.kind is not FaultKind.ERROR_500:
            return None
        return self._failure(call, unknown_error())

    def _run(
        self, call: ApiCall, handler: Callable[[], JsonObject], expansions: list[str]
    ) -> SavedAnswer:
        """Run the operation. A decline is also an answer, and keeps its effects."""
        try:
            answer = without_private_fields(handler())
        except ApiError as error:
            if not error.keeps_effects:
                raise
            return self._failure(call, error)
        expand(self._store, answer, expansions)
        return SavedAnswer(200, json.dumps(answer), call.request_id)

    def _save(self, call: ApiCall, saved: SavedAnswer) -> None:
        if call.key:
            self._keys.save(call.key, call.request.path, call.form, saved)
